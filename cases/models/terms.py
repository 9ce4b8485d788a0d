"""The full-text index of a case's words: a ``tsvector`` on PostgreSQL, an FTS5 index kept by triggers on SQLite.

Both hold the same terms (``text.terms``) and are asked the same: neither database cuts a text into words itself.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.lookups import Lookup

from text.terms import Asked, terms_of

#: SQLite's index; ``case_id`` of the table of words is its row. Dropped with the table, so a migration that has SQLite
#: build that table anew must make the triggers again.
FTS = "cases_searchwords"
#: A ``tsvector`` holds a megabyte. So many terms are two novels.
MOST = 50_000


class TermsField(models.Field):  # type: ignore[type-arg]
    """Terms with a space between; written, searched with ``__hold``, and not for reading."""

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"


@TermsField.register_lookup
class Hold(Lookup):  # type: ignore[type-arg]
    """``terms__hold=Asked``: every whole term is there, and a term with every beginning."""

    lookup_name = "hold"
    prepare_rhs = False
    rhs: Asked

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        wanted = [f"'{term}'" for term in self.rhs.whole] + [f"'{term}':*" for term in self.rhs.beginnings]
        return f"{lhs} @@ %s::tsquery", [*params, " & ".join(wanted)]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        wanted = [f'"{term}"' for term in self.rhs.whole] + [f'"{term}"*' for term in self.rhs.beginnings]
        row = f"{compiler.quote_name_unless_alias(self.lhs.alias)}.case_id"
        found = f"{row} IN (SELECT rowid FROM {FTS} WHERE {FTS} MATCH %s)"  # noqa: S608 # names of ours
        return found, [" AND ".join(wanted)]


def terms_text(text: str) -> str:
    """The terms of a text as the column takes them."""
    return " ".join(terms_of(text)[:MOST])


def with_terms(text: str) -> Func:
    """The column with the terms of one more text."""
    more = Value(" " + terms_text(text), output_field=TermsField())
    return Func(F("terms"), more, template="%(expressions)s", arg_joiner=" || ", output_field=TermsField())
