"""One shape for every error of the API: ``{code, message, errors?}`` in the caller's language."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from cases.refusals import Refusal

MESSAGES = {
    "parse_error": _("The body is not valid JSON as this interface accepts it."),
    "invalid": _("There is a problem with what was entered."),
    "not_found": _("There is no such case."),
    "not_authenticated": _("Sign in, or send a token."),
    "authentication_failed": _("The token or session is not valid."),
    "permission_denied": _("You may not do this."),
    "method_not_allowed": _("This address does not take this method."),
    "unsupported_media_type": _("Send JSON (application/json)."),
    "not_acceptable": _("This address answers in JSON only."),
    "throttled": _("Too many requests. Wait before you try again."),
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
    response.data = {"code": code, "message": str(MESSAGES.get(code, MESSAGES["invalid"]))}
    if errors:
        response.data["errors"] = errors
    return response


def _describe(exc: Exception) -> tuple[str, dict[str, Any]]:
    if isinstance(exc, exceptions.ValidationError):
        detail = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
        return "invalid", detail
    if isinstance(exc, Http404):
        return "not_found", {}
    if isinstance(exc, PermissionDenied):
        return "permission_denied", {}
    assert isinstance(exc, exceptions.APIException)
    codes = exc.get_codes()
    return (codes if isinstance(codes, str) else "invalid"), {}


class IdempotencyKeyMissing(Refusal):
    status = status.HTTP_400_BAD_REQUEST
    code = "idempotency_key"
    message = _("Send an Idempotency-Key header of 1 to 200 characters.")
