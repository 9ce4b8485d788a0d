"""Coming back to a form that was begun: in this browser, or on any device with a resume code or a mailed one."""

from __future__ import annotations

import math
import secrets
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from feedback.attempts import Refused, Visitor, draft_opened_by
from feedback.browser import draft_of, remember
from feedback.models.draft import KEPT_FOR, Draft
from feedback.resuming_by_mail import AskForm, KeepForm, ask_for_code, keep_address
from feedback.tracking import SeeOther
from jobs.clock import this_moment
from text.fields import CleanCharField
from text.reference import parse_tracking_code


class ResumeForm(forms.Form):
    """The code as a person may write it; cleaned to its sixteen digits."""

    code = CleanCharField(
        label=_("Resume code"),
        help_text=_("The 16 digits we showed you when you saved your concern"),
        max_length=100,
        error_messages={"required": _("Enter your resume code")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        code = parse_tracking_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("Check the resume code: it has 16 digits"))
        return code


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponseBase:
    """The saved form of this browser, a code for other devices or an address for one, and the ways in.

    The words are the same whether or not there is a form; a code that opens nothing is answered like one whose time
    is over.
    """
    draft = draft_of(request)
    if draft is not None and draft.case_id is not None:
        draft = None
    if request.method != "POST":
        return _page(request, draft, ResumeForm())
    if "_new_code" in request.POST:
        if draft is None:
            return SeeOther(reverse("filing"))
        code = draft.new_resume_code()
        # Shown by this answer alone: coming back to the page makes no new one and shows none.
        return _page(request, draft, ResumeForm(), code=" ".join(code[n : n + 4] for n in range(0, 16, 4)))
    if "_keep_address" in request.POST:
        return _keep(request, draft, KeepForm(request.POST))
    if "_mail_code" in request.POST:
        asking = AskForm(request.POST)
        if not asking.is_valid():
            return _page(request, draft, ResumeForm(), status=422, asking=asking, wrong=asking)
        return ask_for_code(request, asking)
    return _opened(request, draft, ResumeForm(request.POST))


def _keep(request: HttpRequest, draft: Draft | None, keeping: KeepForm) -> HttpResponse:
    if not keeping.is_valid():
        return _page(request, draft, ResumeForm(), status=422, keeping=keeping, wrong=keeping)
    if draft is None:
        return SeeOther(reverse("filing"))
    return keep_address(request, draft, keeping)


def _opened(request: HttpRequest, draft: Draft | None, form: ResumeForm) -> HttpResponseBase:
    if not form.is_valid():
        return _page(request, draft, form, status=422)
    visitor = Visitor.of(request, request.session.setdefault("visitor", secrets.token_hex(16)))
    try:
        found = draft_opened_by(form.cleaned_data["code"], visitor)
    except Refused as refused:
        answer = _page(request, draft, form, status=429, refused=refused.until)
        answer["Retry-After"] = str(max(1, math.ceil((refused.until - this_moment()).total_seconds())))
        return answer
    if found is None:
        form.add_error("code", _("This code opens no saved concern. Check it; it may also be over or sent."))
        return _page(request, draft, form, status=422)
    response = SeeOther(reverse("filing"))
    if draft is None or draft.pk != found.pk:
        remember(response, found.new_browser())
    return response


def _page(
    request: HttpRequest, draft: Draft | None, form: ResumeForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    until = draft.expires_at if draft else this_moment() + KEPT_FOR
    context = {
        "form": form,
        "wrong": form,
        "keeping": KeepForm(),
        "asking": AskForm(),
        "until": until.date(),
        "saved": "saved" in request.GET,
        "kept": "kept" in request.GET,
        "none": "none" in request.GET,
        **more,
    }
    return render(request, "feedback/resume.html", context, status=status)
