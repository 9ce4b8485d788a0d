"""The only JSON this service reads: UTF-8, one object, nothing that a second reader could understand
otherwise.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 32
_MARKS = re.compile(r'["\\\[\]{}]')
_UNCARRIED = re.compile("[\x00\ud800-\udfff]")


class TooLarge(APIException):
    """A body that is larger than any that makes sense here."""

    status_code = 413
    default_code = "too_large"
    default_detail = _("The request is too large.")


class StrictJSONParser(BaseParser):
    """Refuses, as 400 ``parse_error``, what other parsers let pass.

    Other encodings than UTF-8 and a byte-order mark; NaN, infinities and numbers that overflow; integers
    beyond 64 bit; a key given twice; nesting deeper than 32; NUL and half characters in any text; anything
    but an object. A body above ``DATA_UPLOAD_MAX_MEMORY_SIZE`` is 413 ``too_large``.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 2 * 1024 * 1024
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        return read_object(body)


def read_object(body: bytes) -> dict[str, Any]:
    """The object in ``body``; raises DRF's ``ParseError`` (400) for everything ``StrictJSONParser``
    refuses.
    """
    try:
        source = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ParseError(_("The request is not valid UTF-8.")) from None
    if source.startswith("\ufeff"):
        raise ParseError(_("The request begins with a byte-order mark. Send plain UTF-8."))
    _refuse_depth(source)
    try:
        value = json.loads(
            source,
            object_pairs_hook=_object,
            parse_constant=_refused_number,
            parse_int=_integer,
            parse_float=_float,
        )
    except ValueError as wrong:
        raise ParseError(_("The request is not valid JSON: %(why)s") % {"why": str(wrong)[:200]}) from None
    if not isinstance(value, dict):
        raise ParseError(_("The request must be one JSON object."))
    _refuse_uncarried(value)
    return value


def _refuse_depth(source: str) -> None:
    # Counted before parsing, since the parser itself recurses.
    depth, in_string, skip = 0, False, -1
    for found in _MARKS.finditer(source):
        mark = found.group()
        if found.start() == skip:
            continue
        if in_string:
            if mark == "\\":
                skip = found.start() + 1
            elif mark == '"':
                in_string = False
        elif mark == '"':
            in_string = True
        elif mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ParseError(
                    _("The request is nested too deeply. The limit is %(limit)s.") % {"limit": MAX_DEPTH}
                )
        elif mark in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ParseError(_("The same key is given twice in the request."))
        result[key] = value
    return result


def _integer(written: str) -> int:
    if len(written) > 20 or not -(2**63) <= (value := int(written)) < 2**63:
        return _refused_number(written)
    return value


def _float(written: str) -> float:
    value = float(written)
    return value if math.isfinite(value) else _refused_number(written)


def _refused_number(written: str) -> Any:
    raise ParseError(_("The request contains a number that cannot be stored."))


def _refuse_uncarried(value: Any) -> None:
    if isinstance(value, str):
        if _UNCARRIED.search(value):
            raise ParseError(_("The request contains a character that cannot be stored."))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse_uncarried(key)
            _refuse_uncarried(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_uncarried(inner)
