"""Queries of the gate, compiled once: building the same SQL for every move costs more than running it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class _Compiled(Generic[M]):
    sql: str
    model: type[M]
    columns: list[str]
    #: What turns a column of the database into a value, by its place; for the columns that need it.
    converters: list[tuple[int, Any, list[Any]]]


class Prepared(Generic[M]):
    """A query written once with the ORM, whose values are filled in at each use.

    ``build`` gets as many values as the query will be run with and gives a query that holds each of them exactly
    once and in that order, so that its SQL has one place for each. Columns it defers stay deferred.
    """

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self._build = build
        self._compiled: dict[tuple[str, int], _Compiled[M]] = {}

    def __call__(self, *values: Any) -> list[M]:
        key = connection.vendor, len(values)
        if key not in self._compiled:
            self._compiled[key] = self._compile(values)
        compiled = self._compiled[key]
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, values)
            rows = [list(row) for row in cursor.fetchall()]
        for place, column, converters in compiled.converters:
            for row in rows:
                for convert in converters:
                    row[place] = convert(row[place], column, connection)
        return [compiled.model.from_db(connection.alias, compiled.columns, row) for row in rows]

    def _compile(self, values: tuple[Any, ...]) -> _Compiled[M]:
        rows = self._build(*values)
        compiler = rows.query.get_compiler(connection=connection)
        sql, places = compiler.as_sql()
        assert places == values, places
        columns = [found for found, _sql, _alias in compiler.select]
        converters = [
            (place, column, functions)
            for place, (functions, column) in compiler.get_converters(columns).items()
        ]
        return _Compiled(sql, rows.model, [column.target.attname for column in columns], converters)
