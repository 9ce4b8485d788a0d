"""Filing a concern: one question a page, complete without JavaScript, kept from the first answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.actions import open_case
from cases.files import held, keep_upload, remove_held
from cases.permissions import Actor
from cases.refusals import InputRefused
from feedback import steps
from feedback.check import answers_shown, promised
from feedback.models import Draft
from feedback.step_forms import StepForm, WhatHappened
from feedback.tracking import SeeOther
from routing.coverage import office_for
from text.dates import HONG_KONG

COOKIE = "__Host-draft" if settings.SECURE_ORIGIN else "draft"
#: The page after sending answers sensibly for this long in the browser that sent. Seconds.
COOKIE_AGE = 30 * 24 * 3600
SELECT_A_FILE = _("Select a file")
#: Nobody answers twelve questions in less; what comes faster is taken all the same, and marked for a look.
HUMAN_SECONDS = 2


def _draft(request: HttpRequest) -> Draft | None:
    return Draft.of_token(request.COOKIES.get(COOKIE, ""))


def _remember(response: HttpResponseBase, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_ORIGIN,
        path="/",
    )


def _address(step: str, **more: str) -> str:
    query = QueryDict(mutable=True)
    query.update(more)
    if step in ("check", "done"):
        return reverse(f"filing_{step}")
    return reverse("filing_step", args=[step]) + (f"?{query.urlencode()}" if more else "")


@login_not_required
@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Where the start button leads: the first question that has no answer yet."""
    draft = _draft(request)
    if draft is None or draft.case_id:
        return SeeOther(_address(steps.ORDER[0]))
    return SeeOther(_address(steps.first_unanswered(draft.answers)))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, step: str) -> HttpResponseBase:
    """One question. A GET shows it, a POST keeps what was typed, whatever button was pressed."""
    if step not in steps.QUESTIONS:
        raise Http404
    draft = _draft(request)
    if draft is not None and draft.case_id:
        if request.method == "POST":
            return SeeOther(_address("done"))
        draft = None  # the old form was sent: this is a new one
    answers = draft.answers if draft else {}
    if request.method == "POST":
        return _answered(request, step, draft, answers)
    if draft is None and step != steps.ORDER[0]:
        if "new" in request.GET:
            return render(request, "feedback/cookies_needed.html", status=400)
        return SeeOther(_address(steps.ORDER[0]))
    if not steps.reachable(step, answers):
        return SeeOther(_address(steps.first_unanswered(answers)))
    if step == "category" and "again" in request.GET:
        answers = {**answers, "category": {}}
    if "shown" in request.GET and answers.get(step):  # the language changed on a page that showed errors
        return _page(request, step, draft, steps.bound(step, answers), answers)
    return _page(request, step, draft, steps.unbound(step, answers), answers)


def _page(
    request: HttpRequest, step: str, draft: Draft | None, form: StepForm, answers: dict[str, Any], **more: Any
) -> HttpResponse:
    before = steps.before(step)
    fields = [f for f in form if not f.is_hidden]
    context = {
        "form": form,
        "step": step,
        "fields": fields,
        "single": len(fields) == 1 and not form.heading,
        "hidden": form.hidden_fields(),
        "draft": draft,
        "version": draft.version if draft else 0,
        "from_check": _from_check(request),
        "back_url": _address("check")
        if _from_check(request)
        else (_address(before) if before else reverse("start")),
        "files": _file_lines(draft) if step == "evidence" else [],
        **more,
    }
    status = 422 if form.is_bound and form.errors else more.get("status", 200)
    return render(request, "feedback/step.html", context, status=status)


def _from_check(request: HttpRequest) -> bool:
    return "check" in (request.GET.get("from"), request.POST.get("_from"))


def _answered(
    request: HttpRequest, step: str, draft: Draft | None, answers: dict[str, Any]
) -> HttpResponseBase:
    post = request.POST
    if "_clear" in post:
        return _clear(draft)
    language = get_language() or "en"
    token = ""
    if draft is None:
        draft, token = Draft.begin(language)
        answers = {}
    response = _kept(request, step, draft, answers, language)
    if token:
        _remember(response, token)
    return response


