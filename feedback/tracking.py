"""Getting in with reference and tracking code, and out again (trust.md T01, T02, T05)."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cases import live, readers
from cases.models import Case
from cases.tracking import forget, may_follow, remember
from feedback.attempts import Refused, Visitor, case_opened_by
from feedback.mail_codes import ASKED
from jobs.clock import this_moment
from text.fields import CleanCharField
from text.reference import parse_reference, parse_tracking_code

#: In the session: whose concerns are listed in this browser (``feedback/mine.py``).
MINE = "mine"
#: In the session: the quick question sent last, with its code, sealed, until it was noted (``feedback/asking.py``).
SENT = "question_sent"
#: Words typed into a form whose session had ended are kept up to this length until the code is entered again.
KEPT_CHARACTERS = 20_000


class SeeOther(HttpResponseRedirect):
    """After a POST: fetch that page, so that reloading it sends nothing again."""

    status_code = 303


class CodeForm(forms.Form):
    """Both numbers as a person may write them; cleaned to their canonical form."""

    reference = CleanCharField(
        label=_("Reference number"),
        help_text=_("For example HKC-7K3M-9QXP"),
        max_length=100,
        error_messages={"required": _("Enter your reference number")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )
    code = CleanCharField(
        label=_("Tracking code"),
        help_text=_("The 16 digits we showed you when you sent your concern"),
        max_length=100,
        error_messages={"required": _("Enter your tracking code")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "numeric"}),
    )

    def clean_reference(self) -> str:
        reference = parse_reference(self.cleaned_data["reference"])
        if reference is None:
            raise forms.ValidationError(
                _(
                    "Check the reference number: it looks like HKC-7K3M-9QXP and one character seems to be wrong"
                )
            )
        return reference

    def clean_code(self) -> str:
        code = parse_tracking_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("Check the tracking code: it has 16 digits"))
        return code


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for reference and code. An unknown reference and a wrong code get one and the same answer."""
    if request.method != "POST":
        form = CodeForm(initial={"reference": request.GET.get("reference", "")[:100]})
        return _ask(request, form, 200)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, 422)
    reference = form.cleaned_data["reference"]
    visitor = Visitor.of(request, request.session.setdefault("visitor", secrets.token_hex(16)))
    try:
        case = case_opened_by(reference, form.cleaned_data["code"], visitor)
    except Refused as refused:
        return _refuse(request, form, refused)
    if case is None:
        form.add_error(
            "code", _("This reference number and tracking code do not belong together. Check both.")
        )
        return _ask(request, form, 422)
    # A row's mark, not a move: whether the code was ever used decides nothing about the case.
    Case.objects.filter(pk=case.pk, tracking_used=False).update(tracking_used=True)
    request.session.cycle_key()
    remember(request.session, reference)
    readers.opened_by_code(request.session, reference)
    kept = request.session.get("kept", {})
    if kept.get("reference") == reference:
        return SeeOther(reverse("track_move", args=[reference, kept["move"]]))
    return SeeOther(reverse("track_case", args=[reference]))


def _ask(request: HttpRequest, form: CodeForm, status: int, **more: Any) -> HttpResponse:
    return render(request, "feedback/track.html", {"form": form, **more}, status=status)


def _refuse(request: HttpRequest, form: CodeForm, refused: Refused) -> HttpResponse:
    answer = _ask(request, form, 429, until=refused.until, kept="kept" in request.session)
    answer["Retry-After"] = str(max(1, math.ceil((refused.until - this_moment()).total_seconds())))
    return answer


@login_not_required
@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Stop following every case in this browser; open pages of this session hear of it at once."""
    followed_here = forget(request.session)
    for name in ("kept", MINE, ASKED, SENT, readers.BY_ADDRESS, readers.READING):
        request.session.pop(name, None)
    request.session.cycle_key()
    live.look_again(*(live.track_group(reference) for reference in followed_here))
    answer = SeeOther(f"{reverse('track')}?signed_out=1")
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _still_open(request: HttpRequest, reference: str) -> bool:
    """Whether a concern opened by an address still is open to that address; one opened by its code is."""
    opening = readers.opening_of(request.session, reference)
    if opening is None or opening in readers.standing([opening]):
        return True
    readers.close(request.session, reference)
    return False


def only_reads(request: HttpRequest, case: Case) -> bool:
    """Whether this browser has the concern open as somebody who may read it, and do nothing."""
    opening = readers.opening_of(request.session, case.reference)
    return opening is not None and opening.reads


def readable(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """As ``followed``, and for people whom the business lets read too."""
    return _asking(view, to_readers=True)


def followed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For views of one followed case: gives them the case; without the code they are the form that asks for it.

    Whether the reference exists makes no difference to the answer. Words in a POST are kept in the session until
    the code has been entered again. Whoever may only read is led back to the page to read.
    """
    return _asking(view, to_readers=False)


def _asking(view: Callable[..., HttpResponseBase], *, to_readers: bool) -> Callable[..., HttpResponseBase]:

    @login_not_required
    @never_cache
    @wraps(view)
    def asking(request: HttpRequest, reference: str, **kwargs: Any) -> HttpResponseBase:
        canonical = parse_reference(reference)
        case = None
        if canonical and may_follow(request.session, canonical):
            case = Case.objects.select_related("office", "contact").filter(reference=canonical).first()
            if case is not None and not _still_open(request, canonical):
                case = None
        if case is not None and not to_readers and only_reads(request, case):
            return SeeOther(reverse("track_case", args=[case.reference]))
        if case is not None:
            return view(request, case, **kwargs)
        if request.method == "POST" and canonical and "move" in kwargs:
            words = {
                name: value[:KEPT_CHARACTERS]
                for name, value in request.POST.items()
                if name in ("text", "reason")
            }
            request.session["kept"] = {"reference": canonical, "move": kwargs["move"], "words": words}
        return SeeOther(f"{reverse('track')}?reference={canonical or ''}")

    return asking
