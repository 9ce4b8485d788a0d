"""Which errors each call can answer with, in the words of OpenAPI."""

from __future__ import annotations

from typing import Any

_SENTENCE = {"type": "string", "description": "A sentence in the caller's language."}
_CODE = {"type": "string", "description": "For programs; never translated."}

_ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "additionalProperties": False,
    "properties": {"code": _CODE, "message": _SENTENCE},
}
_FIELD_ERRORS = {
    "type": "object",
    "description": "By the full name of the field: `contact.email`.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}


def _error(name: str, code: Any, **more: Any) -> dict[str, Any]:
    kind = {"const": code} if isinstance(code, str) else {"enum": code}
    properties = {"code": {**_CODE, **kind}, "message": _SENTENCE, **more}
    return {**_ERROR, "title": name, "properties": properties}


_SCHEMAS = {
    "Error": _ERROR,
    "Invalid": _error("Invalid", ["invalid", "parse_error", "idempotency_key"], errors=_FIELD_ERRORS),
    "StaffConflict": _error(
        "StaffConflict",
        ["stale", "not_allowed", "busy"],
        state={"type": "string"},
        version={"type": "integer"},
        by={"type": "string", "description": "Who made the last move."},
        at={"type": ["string", "null"], "format": "date-time", "description": "When it was made."},
    ),
    "Conflict": _error(
        "Conflict", ["not_allowed", "busy"], stage={"type": "string", "description": "The present stage."}
    ),
}

_WAIT = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_SIGN_IN = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "`Token`"}}
_METHODS = {"Allow": {"schema": {"type": "string"}, "description": "What this address takes."}}

#: By status: name, schema, words, an example beside the message, headers.
_ANSWERS: dict[str, tuple[str, str, str, dict[str, Any], dict[str, Any]]] = {
    "400": (
        "Invalid",
        "Invalid",
        "What was sent cannot be read, or a field is wrong: nothing was changed.",
        {
            "code": "invalid",
            "message": "There is a problem with what was entered.",
            "errors": {"text": ["This field is required."]},
        },
        {},
    ),
    "401": (
        "NotSignedIn",
        "Error",
        "No token, session or tracking code, or one that does not hold (any more).",
        {"code": "not_authenticated", "message": "Sign in, or send a token."},
        _SIGN_IN,
    ),
    "403": (
        "NotPermitted",
        "Error",
        "This account may not do this.",
        {"code": "permission_denied", "message": "You may not do this."},
        {},
    ),
    "404": (
        "NotFound",
        "Error",
        "Not there, or not for this caller: the two cannot be told apart.",
        {"code": "not_found", "message": "There is no such case."},
        {},
    ),
    "405": (
        "MethodNotAllowed",
        "Error",
        "This address does not take this method.",
        {"code": "method_not_allowed", "message": "This address does not take this method."},
        _METHODS,
    ),
    "409": (
        "Conflict",
        "Conflict",
        "Not possible in the present stage, or somebody is changing it at this moment.",
        {
            "code": "not_allowed",
            "message": "This is not possible in the present state of the case.",
            "stage": "closed",
        },
        {},
    ),
    "409 staff": (
        "StaffConflict",
        "StaffConflict",
        "Somebody was faster (`stale`), the present state does not allow it (`not_allowed`), or somebody is "
        "changing the case at this moment (`busy`, without the other fields).",
        {
            "code": "stale",
            "message": "Somebody was faster: the case has changed since you opened it.",
            "state": "assessing",
            "version": 8,
            "by": "Wing",
            "at": "2026-11-23T10:15:00+08:00",
        },
        {},
    ),
    "413": (
        "TooLarge",
        "Error",
        "More than 2 MB.",
        {"code": "too_large", "message": "The request is too large."},
        {},
    ),
    "415": (
        "NotJSON",
        "Error",
        "Another content type than `application/json`.",
        {"code": "unsupported_media_type", "message": "Send JSON (application/json)."},
        {},
    ),
    "422": (
        "KeyReused",
        "Error",
        "The same `Idempotency-Key` came before with something else.",
        {"code": "key_reused", "message": "This key was already used for another request."},
        {},
    ),
    "428": (
        "VersionMissing",
        "Error",
        "Staff say which version of the case they have seen.",
        {"code": "version_missing", "message": "Say which version of the case you have seen."},
        {},
    ),
    "429": (
        "TooMany",
        "Error",
        "Too many calls in this hour, or too many wrong tracking codes.",
        {"code": "throttled", "message": "Too many requests. Wait before you try again."},
        _WAIT,
    ),
    "503": (
        "Unavailable",
        "Error",
        "The database is away for a moment; nothing was changed.",
        {"code": "unavailable", "message": "The service is not available for a moment."},
        _WAIT,
    ),
}

COMPONENTS: dict[str, dict[str, Any]] = {
    "schemas": _SCHEMAS,
    "responses": {
        name: {
            "description": words,
            "headers": headers,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{shape}"},
                    "examples": {"example": {"value": example}},
                }
            },
        }
        for name, shape, words, example, headers in _ANSWERS.values()
    },
}


def errors_of(path: str, method: str, call: dict[str, Any]) -> dict[str, Any]:
    """The answers, by status, that a call can give beside those it is made for."""
    noun, move = call["tags"][0], "/moves/" in path
    for_staff = noun in ("cases", "referrals", "suggestions", "reports")
    found = ["405", "429", "503"]
    if method == "post":
        found += ["400", "413", "415"]
    elif any(one["in"] == "query" for one in call.get("parameters", [])):
        found.append("400")
    if for_staff or noun == "concerns":
        found.append("401")
    if for_staff or call["operationId"] == "concerns_list":
        found.append("403")
    if "{" in path:
        found.append("404")
    if move or call["operationId"] == "concerns_create":
        found += ["422", "409 staff" if for_staff else "409"]
    if move and for_staff:
        found.append("428")
    return {
        status.split()[0]: {"$ref": f"#/components/responses/{_ANSWERS[status][0]}"}
        for status in sorted(found)
    }
