"""Paging by key: every page costs the same, however deep, and nothing is counted to the end.

A cursor is where a page begins, written as text: the direction, the ordering it belongs to, and the ordering
value and id of the row it starts beside. It is not signed: whoever changes it gets another page of rows they may
see anyway, and one that cannot be read gives the first page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

SIZES = (25, 50, 100)
#: Counting stops here: "more than 1,000".
COUNT_LIMIT = 1000


@dataclass(frozen=True)
class Page:
    """``after`` and ``before`` are cursors of the neighbours, empty at the ends; ``last`` always works."""

    rows: list[Any]
    size: int
    is_first: bool
    after: str
    before: str
    last: str

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)


def page_of(rows: QuerySet[Any], ordering: str, cursor: str, size: int) -> Page:
    """The page of ``rows`` at ``cursor`` in the order of one column, "due_on" or "-updated_at", then id.

    A row without a value counts as the latest. Costs one query, and a second one on the page where rows with a
    value meet rows without.
    """
    size = size_of(size)
    column = ordering.lstrip("-")
    field = rows.model._meta.get_field(column)
    backwards, key = _read(cursor, ordering, field)
    falling = ordering.startswith("-") != backwards
    rows = rows.order_by(*_order(column, falling=falling, nullable=field.null))
    found: list[Any] = []
    for part in _beyond(column, key, falling=falling, nullable=field.null):
        if len(found) <= size:
            found += rows.filter(part)[: size + 1 - len(found)]
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_before = more if backwards else key is not None
    has_after = key is not None if backwards else more
    return Page(
        rows=found,
        size=size,
        is_first=not has_before,
        after=_write("f", ordering, found[-1], column) if has_after and found else "",
        before=_write("b", ordering, found[0], column) if has_before and found else "",
        last=_pack(["b", ordering]),
    )


def size_of(wanted: Any) -> int:
    """The nearest offered number of rows a page that is not below the wanted one; anything odd gives the least."""
    try:
        number = int(wanted)
    except (TypeError, ValueError):
        return SIZES[0]
    return next((size for size in SIZES if number <= size), SIZES[-1])


def capped_counts(wanted: Mapping[str, Iterable[QuerySet[Any]]]) -> dict[str, int]:
    """How many rows the queries of each name find together, counted to one above ``COUNT_LIMIT`` at most.

    All in one query. The queries of one name must have no row in common.
    """
    counted: dict[str, str] = {}
    params: list[Any] = []
    for name, parts in wanted.items():
        found: list[str] = []
        for rows in parts:
            try:
                sql, given = rows.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
            except EmptyResultSet:
                continue
            found.append(f"SELECT * FROM ({sql}) AS part_{len(params)}_{len(found)}")  # noqa: S608
            params += given
        if found:
            rows_of_all = " UNION ALL ".join(found)
            limited = f"({rows_of_all} LIMIT {COUNT_LIMIT + 1})"
            counted[name] = f"(SELECT COUNT(*) FROM {limited} AS counted_{len(counted)})"  # noqa: S608
    with connection.cursor() as cursor:
        # Only SQL that Django itself has compiled stands here; every value is a parameter.
        cursor.execute("SELECT " + (", ".join(counted.values()) or "0"), params)
        numbers = dict(zip(counted, cursor.fetchone(), strict=False))
    return {name: numbers.get(name, 0) for name in wanted}


# --- the order ----------------------------------------------------------------------------
def _order(column: str, *, falling: bool, nullable: bool) -> list[OrderBy]:
    """As the indexes have it: where nothing is missing, saying where missing values go would miss the index."""
    value, ident = F(column), F("pk")
    if falling:
        return [value.desc(nulls_first=True) if nullable else value.desc(), ident.desc()]
    return [value.asc(nulls_last=True) if nullable else value.asc(), ident.asc()]


def _beyond(column: str, key: tuple[Any, int] | None, *, falling: bool, nullable: bool) -> list[Q]:
    """The rows after the key in reading direction, as parts to be read one after the other.

    "At or beyond the value, but not up to the key" lets the index begin at the value, however deep the page is;
    "beyond the value, or at it with a greater id" would read everything before it.
    """
    if key is None:
        return [Q()]
    value, ident = key
    onwards = "lt" if falling else "gt"
    missing, present = Q(**{f"{column}__isnull": True}), Q(**{f"{column}__isnull": False})
    if value is None:
        rest = missing & Q(**{f"pk__{onwards}": ident})
        return [rest, present] if falling else [rest]
    seen = Q(**{column: value}) & ~Q(**{f"pk__{onwards}": ident})
    beyond = Q(**{f"{column}__{onwards}e": value}) & ~seen
    return [beyond, missing] if nullable and not falling else [beyond]


# --- the cursor ---------------------------------------------------------------------------
def _write(direction: str, ordering: str, row: Any, column: str) -> str:
    value = getattr(row, column)
    return _pack([direction, ordering, value.isoformat() if value is not None else None, row.pk])


def _pack(parts: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _read(cursor: str, ordering: str, field: Any) -> tuple[bool, tuple[Any, int] | None]:
    """Direction and key; a cursor of another ordering or an unreadable one means the beginning."""
    if not cursor or len(cursor) > 300:
        return False, None
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if parts == ["b", ordering]:
            return True, None
        direction, of, value, ident = parts
        if direction not in ("f", "b") or of != ordering or type(ident) is not int or abs(ident) >= 2**63:
            return False, None
        return direction == "b", (_value(field, value), ident)
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        return False, None


def _value(field: Any, text: Any) -> Any:
    if text is None:
        return None
    if field.get_internal_type() == "DateField":
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone")
    return moment