def _kept(
    request: HttpRequest, step: str, draft: Draft, answers: dict[str, Any], language: str
) -> HttpResponseBase:
    post = steps.typed_data(request.POST)
    if step == "evidence":
        return _evidence(request, draft, answers, language)
    form = steps.bound(step, answers, post)
    typed = {**form.typed()}
    if typed.get("main") and not typed.get("category") and step == "category":
        typed = {"main": typed["main"]}
    moving_on = not {"_lang", "_save"} & set(post)
    valid = moving_on and form.is_valid()
    fresh = {**answers, step: typed}
    complete = valid and not (step == "category" and "category" not in form.fields)
    if complete and isinstance(form, WhatHappened) and form.has_numbers():
        complete = False
    if complete:
        fresh[step][steps.DONE] = True
        fresh = steps.settle_branches(fresh, step)
    shown = post.get("draft_version", "")
    # "0" is the first page, which was drawn before there was a draft.
    seen = int(shown) if shown.isdecimal() and 0 < len(shown) < 10 and shown != "0" else draft.version
    if not draft.keep(fresh, seen=seen, language=language):
        return _conflict(request, step, draft, form)
    if "_lang" in post:
        return _other_language(request, step, post)
    if "_save" in post:
        return SeeOther(reverse("resume") + "?saved=1")
    if not valid:
        return _page(request, step, draft, form, fresh)
    if not complete:
        if isinstance(form, WhatHappened):
            return _page(request, step, draft, form, fresh, numbers=True)
        return SeeOther(_address(step, **({"from": "check"} if _from_check(request) else {})))
    return SeeOther(_next(request, step, fresh))


def _next(request: HttpRequest, step: str, answers: dict[str, Any]) -> str:
    """Straight back to the check page if the person came from there, else the next question."""
    first = steps.first_unanswered(answers)
    if _from_check(request) or first == "check":
        return _address(first, **({"from": "check"} if first != "check" and _from_check(request) else {}))
    following = steps.ORDER[steps.ORDER.index(step) + 1] if step != steps.ORDER[-1] else "check"
    if following != "check" and steps.reachable(following, answers):
        return _address(following, **({"new": "1"} if step == steps.ORDER[0] else {}))
    return _address(first)


def _other_language(request: HttpRequest, step: str, post: QueryDict) -> HttpResponse:
    chosen = post["_lang"]
    if chosen not in dict(settings.LANGUAGES):
        chosen = get_language() or "en"
    more = {}
    if _from_check(request):
        more["from"] = "check"
    if post.get("_shown"):
        more["shown"] = "1"
    with override(chosen):
        return SeeOther(_address(step, **more))


def _conflict(request: HttpRequest, step: str, draft: Draft, form: StepForm) -> HttpResponse:
    """Another window saved meanwhile: both texts are shown, and nothing was overwritten."""
    draft.refresh_from_db()
    if draft.case_id:
        return SeeOther(_address("done"))
    other = steps.unbound(step, draft.answers)
    pairs = []
    for bound_field in form:
        if bound_field.is_hidden:
            continue
        there = other.initial.get(bound_field.name) if other.initial else None
        pairs.append({"label": bound_field.label, "there": _as_words(other, bound_field.name, there)})
    return _page(request, step, draft, form, draft.answers, conflict=pairs, status=409)


def _as_words(form: StepForm, name: str, value: Any) -> str:
    if value in (None, "", [], False):
        return ""
    if isinstance(value, dict):
        return " / ".join(str(v) for v in value.values())
    choices = getattr(form.fields.get(name), "choices", None)
    if choices:
        flat: dict[str, Any] = {}
        for key, label in choices:
            flat.update(label if isinstance(label, list) else [(key, label)])
        return str(flat.get(value, value))
    return str(value)


def _evidence(request: HttpRequest, draft: Draft, answers: dict[str, Any], language: str) -> HttpResponseBase:
    form = steps.bound("evidence", answers, QueryDict())
    if uuid := request.POST.get("_remove"):
        remove_held(draft.key, uuid)
        return SeeOther(_address("evidence", **({"from": "check"} if _from_check(request) else {})))
    for upload in request.FILES.getlist("files"):
        try:
            keep_upload(upload, held_for=draft.key, from_business=True)
        except InputRefused as refused:
            for messages in refused.errors.values():
                for message in messages:
                    form.add_error(None, str(message))
    moving_on = not {"_lang", "_save", "_add"} & set(request.POST)
    fresh = {**answers, "evidence": answers.get("evidence", {})}
    if moving_on and not form.errors:
        fresh["evidence"] = {steps.DONE: True}
    draft.keep(fresh, seen=draft.version, language=language)
    if form.errors:
        return _page(request, "evidence", draft, form, fresh)
    if "_lang" in request.POST:
        return _other_language(request, "evidence", request.POST)
    if "_save" in request.POST:
        return SeeOther(reverse("resume") + "?saved=1")
    if "_add" in request.POST:
        if not request.FILES:
            form.add_error(None, str(SELECT_A_FILE))
            return _page(request, "evidence", draft, form, fresh)
        return SeeOther(_address("evidence", **({"from": "check"} if _from_check(request) else {})))
    return SeeOther(_next(request, "evidence", fresh))


