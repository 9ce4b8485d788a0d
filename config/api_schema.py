"""The schema of the API, completed: every move as a call of its own, and every error with its shape."""

from __future__ import annotations

import copy
import functools
import json
import re
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from cases.api.move_bodies import MoveBody, bodies_for_business, bodies_for_staff
from cases.models import Case, Referral
from config.api_errors import COMPONENTS, errors_of
from feedback.api.views import MOVES

INTRODUCTION = """\
Businesses and their partners file concerns and follow them; staff work cases; anyone reads reference data.

Send JSON in UTF-8. Every error is `{code, message, errors?}`: `code` is for programs, `message` is a sentence in
the language of `Accept-Language` (`en`, `zh-hant`, `zh-hans`), `errors` names the fields. Unknown fields, filters
and types that are not as written here are refused and change nothing.

Repeat a POST that got no answer with the same `Idempotency-Key`: it is done once. Answers with 409 `stale` or
`not_allowed` mean that somebody was faster: read again, then decide. After 429 and 503 wait for `Retry-After`
seconds.
"""
TAGS = {
    "concerns": "For businesses and partner organisations: a concern as its business may see it.",
    "cases": "For staff: cases of the caller's office, their history and the moves of the workflow.",
    "referrals": "For staff: the moves of one letter to an authority.",
    "offices": "Reference data, open to anyone: the Mainland Offices.",
    "divisions": "Reference data, open to anyone: places by their GB/T 2260 codes.",
    "categories": "Reference data, open to anyone: what a concern may be about.",
    "authorities": "Reference data, open to anyone: the directory of Mainland authorities.",
    "suggestions": "For staff: who could be responsible for a text.",
    "reports": "For officials and staff: figures of the whole service.",
}
_DONE = {"200": "What was asked for.", "201": "Filed. The tracking code stands nowhere else."}
_DOUBLE_QUOTED = re.compile(r"``([^`]+)``")


@functools.cache
def schema() -> dict[str, Any]:
    """The whole schema, in English; made once a process, since nothing in it changes while it runs."""
    with translation.override("en"):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


@functools.cache
def _as_bytes() -> bytes:
    return json.dumps(schema(), ensure_ascii=False, separators=(",", ":")).encode()


@login_not_required
@require_safe
def schema_file(request: HttpRequest) -> HttpResponse:
    """The schema for programs."""
    answer = HttpResponse(_as_bytes(), content_type="application/json")
    answer["Cache-Control"] = "public, max-age=300"
    return answer


def complete(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """The last step of making the schema: see ``POSTPROCESSING_HOOKS`` in the settings."""
    result["info"]["description"] = INTRODUCTION
    result["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    result["paths"] = _with_moves(result["paths"])
    for kind, made in COMPONENTS.items():
        result["components"].setdefault(kind, {}).update(made)
    for path, methods in result["paths"].items():
        for method, call in methods.items():
            for status, answer in call["responses"].items():
                answer["description"] = answer["description"] or _DONE[status]
            call["responses"] = {**call["responses"], **errors_of(path, method, call)}
    plain: dict[str, Any] = _plain(result)
    return plain


def _with_moves(paths: dict[str, Any]) -> dict[str, Any]:
    """Each address that ends in a move, once for every move, with the body of that move."""
    bodies = {
        "concerns": bodies_for_business(MOVES),
        "cases": bodies_for_staff(Case),
        "referrals": bodies_for_staff(Referral),
    }
    found: dict[str, Any] = {}
    for path, methods in paths.items():
        if not path.endswith("/moves/{move}/"):
            found[path] = methods
            continue
        noun = methods["post"]["tags"][0]
        for move, body in bodies[noun].items():
            found[path.replace("{move}", move)] = {"post": _move(methods["post"], noun, move, body)}
    return found


def _move(call: dict[str, Any], noun: str, move: str, body: MoveBody) -> dict[str, Any]:
    call = copy.deepcopy(call)
    call["operationId"] = f"{noun}_{move}"
    call["summary"] = body.title
    call["description"] = "\n\n".join(part for part in (body.about, call["description"]) if part)
    call["parameters"] = [one for one in call["parameters"] if one["name"] != "move"]
    content = {"schema": body.schema, "examples": {"example": {"value": body.example}}}
    call["requestBody"] = {
        "required": bool(body.schema.get("required")),
        "content": {"application/json": content},
    }
    return call


def _plain(part: Any) -> Any:
    """All words with code marked as readers of OpenAPI expect it: by one backquote."""
    if isinstance(part, dict):
        return {name: _plain(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_plain(value) for value in part]
    return _DOUBLE_QUOTED.sub(r"`\1`", part) if isinstance(part, str) else part
