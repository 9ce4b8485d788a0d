"""Showing that one reads the address one gave, before or after sending; nothing waits for it but the mails.

Source: ux.md A1.5, trust.md T32.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cases.models import Case, Contact
from cases.notices import address_confirmed
from feedback import steps
from feedback.browser import draft_of
from feedback.code_page import MailCodeForm, tried
from feedback.mail_codes import address_asked, ask
from feedback.models import Draft, MailCode
from feedback.tracking import SeeOther, followed
from text.emails import masked
from text.sealed import finding_keys

CONFIRM = MailCode.Purpose.CONFIRM


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_filing(request: HttpRequest) -> HttpResponse:
    """For the browser in which the form was begun: before sending it, or from the page after."""
    draft = draft_of(request)
    if draft is None:
        return SeeOther(reverse("filing"))
    if draft.case is not None:
        return _confirm_of(request, draft.case, steps.address("done"))
    address = steps.address_given(draft.answers)
    if draft.has_confirmed(address):
        address = ""
    return confirm_address(request, address, address, steps.address("check"), lambda: mark(draft, address))


@followed
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_followed(request: HttpRequest, case: Case) -> HttpResponse:
    """From the page of a followed case."""
    return _confirm_of(request, case, reverse("track_case", args=[case.reference]))


def unconfirmed(contact: Contact) -> str:
    """The address that is still to be confirmed, masked: whoever has the code of a case need not know it."""
    return masked(contact.email) if contact.email and not contact.email_confirmed_at else ""


def _confirm_of(request: HttpRequest, case: Case, back: str) -> HttpResponse:
    contact = case.contact
    address = contact.email if unconfirmed(contact) else ""
    return confirm_address(
        request, address, unconfirmed(contact), back, lambda: address_confirmed(case, address)
    )


def confirm_address(
    request: HttpRequest, address: str, shown: str, back: str, confirmed: Callable[[], object]
) -> HttpResponse:
    """Send the code and take it. Without an address that is still to be confirmed, back to where one came from."""
    if not address:
        return SeeOther(back)
    form, status = MailCodeForm(), 200
    asked = address_asked(request.session, CONFIRM) == address
    if request.method == "POST":
        if "_send" in request.POST or not asked:
            ask(request, CONFIRM, address)
            return SeeOther(request.path)
        form, status = tried(request, CONFIRM)
        if status == 200:
            confirmed()
            return SeeOther(back)
    page = {"form": form, "address": shown, "asked": asked, "back_url": back}
    return render(request, "feedback/confirm.html", page, status=status)


def mark(draft: Draft, address: str) -> None:
    """This address of the form's writer is confirmed, in place of an earlier one."""
    Draft.objects.filter(pk=draft.pk).update(confirmed_key=finding_keys(address)[0])
