"""A quick question: one page to the office's queue, and back by the tracking page like every concern."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cases.actions import open_case
from cases.models import Case
from cases.permissions import Actor
from cases.refusals import OtherContent
from cases.tracking import may_follow, remember
from feedback.automatic import looks_automatic
from feedback.check import promised
from feedback.confirming import unconfirmed
from feedback.models.draft import CODE_KEPT_FOR
from feedback.questions import QuickQuestion
from feedback.steps import corrected, typed_data
from feedback.tracking import KEPT_CHARACTERS, SENT, SeeOther
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from routing.urgency import DISTRESS, judge
from text.sealed import seal, unseal

#: In the session: what was typed, sealed, while the language of the page changes.
TYPED = "question_typed"
_SALT = "feedback.asking"


@dataclass(frozen=True)
class FormKey:
    """Names the form of one question, and says when it was first shown: sent again it is the same question."""

    name: str
    shown_at: float

    @classmethod
    def new(cls) -> FormKey:
        return cls(uuids.uuid4().hex, this_moment().timestamp())

    @classmethod
    def read(cls, given: str) -> FormKey:
        """What a form sent back; a new one for what is not ours."""
        try:
            return cls(*signing.loads(given, salt=_SALT))
        except signing.BadSignature:
            return cls.new()

    def __str__(self) -> str:
        return signing.dumps([self.name, self.shown_at], salt=_SALT)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponseBase:
    """The question and what the office needs to answer it, on one page."""
    if request.method != "POST":
        typed = QueryDict(unseal(request.session.pop(TYPED, "")) if TYPED in request.session else "")
        return _page(request, QuickQuestion(initial=typed.dict()), FormKey.read(typed.get("form", "")))
    if "_lang" in request.POST:
        return _other_language(request)
    post = corrected(typed_data(request.POST))
    form, key = QuickQuestion(post), FormKey.read(post.get("form", ""))
    if not form.is_valid():
        return _page(request, form, key, status=422)
    doubts = [doubt for doubt in form.doubts() if post.get(f"sure_{doubt.field}") != doubt.typed]
    numbers = form.has_numbers() and "keep_numbers" not in post
    if doubts or numbers:
        return _page(request, form, key, doubts=doubts, numbers=numbers)
    try:
        _send(request, form, key)
    except OtherContent:
        said = gettext(
            "This question was sent before, with other words. To send this one too, send it again."
        )
        form.add_error(None, said)
        return _page(request, form, FormKey.new(), status=409)
    return SeeOther(reverse("question_sent"))


def _page(
    request: HttpRequest, form: QuickQuestion, key: FormKey, *, status: int = 200, **more: Any
) -> HttpResponse:
    distress = form.is_bound and judge(form.data.get("text", "")).tier == DISTRESS
    context = {"form": form, "key": key, "back_url": reverse("start"), "distress": distress, **more}
    return render(request, "feedback/ask.html", context, status=status)


def _other_language(request: HttpRequest) -> HttpResponse:
    """The same page with what was typed, in the language chosen."""
    chosen = request.POST["_lang"]
    typed = "".join(request.POST.get(name, "") for name in QuickQuestion.base_fields)
    if len(typed) <= KEPT_CHARACTERS:
        request.session[TYPED] = seal(request.POST.urlencode())
    with override(chosen if chosen in dict(settings.LANGUAGES) else get_language()):
        return SeeOther(reverse("question"))


def _send(request: HttpRequest, form: QuickQuestion, key: FormKey) -> None:
    """Case and code in the session are one commit: of two presses of the button the second finds both.

    If the answer to the first was lost with its session, the code is made anew. Raises ``OtherContent`` if the form
    was sent before with other words.
    """
    flagged = looks_automatic(request, datetime.fromtimestamp(key.shown_at, UTC))
    with transaction.atomic():
        filing = form.filing(f"question:{key.name}", flagged)
        opened = open_case(filing, by=Actor.new_business())
        if opened.again and not _has_code(request, opened.case):
            opened = open_case(filing, by=Actor.new_business(), reissue=True)
        if opened.tracking_code:
            request.session[SENT] = {
                "reference": opened.case.reference,
                "code": seal(opened.tracking_code),
                "at": this_moment().timestamp(),
            }
            remember(request.session, opened.case.reference)
            request.session.save()
        failpoint("before_sending_commits")
    failpoint("after_sending_commits")


def _has_code(request: HttpRequest, case: Case) -> bool:
    """Whether this browser holds the code of the case. The first press may have stored it after this request began,
    so the session is read anew; what it stored must not be written over when this request's session is saved."""
    stored = type(request.session)(request.session.session_key).load() if request.session.session_key else {}
    held = stored.get(SENT, {})
    if held.get("reference") != case.reference:
        return False
    request.session[SENT] = held
    remember(request.session, case.reference)
    return True


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sent(request: HttpRequest) -> HttpResponseBase:
    """The slip to keep. The code is shown until it was noted, or for an hour, in this browser only."""
    held = request.session.get(SENT)
    case = (
        Case.objects.select_related("office", "contact").filter(reference=held["reference"]).first()
        if held
        else None
    )
    if held is None or case is None or not may_follow(request.session, case.reference):
        return SeeOther(reverse("question"))
    if request.method == "POST":
        request.session[SENT] = {**held, "code": ""}
        return SeeOther(reverse("question_sent"))
    fresh = this_moment().timestamp() - held["at"] <= CODE_KEPT_FOR.total_seconds()
    context = {
        "reference": case.reference,
        "code": unseal(held["code"]) if fresh and not case.tracking_used else "",
        "office": case.office,
        "office_name": case.office.short_in(get_language()),
        "promises": promised(case),
        "notify": case.contact.notify,
        "unconfirmed": unconfirmed(case.contact),
        "distress": case.suggestion.get("urgency") == DISTRESS,
    }
    return render(request, "feedback/asked.html", context)
