"""A concern that came by phone, at the counter, by letter, e-mail or in a meeting: an officer files it on one page."""

from __future__ import annotations

import uuid as uuids
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from cases.actions import open_case
from cases.forms.intake import Intake
from cases.models import Case
from cases.permissions import Actor
from cases.refusals import Busy, OtherContent
from cases.views.seeing import officer
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from text.sealed import seal, unseal

#: In the session: the concern filed last, with its code until it was handed on.
FILED = "intake_filed"
#: For so long the page shows the code, so that it can be read out.
CODE_SHOWN_FOR = timedelta(hours=1)
_SALT = "cases.intake"


class SeeOther(HttpResponseRedirect):
    status_code = 303


def _new_key(user: User) -> str:
    """Names one form of one officer: sent twice, it is the same concern."""
    return signing.dumps([user.pk, uuids.uuid4().hex], salt=_SALT)


def _read_key(given: str, user: User) -> str:
    """The key a form sent back; a new one for what is not this officer's."""
    try:
        owner, _name = signing.loads(given, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return _new_key(user)
    return given if owner == user.pk else _new_key(user)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def intake(request: HttpRequest) -> HttpResponse:
    user = officer(request)
    if request.method != "POST":
        return _page(request, Intake(), _new_key(user))
    form, key = Intake(request.POST), _read_key(request.POST.get("form", ""), user)
    if not form.is_valid():
        return _page(request, form, key, status=422)
    try:
        _file(request, user, form, key)
    except OtherContent:
        said = gettext("This page was sent before, with other words. To file this one too, send it again.")
        form.add_error(None, said)
        return _page(request, form, _new_key(user), status=409)
    except Busy as busy:
        form.add_error(None, str(busy.message))
        return _page(request, form, key, status=busy.status)
    return SeeOther(reverse("cases:intake_done"))


def _file(request: HttpRequest, user: User, form: Intake, key: str) -> None:
    """Case and code in the session are one commit: of two presses of the button the second finds both.

    If the answer to the first was lost with its session, the code is made anew, unless it was used already.
    """
    owner, name = signing.loads(key, salt=_SALT)
    by = Actor.caller(user, form.cleaned_data["channel"])
    with transaction.atomic():
        filing = form.filing(f"intake:{owner}:{name}")
        opened = open_case(filing, by=by)
        held = request.session.get(FILED, {})
        if opened.again and held.get("reference") != opened.case.reference:
            opened = open_case(filing, by=by, reissue=True)
            held = {}
        if opened.tracking_code or not held:
            request.session[FILED] = {
                "reference": opened.case.reference,
                "code": seal(opened.tracking_code) if opened.tracking_code else "",
                "at": this_moment().timestamp(),
            }
            request.session.save()
            # Saved once more after the commit, it could put an older code back over that of the press after this one.
            request.session.modified = False
        failpoint("before_intake_commits")
    failpoint("after_intake_commits")


def _page(request: HttpRequest, form: Intake, key: str, *, status: int = 200) -> HttpResponse:
    behalf = ("on_behalf_of", "authorisation", "authorised_on")
    context = {
        "form": form,
        "key": key,
        "back": reverse("cases:queue"),
        "speaks_for_others": form.is_bound
        and (any(form.data.get(name) for name in behalf) or form.data.get("for_whom", "own") != "own"),
    }
    return render(request, "cases/intake.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def done(request: HttpRequest) -> HttpResponse:
    """What to tell the business. Of a case of another office the officer learns reference, code and office only."""
    user = officer(request)
    held: dict[str, Any] | None = request.session.get(FILED)
    case = Case.objects.select_related("office").filter(reference=held["reference"]).first() if held else None
    if held is None or case is None:
        return SeeOther(reverse("cases:intake"))
    if request.method == "POST":
        request.session[FILED] = {**held, "code": ""}
        return SeeOther(reverse("cases:intake_done"))
    fresh = this_moment().timestamp() - held["at"] <= CODE_SHOWN_FOR.total_seconds()
    context = {
        "reference": case.reference,
        "code": unseal(held["code"]) if fresh and held["code"] and not case.tracking_used else "",
        "office": case.office,
        "office_name": case.office.short_in(get_language()),
        "mine": Case.objects.visible_to(user).filter(pk=case.pk).exists(),
    }
    return render(request, "cases/intake_done.html", context)
