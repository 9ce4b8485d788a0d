"""The confirmed texts about a subject, as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from routing.kept import kept
from routing.models import Category, Guidance


@dataclass(frozen=True)
class Advice:
    """One text in the reader's language. ``older``: its English source has changed since it was written."""

    text: str
    cited: str
    as_of: date
    older: bool


def advice_on(category: Category | None, day: date, language: str) -> dict[str, list[Advice]]:
    """By ``Guidance.Kind``, in the order of the page, what holds on that Hong Kong date about exactly this category.

    ``None`` asks for what holds for every subject. Kinds without a text are left out.
    """
    code = category.code if category else None
    found = [row for row in _confirmed() if row.category_id == code and row.holds_on(day)]
    return {
        kind.value: [
            Advice(row.text_in(language), row.cited_in(language), row.as_of, row.is_older(language))
            for row in found
            if row.kind == kind
        ]
        for kind in Guidance.Kind
        if any(row.kind == kind for row in found)
    }


def advice_for(category: Category, day: date, language: str) -> dict[str, list[Advice]]:
    """All that concerns this subject: its own texts first, then its main subject's, then those for all."""
    wider = [category.parent] if category.parent else []
    levels = [advice_on(one, day, language) for one in (category, *wider, None)]
    return {
        kind.value: [advice for level in levels for advice in level.get(kind, [])]
        for kind in Guidance.Kind
        if any(kind in level for level in levels)
    }


@kept
def _confirmed() -> list[Guidance]:
    return list(Guidance.objects.filter(confirmed=True))
