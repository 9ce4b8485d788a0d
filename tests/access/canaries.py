"""Canaries: a word of its own in every column that outsiders must not read (T11, P7). See ``columns.txt``."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Model, QuerySet

from accounts.models import Role, User
from cases.models import Attachment, Case, Reading
from routing.models import Authority

COLUMNS = Path(__file__).parent / "columns.txt"
KINDS = ("internal", "secret", "own", "public", "codes")
#: Tables of the framework that hold nothing of ours, or what administrators alone did in their own pages.
NOT_OURS = {"admin", "auth", "contenttypes"}
#: An outsider who signs in reads their own name.
OUTSIDERS = (Role.PARTNER, Role.OFFICIAL)
#: Too short to be told from anything else by chance.
SHORTEST = 12


def columns() -> dict[str, dict[str, str]]:
    """Per table the kind of each of its columns, as typed."""
    found: dict[str, dict[str, str]] = {}
    table, kind = "", ""
    for line in COLUMNS.read_text().splitlines()[8:]:
        if line and not line.startswith(" "):
            table, kind = line, ""
            found[table] = {}
        elif line:
            words = line.split()
            if words[0].endswith(":"):
                kind = words.pop(0)[:-1]
                assert kind in KINDS, f"{table}: {kind}"
            for name in words:
                assert name not in found[table], f"{table}.{name} stands there twice"
                found[table][name] = kind
    return found


def tables() -> dict[str, type[Model]]:
    return {m._meta.label: m for m in apps.get_models() if m._meta.app_label not in NOT_OURS}


class Canaries:
    """What was planted: the word to look for, and the column it stands in."""

    def __init__(self) -> None:
        self.inside: dict[str, str] = {}
        self.own: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def word(self, column: str, *, own: bool = False) -> str:
        # Letters and digits only: no page, header or address writes them differently.
        word = f"zq{next(self._numbers):03d}qx"
        (self.own if own else self.inside)[word] = column
        return word

    def found(self, text: str, *, own_too: bool) -> list[str]:
        """The columns whose canaries stand in the text."""
        wanted = self.inside | self.own if own_too else self.inside
        return [column for word, column in wanted.items() if word in text]


def plant(case: Case) -> Canaries:
    """A canary in every row of every column that is not public, and the secrets as they stand.

    Written past the gate on purpose: what is tried is what comes out, whatever was put in.
    """
    planted = Canaries()
    at = case.updated_at
    reason = planted.word("cases.Reading.reason")
    assert case.assignee_id is not None
    Reading.objects.create(case=case, user_id=case.assignee_id, what="identity", reason=reason, at=at)
    models_by_label = tables()
    for label, kinds in columns().items():
        model = models_by_label[label]
        for name, kind in kinds.items():
            if kind == "secret":
                _look_for_values(planted, model, name, f"{label}.{name}")
            elif kind in ("internal", "own") and label != "cases.Reading":
                _plant_in(planted, model, name, f"{label}.{name}", case, own=kind == "own")
    return planted


def _plant_in(
    planted: Canaries, model: type[Model], name: str, column: str, case: Case, *, own: bool
) -> None:
    rows: QuerySet[Any] = model._default_manager.all()
    if model is User:
        rows = rows.exclude(role__in=OUTSIDERS)
    if model is Authority:  # of 13,000 those that were written to
        rows = rows.filter(referrals__case=case).distinct()
    if model is Attachment:
        _write(rows.filter(from_business=False), name, planted.word(f"{column} of an authority"))
        rows = rows.filter(from_business=True)
    if own:  # of other cases others are the owners
        rows = rows.filter(case=case)
    _write(rows, name, planted.word(column, own=own))


def _write(rows: QuerySet[Any], name: str, word: str) -> None:
    field = rows.model._meta.get_field(name)
    for row in rows:
        value: Any = word
        if isinstance(field, models.JSONField):
            value = {**(old if isinstance(old := getattr(row, name), dict) else {}), "canary": word}
        elif isinstance(field, models.EmailField) or name == "email":
            value = f"{word}@example.invalid"
        elif field.unique:
            value = f"{word}-{row.pk}"
        rows.model._default_manager.filter(pk=row.pk).update(**{name: value})


def _look_for_values(planted: Canaries, model: type[Model], name: str, column: str) -> None:
    for value in model._default_manager.values_list(name, flat=True):
        text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
        if len(text) >= SHORTEST:
            planted.inside[text] = column
