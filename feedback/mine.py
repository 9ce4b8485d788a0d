"""All concerns of one person: those whose confirmed e-mail address a mailed code shows to be theirs.

An address that is not known here, one that nobody has confirmed, and one whose concerns were filed without a name are
answered alike: there is no mail, and no code that is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cases.actions import perform
from cases.models import Case, Contact, Reader
from cases.permissions import Actor
from cases.public import PublicLine, line_of
from cases.readers import open_by_address
from cases.refusals import InputRefused, Refusal
from cases.tracking import OPEN_FOR
from feedback.code_page import AddressForm, MailCodeForm, tried
from feedback.mail_codes import address_asked, ask, forget_asked
from feedback.models import MailCode
from feedback.tracking import MINE, SeeOther
from jobs.clock import this_moment
from text.sealed import seal, unseal

PURPOSE = MailCode.Purpose.MINE
#: The page lists so many, those received last; older ones are opened with their tracking codes.
LISTED = 100


@dataclass(frozen=True)
class Line:
    case: PublicLine
    #: When the business was last told something, or wrote itself.
    changed_at: datetime
    #: Of another business, which lets this address read it.
    shared: bool


class InviteForm(AddressForm):
    prefix = "invite"


@login_not_required
@never_cache
@sensitive_post_parameters("email")
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """Asks for an address; once its code was typed in, the list, from which each concern is opened by a button."""
    address = _shown_to(request)
    if address:
        return _open(request, address) if request.method == "POST" else _list(request, address)
    form = AddressForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            ask(request, PURPOSE, form.cleaned_data["email"])
            return SeeOther(reverse("mine_code"))
        return render(request, "feedback/mine_ask.html", {"form": form}, status=422)
    return render(request, "feedback/mine_ask.html", {"form": form})


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def mine_code(request: HttpRequest) -> HttpResponse:
    """Takes the code."""
    address = address_asked(request.session, PURPOSE)
    if not address:
        return SeeOther(reverse("mine"))
    form, status = MailCodeForm(), 200
    if request.method == "POST":
        if "_send" in request.POST:
            ask(request, PURPOSE, address)
            return SeeOther(reverse("mine_code"))
        form, status = tried(request, PURPOSE)
        if status == 200:
            forget_asked(request.session, PURPOSE)
            request.session.cycle_key()
            until = (this_moment() + OPEN_FOR).timestamp()
            request.session[MINE] = {"address": seal(address), "until": until}
            return SeeOther(reverse("mine"))
    page = {"form": form, "address": address}
    return render(request, "feedback/mine_code.html", page, status=status)


def _shown_to(request: HttpRequest) -> str:
    """The address whose code was typed in here, not too long ago; else empty."""
    held: dict[str, Any] = request.session.get(MINE, {"address": "", "until": 0})
    return unseal(held["address"]) if this_moment().timestamp() < held["until"] else ""


def _own(address: str) -> list[Case]:
    return [contact.case for contact in Contact.confirmed_as(address)[:LISTED]]


def _list(
    request: HttpRequest, address: str, form: InviteForm | None = None, *, status: int = 200
) -> HttpResponse:
    own = _own(address)
    mine = {case.pk for case in own}
    shared = [reader.case for reader in Reader.known_as(address)[:LISTED] if reader.case_id not in mine]
    cases = own + shared
    told = Case.objects.filter(pk__in=[case.pk for case in cases])
    changed = dict(told.values_list("pk").annotate(at=Max("events__at", filter=~Q(events__kind=""))))
    lines = [Line(line_of(case), changed[case.pk] or case.received_at, case.pk not in mine) for case in cases]
    lines.sort(key=lambda line: line.changed_at, reverse=True)
    page = {
        "lines": lines,
        "address": address,
        "limit": LISTED if max(len(own), len(shared)) == LISTED else 0,
        "form": form or InviteForm(),
        "may_invite": any(case.is_open for case in own),
    }
    return render(request, "feedback/mine.html", page, status=status)


def _open(request: HttpRequest, address: str) -> HttpResponse:
    """Follow one of them in this session, as with its tracking code."""
    if "_invite" in request.POST:
        form = InviteForm(request.POST)
        return (
            _invite(request, address, form) if form.is_valid() else _list(request, address, form, status=422)
        )
    own = {case.reference for case in _own(address)}
    reference = request.POST.get("reference", "")
    if reference not in own | {reader.case.reference for reader in Reader.known_as(address)[:LISTED]}:
        return SeeOther(reverse("mine"))
    open_by_address(request.session, reference, address, reads=reference not in own)
    return SeeOther(reverse("track_case", args=[reference]))


def _invite(request: HttpRequest, address: str, form: InviteForm) -> HttpResponse:
    """Let somebody read all open concerns of this address, each by a move of its own."""
    invited, refused = 0, ""
    for case in _own(address):
        if not case.is_open:
            continue
        try:
            perform(case, "invite_reader", by=Actor.business(case), email=form.cleaned_data["email"])
            invited += 1
        except InputRefused as not_this:
            refused = next(str(said) for errors in not_this.errors.values() for said in errors)
        except Refusal as not_this:
            refused = str(not_this.message)
    if invited:
        said = ngettext("They can read %(n)s concern.", "They can read %(n)s concerns.", invited) % {
            "n": invited
        }
        messages.success(request, said)
    elif refused:
        form.add_error("email", refused)
        return _list(request, address, form, status=422)
    return SeeOther(reverse("mine"))
