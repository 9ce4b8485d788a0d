"""How a browser finds its form again: a random token in a cookie that no script can read."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from feedback.models import Draft

COOKIE = "__Host-draft" if settings.SECURE_ORIGIN else "draft"
#: The page after sending answers sensibly for this long in the browser that sent. Seconds.
COOKIE_AGE = 30 * 24 * 3600


def token_of(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE, "")


def draft_of(request: HttpRequest) -> Draft | None:
    """The form this browser has begun or sent, while it is kept."""
    return Draft.of_token(token_of(request))


def remember(response: HttpResponseBase, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_ORIGIN,
        path="/",
    )


def forget(response: HttpResponseBase) -> None:
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
    response["Clear-Site-Data"] = '"cache"'
