"""The page of one move: its form, a look at what will be sent, and the answer when somebody was faster.

Whatever is refused, nothing that was typed or chosen is lost: the form comes back filled, and files that came
with it are held under a key that only this person's page knows.
"""

from __future__ import annotations

import uuid as uuids
from datetime import date
from typing import Any, cast

from django.conf import settings
from django.forms.utils import ErrorDict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from cases import composing
from cases.actions import perform
from cases.files import keep_upload
from cases.forms import MoveForm, form_of
from cases.history import entries_of
from cases.mailing import preview_of
from cases.models import Attachment, Case, Referral
from cases.models.machine import moves_of, moves_open_to
from cases.permissions import Actor
from cases.refusals import (
    Busy,
    Conflict,
    InputRefused,
    NotAllowed,
    NotPermitted,
    Stale,
    Unseen,
    VersionMissing,
)
from cases.states import TOLD_BY, Channel
from cases.views.case import OF_BUSINESS, suggested
from cases.views.dressing import dress
from cases.views.seeing import case_or_404, officer, referral_or_404
from text.dates import long_date, long_moment
from text.reference import parse_reference

#: Names in a move's page that are not fields of its form.
OURS = {"csrfmiddlewaretoken", "version", "confirmed", "held", "channel_of_business", "find", "q", "edit"}
#: Moves whose text the business reads as it stands; the look before sending shows it in its language.
SPOKEN = {
    "send_message",
    "ask",
    "relay_answer",
    "close",
    "answer_enquiry",
    "grant_extension",
    "decline_reopen",
    "refuse_erasure",
}
#: The language of a business, by its name in the reader's.
LANGUAGES = {
    "en": _("English"),
    "zh-hant": _("Traditional Chinese"),
    "zh-hans": _("Simplified Chinese"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def of_case(request: HttpRequest, reference: str, move: str) -> HttpResponse:
    user, case = officer(request), case_or_404(request, reference)
    return Move(request, user, case, case, move).answer()


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def of_referral(request: HttpRequest, reference: str, uuid: uuids.UUID, move: str) -> HttpResponse:
    user, case = officer(request), case_or_404(request, reference)
    return Move(request, user, case, referral_or_404(case, uuid), move).answer()


class Move:
    """One request for one move, from what is posted to the page that answers it."""

    def __init__(
        self, request: HttpRequest, user: User, case: Case, subject: Case | Referral, move: str
    ) -> None:
        if move not in moves_of(type(subject)):
            raise Http404
        self.request, self.user, self.case, self.subject, self.move = request, user, case, subject, move
        self.form_class = form_of(subject, move)
        self.for_business = move in OF_BUSINESS and (
            request.GET.get("for") == "business" or "channel_of_business" in request.POST
        )
        self.actor = self._actor()
        #: What this person began to write here before.
        self.composed = composing.kept(user, case, move) if self._keeps_words else None
        self.held = self._held()

    @property
    def _waits(self) -> bool:
        """A message to the business goes a little later, so that it can be taken back."""
        return self.move == "send_message" and not self.for_business and bool(settings.UNDO_SECONDS)

    @property
    def _keeps_words(self) -> bool:
        return (
            isinstance(self.subject, Case) and not self.for_business and "text" in self.form_class.base_fields
        )

    def _actor(self) -> Actor:
        if not self.for_business:
            return Actor.staff(self.user)
        channel = self.request.POST.get("channel_of_business", "")
        return Actor.caller(self.user, channel if channel in TOLD_BY else Channel.PHONE)

    # --- the beats --------------------------------------------------------------------------
    def answer(self) -> HttpResponse:
        if self.request.method != "POST":
            return self._offer()
        form = self._form(self.request.POST)
        if "find" in self.request.POST or "edit" in self.request.POST:
            return self._page(self._form_as_typed(form))
        if not form.is_valid():
            return self._page(form, status=422)
        if self.form_class.confirms and "confirmed" not in self.request.POST:
            return self._look(form)
        return self._make(form)

    def _offer(self) -> HttpResponse:
        form = self._form(None)
        if "issue" in form.fields:  # chosen from the list of issues
            form.fields["issue"].initial = self.request.GET.get("issue", "")[:16]
        for name in {"into", "other"} & form.fields.keys():
            # From the list of similar cases; it is checked like any typed one.
            form.fields[name].initial = parse_reference(self.request.GET.get(name, ""))
        if self.composed is not None:
            form.fields["text"].initial = self.composed.text
        if self.move not in moves_open_to(self.subject, self.actor):
            return self._conflict(form, self._why_not())
        return self._page(form)

    def _make(self, form: MoveForm) -> HttpResponse:
        inputs = {k: v for k, v in form.cleaned_data.items() if k == "files"}
        form.cleaned_data.pop("files", None)
        inputs = form.inputs() | ({"files": inputs["files"]} if inputs.get("files") else {})
        posted = self.request.POST.get("version", "")
        version = int(posted) if posted.isascii() and posted.isdigit() and len(posted) < 10 else None
        try:
            if self._waits:
                composing.hold(
                    self.case, self.user, version, inputs.get("text", ""), self.key if self.held else ""
                )
            else:
                perform(self.subject, self.move, by=self.actor, version=version, **inputs)
        except Unseen:
            raise Http404 from None
        except InputRefused as refused:
            self._complain(form, refused)
            return self._page(form, status=422)
        except Busy as busy:
            form.add_error(None, str(busy.message))
            return self._page(form, status=busy.status)
        except (Conflict, VersionMissing, NotPermitted) as refused:
            return self._conflict(self._form_as_typed(form), refused)
        if self._keeps_words:
            composing.forget(self.user, self.case, self.move)
        return redirect(self._afterwards())

    def _afterwards(self) -> str:
        where = reverse("cases:case", args=[self.case.reference])
        if isinstance(self.subject, Referral) and self.move in ("draft", "approve", "return_draft"):
            where = reverse("cases:referral", args=[self.case.reference, self.subject.uuid])
        elif not Case.objects.visible_to(self.user).filter(pk=self.case.pk).exists():
            return reverse("cases:queue")
        return where

    # --- the form ---------------------------------------------------------------------------
    def _form(self, data: Any) -> MoveForm:
        files: Any = MultiValueDict({"files": self.held}) if self.held and data is not None else None
        form = self.form_class(data, files, subject=self.subject, actor=self.actor)
        query = self.request.POST.get("q") or self.request.GET.get("q") or ""
        dress(form, query=query, suggested=suggested(self.case) if self.move == "refer" else ())
        return form

    def _form_as_typed(self, form: MoveForm) -> MoveForm:
        """The same words and choices in a form that has not been judged."""
        fresh: Any = self._form(form.data)
        fresh._errors = ErrorDict()
        fresh.cleaned_data = {}
        return cast(MoveForm, fresh)

    def _complain(self, form: MoveForm, refused: InputRefused) -> None:
        for name, sentences in refused.errors.items():
            field = name if name in form.fields else None
            for said in sentences:
                form.add_error(field, str(said))

    # --- files ------------------------------------------------------------------------------
    def _held(self) -> list[Attachment]:
        """Files of this page: those held since an earlier try, and those that came with this one."""
        self.key = f"move:{self.user.pk}:{uuids.uuid4().hex}"
        self.file_errors: list[str] = []
        if self.request.method != "POST" and self.composed is None:
            return []
        posted = self.request.POST.get("held", "") or (self.composed.held if self.composed else "")
        mine = f"move:{self.user.pk}:"
        if posted.startswith(mine) and len(posted) <= 64:
            self.key = posted
        held = list(Attachment.objects.filter(held_for=self.key, case=None).order_by("pk"))
        if "files" in self.form_class.base_fields:
            for upload in self.request.FILES.getlist("files")[:20]:
                held += self._hold(upload)
        return held

    def _hold(self, upload: Any) -> list[Attachment]:
        try:
            kept = keep_upload(upload, held_for=self.key, from_business=self.for_business, by_user=self.user)
        except InputRefused as refused:
            self.file_errors += [str(said) for sentences in refused.errors.values() for said in sentences]
            return []
        return [kept]

    # --- pages ------------------------------------------------------------------------------
    def _page(self, form: MoveForm, *, status: int = 200, **more: Any) -> HttpResponse:
        return render(self.request, "cases/move.html", self._context(form) | more, status=status)

    def _look(self, form: MoveForm) -> HttpResponse:
        """What will happen and what will be read, before it does."""
        kept = [
            (name, value)
            for name, values in self.request.POST.lists()
            if name not in OURS and name in form.fields
            for value in values
        ]
        context = self._context(form) | {
            "kept": kept,
            "lines": _lines(form, leave_out={"text"} if self.move in SPOKEN else set()),
            "spoken": form.cleaned_data.get("text", "") if self.move in SPOKEN else "",
            "mail": preview_of(self.case) if self.move in SPOKEN and not self.for_business else None,
            "waits": settings.UNDO_SECONDS if self._waits else 0,
        }
        return render(self.request, "cases/look.html", context)

    def _context(self, form: MoveForm) -> dict[str, Any]:
        referral = self.subject if isinstance(self.subject, Referral) else None
        return {
            "case": self.case,
            "referral": referral,
            "authority": referral.authority.name_in(get_language()) if referral else "",
            "move": self.move,
            "form": form,
            "move_title": form.title,
            "about": form.about,
            "button": form.button,
            "version": self.request.POST.get("version") or self.case.seq,
            "held": self.held,
            "held_key": self.key if self.held else "",
            "file_errors": self.file_errors,
            "searching": any(name in form.fields for name in ("authorities", "to")),
            "q": self.request.POST.get("q") or self.request.GET.get("q") or "",
            "for_business": self.for_business,
            "told_by": [(c.value, c.label, c.value == self.actor.channel) for c in TOLD_BY],
            "language": LANGUAGES[self.case.language],
            "dress": self._dress(),
            "draft_url": reverse("cases:draft", args=[self.case.reference, self.move])
            if self._keeps_words
            else "",
            "draft_at": self.composed.saved_at if self.composed else None,
            "answers": [a for a in self.case.answers_to_accept() if self.move == "record_answer"],
            "here": self.request.path,
            "back": reverse("cases:referral", args=[self.case.reference, referral.uuid])
            if referral
            else reverse("cases:case", args=[self.case.reference]),
        }

    def _dress(self) -> str:
        """Paper yellow for what only staff see, blue for what the business will read."""
        if self.move == "add_note":
            return "note"
        return "out" if self.move in SPOKEN and not self.for_business else ""

    # --- somebody was faster ----------------------------------------------------------------
    def _why_not(self) -> Conflict | NotPermitted:
        """The sentence for a move that is not open, found without trying it."""
        way = moves_of(type(self.subject))[self.move].get_transition(self.subject.state)
        if way is not None and not way.permission(self.subject, self.actor):
            return NotPermitted()
        says: Any = next(
            (c.says for c in (way.conditions or ()) if not c(self.subject)) if way is not None else iter(()),
            None,
        )
        last = self.case.events.select_related("by_user").last()
        return NotAllowed(
            says,
            state=self.case.state,
            version=self.case.seq,
            by=str(last.by_user or last.by_kind) if last else "",
            at=last.at if last else None,
        )

    def _conflict(self, form: MoveForm, refused: Conflict | NotPermitted | VersionMissing) -> HttpResponse:
        """Who changed what and when, with the person's own words still in the form below."""
        fresh = case_or_404(self.request, self.case.reference)
        seen = self.request.POST.get("version", "")
        since = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else fresh.seq
        events = (
            fresh.events.filter(seq__gt=since)
            .select_related("by_user", "message", "note")
            .order_by("seq")[:20]
        )
        context = self._context(form) | {
            "case": fresh,
            "version": fresh.seq,
            "refused": self._sentence(refused, fresh),
            "since": entries_of(fresh, events),
            "again": isinstance(refused, (Stale, VersionMissing)),
        }
        return render(self.request, "cases/move.html", context, status=refused.status)

    def _sentence(self, refused: Any, fresh: Case) -> str | Promise:
        if self.move == "claim" and fresh.assignee is not None and fresh.assigned_at is not None:
            return gettext("Claimed by %(name)s, %(moment)s.") % {
                "name": fresh.assignee.name,
                "moment": long_moment(fresh.assigned_at, get_language() or "en"),
            }
        message: str | Promise = refused.message
        return message


def _lines(form: MoveForm, *, leave_out: set[str]) -> list[tuple[str, str]]:
    """Label and value in words of every field that was filled."""
    lines = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if name in leave_out or name == "files" or value in (None, "", []):
            continue
        lines.append((str(field.label), _words(field, value)))
    return lines


def _words(field: Any, value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return pgettext("between items", ", ").join(_words(field, one) for one in value)
    if hasattr(field, "label_from_instance") and not isinstance(value, str):
        return str(field.label_from_instance(value))
    if isinstance(value, date):
        return long_date(value, get_language() or "en")
    labels = {str(code): str(label) for code, label in getattr(field, "choices", [])}
    return labels.get(str(value), str(value))
