"""Filing a concern: one question a page, complete without JavaScript, kept from the first answer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.files import held, keep_upload, remove_held
from cases.refusals import AlreadyThere, InputRefused
from feedback import steps
from feedback.before_filing import advice_beside, signposts
from feedback.browser import draft_of, forget, remember
from feedback.mail_codes import ASKED
from feedback.models import Draft
from feedback.models.draft import KEEPING, RESUMABLE
from feedback.questions import ExactSubject, StepForm, Subject, WhatHappened
from feedback.tracking import SeeOther

#: On the page after the answer that shows it; once more before sending.
SIGNPOSTED = {"what-happened": ("subject",), "wanted": ("proceedings",)}
SELECT_A_FILE = _("Select a file")


@login_not_required
@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Where the start button leads: the first question that has no answer yet."""
    draft = draft_of(request)
    if draft is None or draft.case_id:
        return SeeOther(steps.address(steps.ORDER[0]))
    return SeeOther(steps.address(steps.first_unanswered(draft.answers)))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, step: str) -> HttpResponseBase:
    """One question. A GET shows it, a POST keeps what was typed, whatever button was pressed."""
    if step not in steps.QUESTIONS:
        raise Http404
    draft = draft_of(request)
    if draft is not None and draft.case_id:
        if request.method == "POST" and (step != steps.ORDER[0] or _seen(request, draft)):
            return SeeOther(steps.address("done"))
        draft = None  # the old form was sent: this is a new one
    answers = draft.answers if draft else {}
    if request.method == "POST":
        return _answered(request, step, draft, answers)
    if draft is None and step != steps.ORDER[0]:
        if "new" in request.GET:
            return render(request, "feedback/cookies_needed.html", status=400)
        return SeeOther(steps.address(steps.ORDER[0]))
    if not steps.reachable(step, answers):
        return SeeOther(steps.address(steps.first_unanswered(answers)))
    if step == "category" and "again" in request.GET:
        answers = {**answers, "category": {}}
    if "shown" in request.GET and answers.get(step):  # the language changed on a page that showed errors
        return _page(request, step, draft, steps.bound(step, answers), answers)
    return _page(request, step, draft, steps.unbound(step, answers), answers)


def _page(
    request: HttpRequest, step: str, draft: Draft | None, form: StepForm, answers: dict[str, Any], **more: Any
) -> HttpResponse:
    before = steps.before(step)
    fields = [f for f in form if not f.is_hidden and step != "evidence"]
    context = {
        "form": form,
        "step": step,
        "fields": fields,
        "single": len(fields) == 1 and not form.heading,
        "hidden": form.hidden_fields(),
        "draft": draft,
        "version": draft.version if draft else 0,
        "from_check": _from_check(request),
        "back_url": steps.address("check")
        if _from_check(request)
        else (steps.address(before) if before else reverse("start")),
        "files": file_lines(draft) if step == "evidence" else [],
        "distress": steps.in_distress(answers),
        "few": steps.few_like_this(answers) if step == "sharing" else "",
        "others": steps.told_of_others(answers) if step == "what-happened" else None,
        "beside": advice_beside(answers) if step == "what-happened" else None,
        "signposts": signposts(answers, SIGNPOSTED.get(step, ())),
        **more,
    }
    status = 422 if form.is_bound and form.errors else more.get("status", 200)
    return render(request, "feedback/step.html", context, status=status)


def _from_check(request: HttpRequest) -> bool:
    return "check" in (request.GET.get("from"), request.POST.get("_from"))


def _answered(
    request: HttpRequest, step: str, draft: Draft | None, answers: dict[str, Any]
) -> HttpResponseBase:
    if "_clear" in request.POST:
        return clear_form(request, draft)
    language = get_language() or "en"
    if draft is not None:
        return _kept(request, step, draft, answers, language, seen=_seen(request, draft))
    draft, token = Draft.begin(language)
    response = _kept(request, step, draft, {}, language, seen=draft.version)
    remember(response, token)
    return response


def _seen(request: HttpRequest, draft: Draft) -> int:
    """The version that the page was drawn from; 0 is the first page, drawn before there was a draft."""
    shown = request.POST.get("draft_version", "")
    return int(shown) if shown.isdecimal() and len(shown) < 10 else draft.version