def _file_lines(draft: Draft | None) -> list[dict[str, Any]]:
    if draft is None:
        return []
    return [{"uuid": str(f.uuid), "name": f.name, "size": f.size} for f in held(draft.key)]


def _clear(draft: Draft | None) -> HttpResponse:
    """Forget this form here and in the database; what was sent is a case and stays."""
    if draft is not None and draft.case_id is None:
        for file in held(draft.key):
            remove_held(draft.key, file.uuid)
        draft.delete()
    response = SeeOther(reverse("start"))
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
    response["Clear-Site-Data"] = '"cache"'
    return response


@login_not_required
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """ "Clear this form from this device", also from the page after sending."""
    return _clear(_draft(request))


# --- check, send, done ------------------------------------------------------------------------------
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponseBase:
    """All answers once more, then sending. The same draft sent fifty times is one concern."""
    draft = _draft(request)
    if draft is None:
        return SeeOther(_address(steps.ORDER[0]))
    if draft.case_id:
        return SeeOther(_address("done"))
    if request.method == "POST" and "_clear" in request.POST:
        return _clear(draft)
    if request.method == "POST" and "_save" in request.POST:
        return SeeOther(reverse("resume") + "?saved=1")
    if request.method == "POST" and request.POST.get("_lang") in dict(settings.LANGUAGES):
        with override(request.POST["_lang"]):
            return SeeOther(_address("check"))
    facts, unanswered = steps.cleaned(draft.answers)
    if unanswered:
        return SeeOther(_address(unanswered, **{"from": "check"}))
    if request.method != "POST":
        return _check_page(request, draft, facts)
    if request.POST.get("draft_version") != str(draft.version):
        return _check_page(request, draft, facts, changed=True, status=409)
    _send(request, draft, facts)
    return SeeOther(_address("done"))


def _check_page(
    request: HttpRequest, draft: Draft, facts: dict[str, Any], *, changed: bool = False, status: int = 200
) -> HttpResponse:
    covering = office_for(facts["division"], timezone.now().astimezone(HONG_KONG).date())
    context = {
        "draft": draft,
        "sections": answers_shown(
            facts, covering, _file_lines(draft), lambda s: _address(s, **{"from": "check"})
        ),
        "back_url": _address(steps.ORDER[-1]),
        "changed": changed,
    }
    return render(request, "feedback/check.html", context, status=status)


def _send(request: HttpRequest, draft: Draft, facts: dict[str, Any]) -> None:
    """Case, draft and sealed code are one commit: what the next page promises is then true."""
    token = request.COOKIES[COOKIE]
    filing = steps.filing_of(draft, facts)
    hurried = (timezone.now() - draft.created_at).total_seconds() < HUMAN_SECONDS
    filing.review = "honeypot" if request.POST.get("website") else "hurry" if hurried else ""
    with transaction.atomic():
        opened = open_case(filing, by=Actor.new_business())
        draft = Draft.objects.select_for_update().get(pk=draft.pk)
        if opened.tracking_code:
            draft.seal(opened.tracking_code, token)
        draft.case, draft.sent_at = opened.case, draft.sent_at or timezone.now()
        draft.answers = {}  # they stand in the case now
        draft.expires_at = timezone.now() + timedelta(seconds=COOKIE_AGE)
        draft.save()


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def done(request: HttpRequest) -> HttpResponseBase:
    """The slip to keep. The code is shown until it was noted, or for an hour, in this browser only."""
    draft = _draft(request)
    if draft is None or draft.case is None:
        return SeeOther(_address(steps.ORDER[0]))
    case = draft.case
    if request.method == "POST":
        Draft.objects.filter(pk=draft.pk).update(sealed_code="")
        return SeeOther(_address("done"))
    code = "" if case.tracking_used else draft.unseal(request.COOKIES.get(COOKIE, ""))
    language = get_language()
    context = {
        "reference": case.reference,
        "code": code,
        "office": case.office,
        "office_name": case.office.short_in(language),
        "unit_name": case.liaison_unit.short_in(language) if case.liaison_unit else "",
        "promises": promised(case),
        "notify": case.contact.notify,
        "named": case.sharing == "named",
    }
    return render(request, "feedback/done.html", context)


@login_not_required
@never_cache
@require_safe
def resume(request: HttpRequest) -> HttpResponse:
    """The saved form of this browser. The words are the same whether or not there is one."""
    draft = _draft(request)
    there = draft is not None and draft.case_id is None
    until = (draft.expires_at if there and draft else timezone.now() + timedelta(days=14)).date()
    return render(request, "feedback/resume.html", {"until": until, "saved": "saved" in request.GET})
