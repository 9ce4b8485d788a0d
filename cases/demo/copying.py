"""Many rows into the tables of models at once: ``COPY`` on PostgreSQL, ``INSERT`` with many rows elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.db import connection, models

from text.sealed import SealedTextField


class Rows:
    """Rows of one model, kept as plain values until they are written.

    What is not given has the field's default. Values are those of the columns: keys for foreign keys, text for
    choices; a JSON column takes what ``json.dumps`` takes. Nothing is validated but what the table itself refuses.
    """

    def __init__(self, model: type[models.Model], *, numbered: bool = False) -> None:
        """``numbered``: the caller gives each row its id, from ``reserve``."""
        self.model = model
        left_out = None if numbered or model._meta.pk.remote_field else model._meta.pk
        self.fields = [f for f in model._meta.concrete_fields if f is not left_out]
        self.defaults = {f.attname: _plain(f.get_default()) for f in self.fields}
        self.rows: list[tuple[Any, ...]] = []

    def add(self, values: dict[str, Any]) -> None:
        """``values`` by column; a column that the table does not have is a mistake."""
        row = {**self.defaults, **values}
        if len(row) != len(self.defaults):
            raise KeyError(sorted(values.keys() - self.defaults.keys()))
        self.rows.append(tuple(row.values()))

    def reserve(self, number: int) -> list[int]:
        """So many ids that no other row has or will get."""
        table = self.model._meta.db_table
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                drawn = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
                cursor.execute(drawn, [table, number])
                return [ident for (ident,) in cursor.fetchall()]
            cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")  # noqa: S608 # a name of ours
            (last,) = cursor.fetchone()
        return list(range(last + 1, last + number + 1))

    def write(self) -> None:
        if not self.rows:
            return
        quote = connection.ops.quote_name
        table = quote(self.model._meta.db_table)
        columns = ", ".join(quote(str(f.column)) for f in self.fields)
        written = [_as_stored(f) for f in self.fields]
        rows = [
            tuple(
                value if to is None or value is None else to(value)
                for to, value in zip(written, row, strict=True)
            )
            for row in self.rows
        ]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with (
                    connection.wrap_database_errors,
                    cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
                ):
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(self.fields))
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608
        self.rows = []


def _as_stored(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value of this column has to be written, where it is not simply itself."""
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, SealedTextField):
        return field.get_prep_value
    if connection.vendor != "postgresql":
        match field.get_internal_type():
            case "DateTimeField":
                return connection.ops.adapt_datetimefield_value
            case "DateField":
                return connection.ops.adapt_datefield_value
            case "UUIDField":
                return lambda value: value.hex
    return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, models.Choices) else value
