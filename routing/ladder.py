"""The steps of running clocks that hold on a day, and who hears of each level. Read from rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from routing.kept import kept
from routing.models import ClockStep, EscalationStep


@dataclass(frozen=True)
class Step:
    """One ``ClockStep``: codes as there; ``level`` is None unless it escalates."""

    code: str
    owner: str
    stage: str
    measure: str
    amount: int
    unit: str
    action: str
    level: int | None
    told: str


def steps_for(owner: str, stage: str, on: date) -> tuple[Step, ...]:
    """The steps of a stage of this owner (``office business authority``) that hold on that Hong Kong date."""
    return _steps_on(on).get((owner, stage)) or _steps_on(on).get((owner, ""), ())


def codes_on(day: date) -> list[str]:
    """The codes of all steps that hold on that Hong Kong date, in order."""
    return sorted(step.code for steps in _steps_on(day).values() for step in steps)


@kept
def told_at_level() -> dict[int, str]:
    """Who hears that a case was raised, by level: codes of ``Told``."""
    return dict(EscalationStep.objects.values_list("level", "told"))


@kept
def _steps_on(day: date) -> dict[tuple[str, str], tuple[Step, ...]]:
    found: dict[tuple[str, str], tuple[Step, ...]] = {}
    for row in ClockStep.objects.all():
        if row.holds_on(day):
            step = Step(
                row.code,
                row.owner,
                row.stage,
                row.measure,
                row.amount,
                row.unit,
                row.action,
                row.level_id,
                row.told,
            )
            found[row.owner, row.stage] = (*found.get((row.owner, row.stage), ()), step)
    return found
