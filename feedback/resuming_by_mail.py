"""Going on with a form by a code sent by e-mail, on any device; one address may have several forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cases.history import category_names
from feedback.browser import draft_of, remember
from feedback.code_page import AddressForm, MailCodeForm, tried
from feedback.confirming import CONFIRM, confirm_address, mark
from feedback.mail_codes import address_asked, ask, forget_asked
from feedback.models import Draft, MailCode
from feedback.models.draft import KEEPING, RESUMABLE
from feedback.models.mail_codes import GOOD_FOR
from feedback.tracking import SeeOther
from jobs.clock import this_moment
from text.sealed import seal, unseal

RESUME = MailCode.Purpose.RESUME


class KeepForm(AddressForm):
    """Where the code for this form goes later."""

    prefix = "keep"
    remind = forms.BooleanField(
        label=_("Remind me once by e-mail, two days before it is deleted"), required=False
    )


class AskForm(AddressForm):
    prefix = "ask"


def keep_address(request: HttpRequest, draft: Draft, form: KeepForm) -> HttpResponse:
    """Keep an address that was confirmed before; another is asked about first.

    An address with a slip in it may be a stranger's, and would open the form to them.
    """
    address, remind = form.cleaned_data["email"], form.cleaned_data["remind"]
    if draft.has_confirmed(address):
        draft.reach_by(address, remind=remind)
        return SeeOther(_kept())
    request.session[KEEPING] = {"address": seal(address), "remind": remind}
    ask(request, CONFIRM, address)
    return SeeOther(reverse("resume_keep"))


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def resume_keep(request: HttpRequest) -> HttpResponse:
    """Takes the code that was sent to the address to be kept with the form."""
    draft, held = draft_of(request), request.session.get(KEEPING)
    if draft is None or draft.case_id is not None or held is None:
        return SeeOther(reverse("resume"))
    address = unseal(held["address"])

    def confirmed() -> None:
        request.session.pop(KEEPING, None)
        draft.reach_by(address, remind=held["remind"])
        if not draft.confirmed_key:
            mark(draft, address)

    return confirm_address(request, address, address, _kept(), confirmed)


def _kept() -> str:
    return reverse("resume") + "?kept=1"


def ask_for_code(request: HttpRequest, form: AskForm) -> HttpResponse:
    ask(request, RESUME, form.cleaned_data["email"])
    return SeeOther(reverse("resume_code"))


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def resume_code(request: HttpRequest) -> HttpResponse:
    """Takes the code; the words are the same whether or not there is a form for the address."""
    address = address_asked(request.session, RESUME)
    if not address:
        return SeeOther(reverse("resume"))
    form, status = MailCodeForm(), 200
    if request.method == "POST":
        if "_send" in request.POST:
            ask(request, RESUME, address)
            return SeeOther(reverse("resume_code"))
        form, status = tried(request, RESUME)
        if status == 200:
            return _opened(request, address)
    page = {"form": form, "address": address}
    return render(request, "feedback/resume_code.html", page, status=status)


def _opened(request: HttpRequest, address: str) -> HttpResponse:
    forget_asked(request.session, RESUME)
    found = list(Draft.reached_by(address))
    request.session.cycle_key()
    if len(found) == 1:
        return _go_on(request, found[0])
    if not found:
        return SeeOther(reverse("resume") + "?none=1")
    until = (this_moment() + GOOD_FOR).timestamp()
    request.session[RESUMABLE] = {"address": seal(address), "until": until}
    return SeeOther(reverse("resume_choose"))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def resume_choose(request: HttpRequest) -> HttpResponse:
    """Several forms of one address: which one? For ten minutes after the code was typed in."""
    found = _found(request)
    if not found:
        return SeeOther(reverse("resume"))
    if request.method == "POST":
        chosen = [draft for draft in found if str(draft.pk) == request.POST.get("draft")]
        return _go_on(request, chosen[0]) if chosen else SeeOther(reverse("resume_choose"))
    lines = [_line(draft) for draft in found]
    return render(request, "feedback/resume_choose.html", {"lines": lines})


def _found(request: HttpRequest) -> list[Draft]:
    """Asked anew each time: a form may have been given another address meanwhile."""
    held = request.session.get(RESUMABLE, {"address": "", "until": 0})
    if this_moment().timestamp() > held["until"]:
        return []
    return list(Draft.reached_by(unseal(held["address"])))


def _line(draft: Draft) -> dict[str, Any]:
    """What tells one form from another: the subject, if it was chosen, and when it was last saved."""
    code = draft.answers.get("category", {}).get("category")
    category = category_names().get(code)
    about = category.name_in(get_language()) if category else ""
    return {"pk": draft.pk, "about": about, "saved": draft.updated_at, "until": draft.expires_at.date()}


def _go_on(request: HttpRequest, draft: Draft) -> HttpResponse:
    request.session.pop(RESUMABLE, None)
    response = SeeOther(reverse("filing"))
    here = draft_of(request)
    if here is None or here.pk != draft.pk:
        remember(response, draft.new_browser())
    return response
