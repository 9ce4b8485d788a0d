"""Which errors each call can answer with, in the words of OpenAPI."""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class _Answer:
    """An answer that is not what was asked for: what it is called, what it means, and an example of its body."""

    name: str
    words: str
    code: str
    message: str
    schema: str = "Error"
    beside: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)

    def as_openapi(self) -> dict[str, Any]:
        example = {"code": self.code, "message": self.message, **self.beside}
        body = {
            "schema": {"$ref": f"#/components/schemas/{self.schema}"},
            "examples": {"example": {"value": example}},
        }
        return {
            "description": self.words,
            "headers": self.headers,
            "content": {"application/json": body},
        }


#: By status.
_ANSWERS = {
    "400": _Answer(
        "Invalid",
        "What was sent cannot be read, or a field is wrong: nothing was changed.",
        "invalid",
        "There is a problem with what was entered.",
        schema="Invalid",
        beside={"errors": {"text": ["This field is required."]}},
    ),
    "401": _Answer(
        "NotSignedIn",
        "No token, session or tracking code, or one that does not hold (any more).",
        "not_authenticated",
        "Sign in, or send a token.",
        headers={"WWW-Authenticate": {"schema": {"type": "string"}, "description": "`Token`"}},
    ),
    "403": _Answer(
        "NotPermitted", "This account may not do this.", "permission_denied", "You may not do this."
    ),
    "404": _Answer(
        "NotFound",
        "Not there, or not for this caller: the two cannot be told apart.",
        "not_found",
        "There is no such case.",
    ),
    "405": _Answer(
        "MethodNotAllowed",
        "This address does not take this method.",
        "method_not_allowed",
        "This address does not take this method.",
        headers={"Allow": {"schema": {"type": "string"}, "description": "What this address takes."}},
    ),
    "409": _Answer(
        "Conflict",
        "Not possible in the present stage, or somebody is changing it at this moment.",
        "not_allowed",
        "This is not possible in the present state of the case.",
        schema="Conflict",
        beside={"stage": "closed"},
    ),
    "409 staff": _Answer(
        "StaffConflict",
        "Somebody was faster (`stale`), the present state does not allow it (`not_allowed`), or somebody is "
        "changing the case at this moment (`busy`, without the other fields).",
        "stale",
        "Somebody was faster: the case has changed since you opened it.",
        schema="StaffConflict",
        beside={"state": "assessing", "version": 8, "by": "Wing", "at": "2026-11-23T10:15:00+08:00"},
    ),
    "413": _Answer("TooLarge", "More than 2 MB.", "too_large", "The request is too large."),
    "415": _Answer(
        "NotJSON",
        "Another content type than `application/json`.",
        "unsupported_media_type",
        "Send JSON (application/json).",
    ),
    "422": _Answer(
        "KeyReused",
        "The same `Idempotency-Key` came before with something else.",
        "key_reused",
        "This key was already used for another request.",
    ),
    "428": _Answer(
        "VersionMissing",
        "Staff say which version of the case they have seen.",
        "version_missing",
        "Say which version of the case you have seen.",
    ),
    "429": _Answer(
        "TooMany",
        "Too many calls in this hour, or too many wrong tracking codes.",
        "throttled",
        "Too many requests. Wait before you try again.",
        headers=_WAIT,
    ),
    "503": _Answer(
        "Unavailable",
        "The database is away for a moment; nothing was changed.",
        "unavailable",
        "The service is not available for a moment.",
        headers=_WAIT,
    ),
}

COMPONENTS: dict[str, dict[str, Any]] = {
    "schemas": _SCHEMAS,
    "responses": {answer.name: answer.as_openapi() for answer in _ANSWERS.values()},
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
        status.split()[0]: {"$ref": f"#/components/responses/{_ANSWERS[status].name}"}
        for status in sorted(found)
    }
