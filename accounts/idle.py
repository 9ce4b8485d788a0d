"""How long a sign-in lasts: it ends 30 minutes after the person last did something, and 10 hours after it began.

The end is written into the session itself, so that sockets and the API find it gone without knowing these rules.
Only sessions of people who signed in are limited; the session of a business with a draft is not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.views.decorators.cache import never_cache

#: Seconds without anything done, and from signing in (trust.md T40).
IDLE, LONGEST = 30 * 60, 10 * 3600
#: A page says so this many seconds before the end.
WARN_BEFORE = 2 * 60
#: What a person does is noted no more often than this, so that few requests write their session. Seconds.
NOTED_EVERY = 60

BEGAN, LAST_ACT = "signed_in_at", "last_act"


def _now() -> int:
    """Seconds since 1970, by the clock that Django's sessions end by."""
    return int(timezone.now().timestamp())


def begin(session: SessionBase) -> None:
    """From now on the session is that of somebody who has just signed in."""
    session[BEGAN] = _now()
    note_act(session)


def begin_on_sign_in(request: HttpRequest, **kwargs: Any) -> None:
    """Receiver of Django's ``user_logged_in``, whichever way somebody signed in."""
    begin(request.session)


def note_act(session: SessionBase) -> None:
    """The person has done something now: the sign-in lasts from here on, but never beyond its longest."""
    session[LAST_ACT] = _now()
    session.set_expiry(datetime.fromtimestamp(_end(session), UTC))


def seconds_left(session: SessionBase) -> int:
    """Until the sign-in ends if the person does nothing more; 0 or less if it has ended."""
    return _end(session) - _now()


def longest_left(session: SessionBase) -> int:
    """Until the sign-in ends whatever the person does."""
    return int(session[BEGAN]) + LONGEST - _now()


def _end(session: SessionBase) -> int:
    return int(min(session[LAST_ACT] + IDLE, session[BEGAN] + LONGEST))


def is_background(request: HttpRequest) -> bool:
    """Whether the page asks by itself, without the person doing anything: such requests keep nobody signed in."""
    return request.method in ("GET", "HEAD") and request.headers.get("X-Requested-With") == "fetch"


class SignedInMiddleware:
    """Ends a sign-in that is over, and notes that a person did something."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            session = request.session
            if BEGAN not in session:  # signed in before these limits were installed
                begin(session)
            if seconds_left(session) <= 0:
                logout(request)
            elif not is_background(request) and _now() - session[LAST_ACT] >= NOTED_EVERY:
                note_act(session)
        return self.get_response(request)


@login_not_required
@never_cache
def sign_in_state(request: HttpRequest) -> HttpResponse:
    """GET: how many seconds are left, and a fresh token for the forms of an open page. POST: the person is there.

    401 once the sign-in has ended. The page asks with ``X-Requested-With: fetch``, so that asking changes nothing.
    """
    if not request.user.is_authenticated:
        return JsonResponse({}, status=401)
    if request.method == "POST":
        note_act(request.session)
    return JsonResponse(
        {
            "left": seconds_left(request.session),
            "longest": longest_left(request.session),
            "token": get_token(request),
        }
    )
