"""One referral: its letter in all versions, what it tells about the business, and the moves open now."""

from __future__ import annotations

import uuid as uuids
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases import letters
from cases.forms import form_of
from cases.history import entries_of
from cases.models import Case, Letter, Referral, ReminderLetter
from cases.models.machine import moves_open_to
from cases.permissions import Actor
from cases.refusals import Unseen
from cases.states import UNSENT
from cases.views.seeing import case_or_404, officer, referral_or_404

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: The one thing to do next with a letter, the first that is open.
NEXT = ("draft", "approve", "send", "acknowledge")


@require_safe
@never_cache
def referral(request: HttpRequest, reference: str, uuid: uuids.UUID) -> HttpResponse:
    user = officer(request)
    case = case_or_404(request, reference)
    found = referral_or_404(case, uuid)
    names = moves_open_to(found, Actor.staff(user))
    versions = list(found.versions.select_related("author").prefetch_related("annexes").order_by("-number"))
    last = versions[0] if versions else None
    unsent = found.state in UNSENT
    events = found.events.select_related("by_user", "message", "note").order_by("seq")
    main = next((name for name in (_next(found), *NEXT) if name in names), "")
    context = {
        "case": case,
        "referral": found,
        "authority": found.authority.name_in(get_language()),
        "office": found.office.short_in(get_language()),
        "last": last,
        "versions": versions,
        "table": letters.disclosure_table(case, found, last) if last else [],
        "findings": letters.guard(case, found, last) if last and unsent else [],
        "unsent": unsent,
        "letter": Letter.objects.filter(referral=found).defer("document").first(),
        "reminders": found.reminder_letters.defer("document") if found.reminders else [],
        "approver": found.approved_by,
        "answers": [a for a in case.answers_now if a.referral_id == found.pk],
        "entries": entries_of(case, events),
        "main": _button(case, found, main) if main else None,
        "more": [_button(case, found, name) for name in names if name != main],
        "own_words": gettext("You drafted this letter: somebody else approves it."),
        "own_draft": found.last_drafter_id == user.pk and found.state == "drafted",
        "socket": f"/ws/cases/{case.reference}/",
    }
    return render(request, "cases/referral.html", context)


@require_safe
@never_cache
def letter(request: HttpRequest, reference: str, uuid: uuids.UUID) -> HttpResponse:
    """The letter as a document: what was sent, byte for byte, or the last version marked as a draft."""
    officer(request)
    found = referral_or_404(case_or_404(request, reference), uuid)
    try:
        content = letters.document(found)
    except Unseen:
        raise Http404 from None
    return _handed_out(content, found.number or f"draft-{reference}")


@require_safe
@never_cache
def reminder(request: HttpRequest, reference: str, uuid: uuids.UUID, number: int) -> HttpResponse:
    """A reminder letter as it was made, byte for byte."""
    officer(request)
    found = referral_or_404(case_or_404(request, reference), uuid)
    made = get_object_or_404(ReminderLetter, referral=found, number=number)
    if not made.document:  # erased
        raise Http404
    return _handed_out(bytes(made.document), f"{found.number}-{made.number}")


def _handed_out(document: bytes, name: str) -> HttpResponse:
    response = HttpResponse(document, content_type=DOCX)
    response["Content-Disposition"] = f'attachment; filename="{name.replace("/", "-")}.docx"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _next(found: Referral) -> str:
    """A draft somebody has worked on wants approval; a fresh one wants words."""
    return "approve" if found.last_drafter_id is not None else "draft"


def _button(case: Case, found: Referral, move: str) -> dict[str, Any]:
    form = form_of(found, move)
    url = reverse("cases:referral_move", args=[case.reference, found.uuid, move])
    return {"name": move, "title": str(form.title), "button": str(form.button), "url": url}
