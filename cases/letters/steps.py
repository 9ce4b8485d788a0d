"""What the gate has done to a letter before or after a move of its referral, under the case's lock."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import indexing
from cases.clocks import local_day
from cases.letters.disclosure import FIELDS, HELD_BACK, guard, identity_may_be_told, identity_of
from cases.letters.paper import fits_paper, sent_document
from cases.letters.wording import first_draft, open_places
from cases.models import Case, Disclosure, Letter, LetterCounter, LetterVersion, Referral
from cases.permissions import Actor
from cases.refusals import InputRefused
from cases.states import ReferralState


def begin(case: Case, by: Actor, at: datetime, inputs: dict[str, Any]) -> None:
    """After ``refer``: version 1 of each new letter, from the template. Nobody is its drafter yet."""
    new = Referral.objects.filter(case=case, state=ReferralState.DRAFTED, versions=None)
    for referral in new.order_by("pk"):
        subject, body, told = first_draft(case, referral)
        LetterVersion.objects.create(
            referral=referral, number=1, subject=subject, body=body, disclosed=told, author=None, at=at
        )
    indexing.rebuild(case)


def new_version(referral: Referral, by: Actor, at: datetime, inputs: dict[str, Any]) -> dict[str, Any]:
    """Before ``draft``: store the text as the next version; returns the inputs with its ``number``.

    Raises ``InputRefused`` if it would tell, or annex, what the business has not agreed to.
    """
    subject, body = inputs["subject"], inputs["body"]
    disclosed, annexes = set(inputs.get("disclosed") or ()), list(inputs.get("annexes") or ())
    errors: dict[str, Any] = {}
    for field, text in (("subject", subject), ("body", body)):
        if not fits_paper(text):
            errors[field] = _("This contains a character that a letter cannot hold. Type it again.")
    allowed = identity_may_be_told(referral.case, referral)
    if disclosed and not allowed:
        errors["disclosed"] = _("The business has not agreed that its identity is told.")
    elif disclosed - _known_fields(referral.case):
        errors["disclosed"] = _("The business has not given all that you chose to tell.")
    if not allowed and any(annex.original_id is None for annex in annexes):
        errors["annexes"] = _(
            "Original documents may show who the business is. "
            "They can be annexed only to a letter that tells its identity."
        )
    elif any(annex.case_id != referral.case_id for annex in annexes):
        errors["annexes"] = _("A document that you chose does not belong to this case.")
    elif not all(annex.may_leave for annex in annexes):
        errors["annexes"] = HELD_BACK
    if errors:
        raise InputRefused(errors)
    version = LetterVersion.objects.create(
        referral=referral,
        number=referral.versions.count() + 1,  # type: ignore[attr-defined]
        subject=subject,
        body=body,
        disclosed=[field for field in FIELDS if field in disclosed],
        author=by.user,
        at=at,
    )
    version.annexes.set(annexes)
    return {**inputs, "number": version.number}


def fix(referral: Referral, by: Actor, at: datetime, inputs: dict[str, Any]) -> dict[str, Any]:
    """Before ``approve``: the guard must pass and nothing be left open; returns the hash of what is approved."""
    version = _checked(referral)
    return {"content_hash": _content_hash(referral, version)}


def finalise(referral: Referral, by: Actor, at: datetime, inputs: dict[str, Any]) -> dict[str, Any]:
    """Before ``send``: guard and hash again, number taken, final bytes stored with one disclosure row.

    Numbers run from 1 without a gap within an office and the calendar year of ``sent_on``: the counter's row
    stays locked until the gate commits, and a refused sending gives its number back.
    """
    sent_on = inputs["sent_on"]
    if sent_on > local_day(at):
        raise InputRefused({"sent_on": _("The day must not be in the future.")})
    if sent_on < local_day(referral.case.received_at):
        raise InputRefused(
            {"sent_on": _("The letter cannot have been sent before the concern was received.")}
        )
    version = _checked(referral)
    if _content_hash(referral, version) != referral.approved_hash:
        raise InputRefused(
            {"letter": _("The letter is no longer the one that was approved. Return it to the drafter.")}
        )
    key = {"office_id": referral.office_id, "year": sent_on.year}
    LetterCounter.objects.get_or_create(**key)
    counter = LetterCounter.objects.select_for_update().get(**key)
    counter.last += 1
    counter.save()
    letter = Letter(
        referral=referral,
        office=referral.office,
        year=sent_on.year,
        number=counter.last,
        version=version,
        at=at,
    )
    letter.document = sent_document(letter, sent_on)
    letter.sha256 = hashlib.sha256(letter.document).hexdigest()
    letter.save(force_insert=True)
    Disclosure.objects.create(
        case=referral.case,
        referral=referral,
        authority=referral.authority,
        fields=version.disclosed,
        annexes=version.annexes.count(),
        at=at,
    )
    return {**inputs, "letter": letter}


def _known_fields(case: Case) -> set[str]:
    return set(identity_of(case))


def _checked(referral: Referral) -> LetterVersion:
    """The last version, if it may leave the office; else ``InputRefused`` with every reason."""
    version = referral.last_version
    if version is None:
        raise InputRefused({"letter": _("There is no letter yet.")})
    reasons = [finding.text for finding in guard(referral.case, referral, version) if finding.blocks]
    if open_places(version.subject) or open_places(version.body):
        reasons.append(_("The letter still has places to fill in, such as 【待填】, {{ }} or __."))
    if reasons:
        raise InputRefused({"letter": list(dict.fromkeys(reasons))})
    return version


def _content_hash(referral: Referral, version: LetterVersion) -> str:
    """SHA-256 over everything that the authority will read, in one canonical form."""
    content = {
        "authority": [referral.authority_id, referral.authority.name_zh_hans],
        "disclose": referral.disclose,
        "version": version.number,
        "subject": version.subject,
        "body": version.body,
        "disclosed": version.disclosed,
        "annexes": sorted(version.annexes.values_list("sha256", flat=True)),
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
