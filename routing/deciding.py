"""How the rules of ``RoutingRule`` act on a concern: the first one that fits decides, and says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.clock import this_day, this_moment
from routing.kept import changed, forget, kept
from routing.models import RoutingRule
from text.fold import fold


@dataclass(frozen=True)
class Concern:
    """What rules look at. ``folded`` has passed ``text.fold.fold``; codes are those of the reference data."""

    folded: str
    category: str | None
    division: str | None
    urgency: str
    language: str | None


class Ready:
    """A rule with its words folded once."""

    def __init__(self, rule: RoutingRule) -> None:
        self.rule = rule
        self._words = [_found_as(fold(phrase)) for phrase in rule.phrases()]

    def fits(self, concern: Concern) -> bool:
        rule = self.rule
        return (
            _within(rule.category_id, concern.category)
            and (rule.division_id is None or (concern.division or "").startswith(prefix(rule.division_id)))
            and rule.urgency in ("", concern.urgency)
            and rule.language in ("", concern.language)
            and (not self._words or any(word.search(concern.folded) for word in self._words))
        )


def first_fitting(rules: Iterable[Ready], concern: Concern) -> RoutingRule | None:
    return next((ready.rule for ready in rules if ready.fits(concern)), None)


def rules_on(day: date) -> list[Ready]:
    """The rules switched on and valid on that Hong Kong date, in order.

    A rule whose office, unit or authority holds no longer today is left out and switches itself off; one of which
    such a target does not hold yet waits for it.
    """
    in_order = []
    for ready in _ready():
        if left := ready.rule.left(this_day()):
            switch_off(ready.rule, left)
        elif ready.rule.holds_on(day) and not ready.rule.is_early(day):
            in_order.append(ready)
    return in_order


def switch_off(rule: RoutingRule, why: str) -> bool:
    """The rule switches itself off; false if it is off already. Whoever tells administrators looks for ``told_at``.

    ``why`` is as in ``RoutingRule.off_why``.
    """
    mine = RoutingRule.objects.filter(pk=rule.pk, active=True)
    done = mine.update(active=False, off_why=why, off_at=this_moment(), told_at=None)
    if done:
        changed()
    else:
        forget()  # this process did not know yet
    return bool(done)


def acted(rule: RoutingRule, office_kept: bool) -> dict[str, Any]:
    """What a case stores of the rule: which one it was and what it decided, with the ids of its people.

    ``office_kept`` says that the place in the form was stronger than the rule's office.
    """
    decided = {
        "office": None if office_kept else rule.office_id,
        "liaison_unit": None if office_kept else rule.liaison_unit_id,
        "pool": [] if office_kept else rule.pool,
        "authority": rule.authority_id,
    }
    return {
        "id": rule.pk,
        "title": rule.title,
        "why": rule.why(),
        "office_kept": office_kept,
        **{name: value for name, value in decided.items() if value},
    }


def keeps_office(rule: RoutingRule, office: str | None, *, chosen: bool) -> bool:
    """Whether the office of the place ``chosen`` in the form stands against another one of the rule."""
    return (
        chosen and not rule.over_form and rule.office_id is not None and office not in (None, rule.office_id)
    )


def prefix(code: str) -> str:
    """The digits that the code of a place shares with all places inside it: 44 of 440000, 4419 of 441900."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def _within(wanted: str | None, category: str | None) -> bool:
    return wanted is None or category == wanted or (category or "").startswith(wanted + "-")


def _found_as(phrase: str) -> re.Pattern[str]:
    """Latin words and numbers match whole, Chinese anywhere; blanks of any width are the same."""
    words = r"\s+".join(re.escape(word) for word in phrase.split())
    before = r"(?<![a-z0-9])" if phrase[:1].isascii() and phrase[:1].isalnum() else ""
    after = r"(?![a-z0-9])" if phrase[-1:].isascii() and phrase[-1:].isalnum() else ""
    return re.compile(before + words + after)


@kept
def _ready() -> list[Ready]:
    rows = RoutingRule.objects.filter(active=True).select_related("office", "liaison_unit", "authority")
    return [Ready(row) for row in rows]
