"""Bringing rows of a file into a table without overwriting what an administrator changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models


@dataclass
class Tally:
    """What a load did to one table. ``kept`` names the rows that were edited by hand and left alone."""

    table: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        line = f"{self.table}: {self.created} created, {self.updated} updated, {self.unchanged} unchanged"
        return f"{line}, {len(self.kept)} kept as edited: {', '.join(self.kept)}" if self.kept else line


def sync(model: type[models.Model], key: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> Tally:
    """Create, update or leave each row, found by its ``key`` columns.

    A row is updated only if its columns still are what the last load put there. Columns that no file brings,
    such as contact data, are never touched, and rows that the file no longer has are left as they are.
    """
    tally = Tally(model._meta.label_lower)
    manager = model._default_manager
    columns: list[str] = []
    stored: dict[tuple[Any, ...], dict[str, Any]] | None = None
    fresh: list[models.Model] = []
    stale: list[models.Model] = []
    pk = model._meta.pk
    assert pk is not None
    for row in rows:
        if stored is None:
            columns = sorted(row)
            wanted = {pk.attname, "loaded_hash", *columns}
            stored = {tuple(old[k] for k in key): old for old in manager.values(*wanted)}
        digest = _digest(row, columns)
        old = stored.get(tuple(row[k] for k in key))
        if old is None:
            fresh.append(model(**row, loaded_hash=digest))
            continue
        now = _digest(old, columns)
        if now == digest:
            tally.unchanged += 1
            if old["loaded_hash"] != digest:
                stale.append(model(pk=old[pk.attname], **{**row, "loaded_hash": digest}))
        elif now == old["loaded_hash"]:
            tally.updated += 1
            stale.append(model(**{**row, pk.attname: old[pk.attname], "loaded_hash": digest}))
        else:
            tally.kept.append("/".join(str(row[k]) for k in key))
    manager.bulk_create(fresh, batch_size=500)
    tally.created = len(fresh)
    if stale:
        names = [name for name in (*columns, "loaded_hash") if name != pk.attname]
        fields = [model._meta.get_field(n.removesuffix("_id")).name for n in names]
        manager.bulk_update(stale, fields, batch_size=200)
    return tally


def carry_over(model: type[models.Model], columns: set[str], added: set[str]) -> int:
    """For a migration that adds columns which a file brings: what was as it was loaded is so with them too.

    Without it every row would look as if somebody had edited it. ``columns`` are those that the file brought until
    now; ``model`` may be the migration's. Returns how many rows still were as loaded.
    """
    rows = []
    for row in model._default_manager.exclude(loaded_hash=""):
        values = {name: getattr(row, name) for name in columns | added}
        if _digest(values, sorted(columns)) == row.loaded_hash:  # type: ignore[attr-defined]
            row.loaded_hash = _digest(values, sorted(columns | added))  # type: ignore[attr-defined]
            rows.append(row)
    model._default_manager.bulk_update(rows, ["loaded_hash"], batch_size=500)
    return len(rows)


def _digest(row: dict[str, Any], columns: list[str]) -> str:
    values = [row[name] for name in columns]
    written = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()
