"""The API described for people: the schema as one page, with nothing from any other host."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.api_schema import schema

METHODS = ("get", "post")
_ALLOWED = {"trackingCode": "a tracking code", "tokenAuth": "a token", "cookieAuth": "a session"}


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every call with its parameters, body and answers, read from the schema itself."""
    return render(request, "api_docs.html", _context())


@functools.cache
def _context() -> dict[str, Any]:
    whole = schema()
    calls = list(_calls(whole))
    groups = [
        {
            "name": tag["name"],
            "words": tag["description"],
            "calls": [c for c in calls if c["tag"] == tag["name"]],
        }
        for tag in whole["tags"]
    ]
    introduction = [_marked(part) for part in whole["info"]["description"].strip().split("\n\n")]
    errors = [{"status": status, "words": _marked(words)} for status, words in sorted(_errors(whole).items())]
    return {"introduction": introduction, "groups": groups, "errors": errors}


def _calls(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in whole["paths"].items():
        for method in METHODS:
            if call := methods.get(method):
                body = call.get("requestBody", {})
                good = {s: a for s, a in call["responses"].items() if s[0] in "23"}
                yield {
                    "tag": call["tags"][0],
                    "id": call["operationId"],
                    "path": path,
                    "method": method.upper(),
                    "summary": call.get("summary", ""),
                    "words": _marked(call.get("description", "")),
                    "who": _who(call.get("security", [{}])),
                    "parameters": [_parameter(one) for one in call.get("parameters", [])],
                    "body": list(_fields(whole, _json_of(body).get("schema", {}))),
                    "sent": _example(body),
                    "answers": [
                        {
                            "status": status,
                            "fields": list(_fields(whole, _json_of(answer).get("schema", {}))),
                            "example": _example(answer),
                        }
                        for status, answer in good.items()
                    ],
                    "errors": [status for status in call["responses"] if status[0] not in "23"],
                }


def _errors(whole: dict[str, Any]) -> dict[str, str]:
    """What each status means, whichever call gives it."""
    found: dict[str, str] = {}
    for methods in whole["paths"].values():
        for call in methods.values():
            for status, answer in call["responses"].items():
                if "$ref" in answer:
                    found[status] = _resolved(whole, answer)["description"]
    return found


def _who(security: list[dict[str, Any]]) -> str:
    ways = [_ALLOWED[name] for way in security for name in way]
    return (
        "Open to anyone"
        if {} in security and not ways
        else " or ".join([*(f"with {way}" for way in ways), *(["by anyone"] if {} in security else [])])
    )


def _parameter(one: dict[str, Any]) -> dict[str, Any]:
    shape = one["schema"]
    words, _, _meanings = one.get("description", "").partition("\n")
    return {
        "name": one["name"],
        "where": one["in"],
        "needed": one.get("required", False),
        "words": _marked(words),
        "values": [str(value) for value in shape.get("enum", [])],
    }


def _json_of(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get("application/json", {})
    return found


def _example(part: dict[str, Any]) -> str:
    """The first example, as somebody would write it."""
    for example in _json_of(part).get("examples", {}).values():
        return json.dumps(example["value"], ensure_ascii=False, indent=2)
    return ""


def _fields(whole: dict[str, Any], shape: dict[str, Any], prefix: str = "") -> Iterator[dict[str, Any]]:
    """Each field of a shape by its full name: ``contact.email``, ``events[].seq``."""
    shape = _resolved(whole, shape)
    if shape.get("type") == "array":
        yield from _fields(whole, shape["items"], f"{prefix[:-1]}[]." if prefix else "[].")
        return
    needed = shape.get("required", [])
    for name, field in shape.get("properties", {}).items():
        inner = _resolved(whole, field)
        words, _, _meanings = inner.get("description", "").partition("\n")
        yield {
            "name": prefix + name,
            "type": _type(inner),
            "limit": inner.get("maxLength"),
            "needed": name in needed,
            "words": _marked(words) if "properties" not in inner and not words.startswith("*") else [],
            "values": [str(v) for v in inner.get("enum", []) if v not in ("", None)],
        }
        yield from _fields(whole, inner, f"{prefix}{name}.")


def _resolved(whole: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    for many in ("allOf", "oneOf"):
        if shape.get(many):
            shape = {**shape, **shape[many][0]}
    if "$ref" in shape:
        _root, _components, kind, name = shape["$ref"].split("/")
        found: dict[str, Any] = whole["components"][kind][name]
        return found
    return shape


def _type(shape: dict[str, Any]) -> str:
    kind = shape.get("type", "any")
    kinds = kind if isinstance(kind, list) else [kind]
    named = [f"{one} ({shape['format']})" if one == "string" and "format" in shape else one for one in kinds]
    return " or ".join(named)


def _marked(text: str) -> list[dict[str, Any]]:
    """The text in pieces, those between backquotes marked as code."""
    return [
        {"text": piece, "code": number % 2 == 1}
        for number, piece in enumerate(re.split(r"`([^`]+)`", text))
        if piece
    ]
