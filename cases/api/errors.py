"""One shape for every error of the API: ``{code, message, errors?}`` in the caller's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from cases.refusals import Refusal, Unseen

MESSAGES = {
    "invalid": _("There is a problem with what was entered."),
    "not_found": Unseen.message,
    "not_authenticated": _("Sign in, or send a token."),
    "authentication_failed": _("The token or session is not valid."),
    "permission_denied": _("You may not do this."),
    "method_not_allowed": _("This address does not take this method."),
    "unsupported_media_type": _("Send JSON (application/json)."),
    "throttled": _("Too many requests. Wait before you try again."),
    "too_large": _("The request is too large."),
}


def answer(exc: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception; None lets Django answer 500 for what nobody foresaw."""
    if isinstance(exc, Refusal):
        body = {"code": exc.code, "message": str(exc.message), **exc.detail()}
        return Response(body, status=exc.status)
    response = exception_handler(exc, context)
    if response is None:
        return None
    code, errors = _describe(exc)
    # The parser says exactly what it could not read; for all else one sentence a code.
    message = getattr(exc, "detail", "") if code == "parse_error" else MESSAGES.get(code, MESSAGES["invalid"])
    response.data = {"code": code, "message": str(message)}
    if errors:
        response.data["errors"] = errors
    return response


def _describe(exc: Exception) -> tuple[str, dict[str, Any]]:
    if isinstance(exc, exceptions.ValidationError):
        detail = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
        return "invalid", dict(_by_field(detail))
    if isinstance(exc, Http404):
        return "not_found", {}
    if isinstance(exc, PermissionDenied):
        return "permission_denied", {}
    assert isinstance(exc, exceptions.APIException)
    codes = exc.get_codes()
    return (codes if isinstance(codes, str) else "invalid"), {}


def _by_field(detail: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Fields of an inner object by their full name: ``contact.email``."""
    for name, found in detail.items():
        if isinstance(found, dict):
            yield from _by_field(found, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", found
