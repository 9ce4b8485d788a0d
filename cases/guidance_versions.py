"""Texts before filing: officers propose words, a supervisor who did not write them publishes.

Whether a text is shown to the public at all (``confirmed``) stays with the administrator, who reads its source.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from cases.models import GuidanceVersion
from cases.refusals import InputRefused
from jobs.clock import this_moment
from routing.kept import changed
from routing.models import Guidance
from routing.models.named import SUFFIX

State = GuidanceVersion.State
TEXTS = [f"text_{key}" for key in SUFFIX.values()]


def texts_of(row: Guidance | GuidanceVersion) -> dict[str, str]:
    return {name: getattr(row, name) for name in TEXTS}


def may_publish(user: User, version: GuidanceVersion) -> bool:
    """A supervisor or headquarters, and never the author."""
    return user.role in (Role.SUPERVISOR, Role.HEADQUARTERS) and version.author_id != user.pk


def propose(guidance: Guidance, by: User, texts: dict[str, str], *, checked: bool) -> GuidanceVersion:
    """Keep these words until somebody decides. Raises ``InputRefused`` if they are those that stand there."""
    with transaction.atomic():
        now = Guidance.objects.select_for_update().get(pk=guidance.pk)
        if texts_of(now) == texts and not (checked and now.older_languages()):
            raise InputRefused({"text_en": _("These are the words that stand there.")})
        return _add(now, texts, checked=checked, author=by)


def decide(version_id: int, by: User, *, publish: bool) -> GuidanceVersion:
    """Publish a proposal, or turn it down.

    Raises ``InputRefused`` if it was decided already, or if the text has changed since it was proposed: whoever wrote
    it did not know those words.
    """
    with transaction.atomic():
        version = GuidanceVersion.objects.get(pk=version_id)
        guidance = Guidance.objects.select_for_update().get(pk=version.guidance_id)
        version = GuidanceVersion.objects.select_for_update().get(pk=version_id)
        if version.state != State.PROPOSED:
            raise InputRefused({"__all__": _("Somebody has already decided on this proposal.")})
        if publish:
            settled = [guidance.settled_en, guidance.settled_zh_hant, guidance.settled_zh_hans]
            if max(settled) > version.at:
                raise InputRefused({"__all__": _("The text has changed since. Propose the words again.")})
            _put(guidance, version)
        version.state = State.PUBLISHED if publish else State.DECLINED
        version.decided_by, version.decided_at = by, this_moment()
        version.save()
    return version


def _put(guidance: Guidance, version: GuidanceVersion) -> None:
    last = GuidanceVersion.objects.filter(guidance=guidance, state=State.PUBLISHED).first()
    if last is None or texts_of(last) != texts_of(guidance):
        before = _add(guidance, texts_of(guidance), checked=False, author=None)
        before.state, before.at = State.PUBLISHED, guidance.settled_en
        before.save()
    new = [lang for lang in SUFFIX if version.text_in(lang) != guidance.text_in(lang)]
    older = guidance.older_languages() if version.checked else []
    for name, text in texts_of(version).items():
        setattr(guidance, name, text)
    # What was checked with the English counts as new with it.
    guidance.settle([*new, *older, *(list(SUFFIX) if version.checked and "en" in new else [])], this_moment())
    guidance.save()
    changed()


def _add(guidance: Guidance, texts: dict[str, str], *, checked: bool, author: User | None) -> GuidanceVersion:
    number = GuidanceVersion.objects.filter(guidance=guidance).aggregate(last=Max("number"))["last"] or 0
    return GuidanceVersion.objects.create(
        guidance=guidance, number=number + 1, **texts, checked=checked, author=author, at=this_moment()
    )
