"""The end of the form: all answers once more, sending, and the slip to keep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cases.actions import open_case
from cases.files import held
from cases.permissions import Actor
from feedback import steps
from feedback.automatic import looks_automatic
from feedback.before_filing import signposts
from feedback.browser import COOKIE_AGE, draft_of, remember, token_of
from feedback.check import answers_shown, promised
from feedback.confirming import unconfirmed
from feedback.filing import clear_form, file_lines
from feedback.models import Draft
from feedback.receipts import can_be_drawn
from feedback.tracking import SeeOther
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from routing.coverage import office_for
from routing.urgency import DISTRESS
from text.dates import HONG_KONG


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponseBase:
    """All answers once more, then sending. The same draft sent fifty times is one concern."""
    draft = draft_of(request)
    if draft is None:
        return SeeOther(steps.address(steps.ORDER[0]))
    if draft.case_id:
        return SeeOther(steps.address("done"))
    if request.method == "POST" and "_clear" in request.POST:
        return clear_form(request, draft)
    if request.method == "POST" and "_save" in request.POST:
        return SeeOther(reverse("resume") + "?saved=1")
    if request.method == "POST" and request.POST.get("_lang") in dict(settings.LANGUAGES):
        with override(request.POST["_lang"]):
            return SeeOther(steps.address("check"))
    facts, unanswered = steps.cleaned(draft.answers)
    if unanswered:
        return SeeOther(steps.address(unanswered, **{"from": "check"}))
    if request.method != "POST":
        return _check_page(request, draft, facts)
    unchanged = request.POST.get("draft_version") == str(draft.version)
    if not unchanged or not _send(request, draft, facts):
        return _check_page(request, draft, facts, changed=True, status=409)
    response = SeeOther(steps.address("done"))
    remember(response, token_of(request))
    return response


def _check_page(
    request: HttpRequest, draft: Draft, facts: dict[str, Any], *, changed: bool = False, status: int = 200
) -> HttpResponse:
    covering = office_for(facts["division"], this_moment().astimezone(HONG_KONG).date())
    context = {
        "draft": draft,
        "sections": answers_shown(
            facts, covering, file_lines(draft), lambda s: steps.address(s, **{"from": "check"})
        ),
        "back_url": steps.address(steps.ORDER[-1]),
        "changed": changed,
        "distress": steps.in_distress(draft.answers),
        "signposts": signposts(draft.answers, ("subject", "proceedings")),
        "unconfirmed": "" if draft.has_confirmed(facts["email"]) else facts["email"],
    }
    return render(request, "feedback/check.html", context, status=status)


def _send(request: HttpRequest, draft: Draft, facts: dict[str, Any]) -> bool:
    """Case, draft and sealed code are one commit: what the next page promises is then true.

    Says False, and sends nothing, if the answers are no longer those the person saw. The draft's row is locked
    first: of two presses of the button the second waits, and finds the case.
    """
    flagged = looks_automatic(request, draft.created_at)
    with transaction.atomic():
        locked = Draft.objects.select_for_update().filter(pk=draft.pk).first()
        if locked is None:
            return False
        if locked.case_id:
            return True
        if locked.version != draft.version:
            return False
        filing = steps.filing_of(locked, facts, held(locked.key))
        filing.flagged = flagged
        opened = open_case(filing, by=Actor.new_business())
        if opened.tracking_code:
            locked.seal(opened.tracking_code, token_of(request))
        locked.case, locked.sent_at = opened.case, this_moment()
        # They stand in the case now.
        locked.answers, locked.resume_hash, locked.confirmed_key = {}, "", ""
        locked.email, locked.email_key, locked.remind = "", "", False
        locked.expires_at = locked.sent_at + timedelta(seconds=COOKIE_AGE)
        locked.save()
        failpoint("before_sending_commits")
    failpoint("after_sending_commits")
    return True


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def done(request: HttpRequest) -> HttpResponseBase:
    """The slip to keep. The code is shown until it was noted, or for an hour, in this browser only."""
    draft = draft_of(request)
    if draft is None or draft.case is None:
        return SeeOther(steps.address(steps.ORDER[0]))
    case = draft.case
    if request.method == "POST":
        Draft.objects.filter(pk=draft.pk).update(sealed_code="")
        return SeeOther(steps.address("done"))
    code = "" if case.tracking_used else draft.unseal(token_of(request))
    language = get_language()
    context = {
        "reference": case.reference,
        "code": code,
        "office": case.office,
        "office_name": case.office.short_in(language),
        "unit_name": case.liaison_unit.short_in(language) if case.liaison_unit else "",
        "promises": promised(case),
        "notify": case.contact.notify,
        "unconfirmed": unconfirmed(case.contact),
        "named": case.sharing == "named",
        "receipt": can_be_drawn(language or "en"),
        "distress": case.suggestion.get("urgency") == DISTRESS,
    }
    return render(request, "feedback/done.html", context)
