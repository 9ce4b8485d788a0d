"""The API described for people: the schema as one page, with nothing from any other host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post")


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every call with its parameters, body and answers, read from the schema itself."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return render(request, "api_docs.html", {"calls": list(_calls(schema))})


def _calls(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if call := methods.get(method):
                body = call.get("requestBody", {})
                answers = call.get("responses", {})
                yield {
                    "path": path,
                    "method": method.upper(),
                    "words": call.get("description", ""),
                    "parameters": call.get("parameters", []),
                    "body": list(_fields(schema, _json_of(body))),
                    "answers": [
                        {"status": status, "fields": list(_fields(schema, _json_of(answer)))}
                        for status, answer in answers.items()
                    ],
                }


def _json_of(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _fields(schema: dict[str, Any], shape: dict[str, Any], prefix: str = "") -> Iterator[dict[str, Any]]:
    """Each field of a shape by its full name: ``contact.email``, ``events[].seq``."""
    shape = _resolved(schema, shape)
    if shape.get("type") == "array":
        yield from _fields(schema, shape["items"], f"{prefix}[]." if not prefix else f"{prefix[:-1]}[].")
        return
    needed = shape.get("required", [])
    for name, field in shape.get("properties", {}).items():
        inner = _resolved(schema, field)
        limit = inner.get("maxLength")
        yield {
            "name": prefix + name,
            "type": _type(inner),
            "limit": limit,
            "needed": name in needed,
            "words": inner.get("description", "") if "properties" not in inner else "",
            "values": [str(v) for v in inner.get("enum", []) if v not in ("", None)],
        }
        yield from _fields(schema, inner, f"{prefix}{name}.")


def _resolved(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    for many in ("allOf", "oneOf"):
        if shape.get(many):
            shape = {**shape, **shape[many][0]}
    if "$ref" in shape:
        name = shape["$ref"].rsplit("/", 1)[1]
        found: dict[str, Any] = schema["components"]["schemas"][name]
        return found
    return shape


def _type(shape: dict[str, Any]) -> str:
    kind = shape.get("type", "object")
    kinds = kind if isinstance(kind, list) else [kind]
    return " | ".join([*kinds, *([shape["format"]] if "format" in shape else [])])