def _kept(
    request: HttpRequest, step: str, draft: Draft, answers: dict[str, Any], language: str, *, seen: int
) -> HttpResponseBase:
    """Save what was typed, valid or not, in one statement; then go where the button leads."""
    if step == "evidence":
        return _evidence(request, draft, answers, language)
    post = steps.corrected(steps.typed_data(request.POST))
    form = steps.bound(step, answers, post)
    typed = form.typed()
    if isinstance(form, ExactSubject) and not typed["category"]:
        typed = {"main": typed["main"]}
    answered_before = steps.answered(answers, step, typed)
    moving_on = not {"_lang", "_save"} & set(post)
    valid = moving_on and form.is_valid()
    asks_about_numbers = (
        valid
        and isinstance(form, WhatHappened)
        and form.has_numbers()
        and "keep_numbers" not in post
        and not answered_before
    )
    doubts = []
    if valid and not answered_before:
        doubts = [doubt for doubt in form.doubts() if post.get(f"sure_{doubt.field}") != doubt.typed]
    asks = asks_about_numbers or bool(doubts)
    complete = valid and not isinstance(form, Subject) and not asks
    if complete or (answered_before and not moving_on):
        typed[steps.DONE] = True
    fresh = steps.merged(answers, step, typed)
    if not draft.keep(fresh, seen=seen, language=language):
        there = Draft.objects.filter(pk=draft.pk).first()
        if there is None or there.case_id:
            return SeeOther(steps.address("done"))
        fresh = steps.merged(there.answers, step, typed)
        # The same button pressed twice is no conflict: what it would overwrite is what it says.
        again = steps.same_words(there.answers.get(step, {}), typed)
        if not again or not there.keep(fresh, seen=there.version, language=language):
            return _conflict(request, step, there, form)
        draft = there
    if "_lang" in post:
        return _other_language(request, step, post)
    if "_save" in post:
        return SeeOther(reverse("resume") + "?saved=1")
    if not valid or asks:
        return _page(request, step, draft, form, fresh, numbers=asks_about_numbers, doubts=doubts)
    if not complete:
        return SeeOther(_here(request, step))
    return SeeOther(_next(request, step, fresh))


def _here(request: HttpRequest, step: str) -> str:
    return steps.address(step, **({"from": "check"} if _from_check(request) else {}))


def _next(request: HttpRequest, step: str, answers: dict[str, Any]) -> str:
    """Straight back to the check page if the person came from there, else the next question."""
    first = steps.first_unanswered(answers)
    if _from_check(request) or first == "check":
        return steps.address(
            first, **({"from": "check"} if first != "check" and _from_check(request) else {})
        )
    following = steps.ORDER[steps.ORDER.index(step) + 1] if step != steps.ORDER[-1] else "check"
    if following != "check" and steps.reachable(following, answers):
        return steps.address(following, **({"new": "1"} if step == steps.ORDER[0] else {}))
    return steps.address(first)


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
        return SeeOther(steps.address(step, **more))


def _conflict(request: HttpRequest, step: str, draft: Draft, form: StepForm) -> HttpResponse:
    """Another window saved ``draft`` meanwhile: both texts are shown, and nothing was overwritten."""
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
        return SeeOther(_here(request, "evidence"))
    for upload in request.FILES.getlist("files"):
        try:
            keep_upload(upload, held_for=draft.key, from_business=True)
        except InputRefused as refused:
            if isinstance(refused, AlreadyThere) and "_again" in request.POST:
                continue  # it arrived the first time, and the answer to that was lost
            for messages in refused.errors.values():
                form.add_error("files", [str(message) for message in messages])
    moving_on = not {"_lang", "_save", "_add"} & set(request.POST)
    fresh = {**answers, "evidence": answers.get("evidence", {})}
    if moving_on and not form.errors:
        fresh["evidence"] = {steps.DONE: True}
    draft.keep(fresh, seen=draft.version, language=language)
    if request.headers.get("Accept") == "application/json" and request.FILES:
        refused_because = [str(message) for message in form.errors.get("files", [])]
        return JsonResponse({"refused": refused_because}, status=422 if refused_because else 200)
    if form.errors:
        return _page(request, "evidence", draft, form, fresh)
    if "_lang" in request.POST:
        return _other_language(request, "evidence", request.POST)
    if "_save" in request.POST:
        return SeeOther(reverse("resume") + "?saved=1")
    if "_add" in request.POST:
        if not request.FILES:
            form.add_error("files", str(SELECT_A_FILE))
            return _page(request, "evidence", draft, form, fresh)
        return SeeOther(_here(request, "evidence"))
    return SeeOther(_next(request, "evidence", fresh))


def file_lines(draft: Draft | None) -> list[dict[str, Any]]:
    if draft is None:
        return []
    return [
        {"uuid": str(f.uuid), "name": f.name, "size": f.size, "scan": f.scan_shown, "holds": f.holds}
        for f in held(draft.key)
    ]


def clear_form(request: HttpRequest, draft: Draft | None) -> HttpResponse:
    """Forget this form here and in the database; what was sent is a case and stays.

    The session forgets which address asked for codes, and what a code opened (T05).
    """
    for name in (ASKED, KEEPING, RESUMABLE):
        request.session.pop(name, None)
    if draft is not None and draft.case_id is None:
        for file in held(draft.key):
            remove_held(draft.key, file.uuid)
        draft.delete()
    response = SeeOther(reverse("start"))
    forget(response)
    return response


@login_not_required
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """ "Clear this form from this device", also from the page after sending."""
    return clear_form(request, draft_of(request))
