"""The reminders and the ladder of ``sla.yaml`` as rows: its prose, read once by a person, in columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from routing.models import ClockStep, Told

Row = dict[str, Any]
_Owner, _Measure, _Action, _Told = ClockStep.Owner, ClockStep.Measure, ClockStep.Action, Told
#: Who hears of each level: what the ladder says in ``to``. The way of level 4 is for the business to ask.
TOLD = {1: _Told.SUPERVISOR, 2: _Told.HEAD, 3: _Told.HIGHER, 4: _Told.NOBODY, 5: _Told.HEADQUARTERS}
_REMINDERS = "sla.yaml, reminders"
_LADDER = "sla.yaml, escalation_ladder"
_MOVES = "moves.md, section 7"


def rows() -> Iterator[Row]:
    """Who is reminded, when a case is raised, and when the clock closes one."""
    yield from _office()
    yield from _authority()
    yield from _business()


def _office() -> Iterator[Row]:
    yield _row("office-target", _Owner.OFFICE, _Measure.TARGET, 0, _Told.HOLDER, _MOVES)
    for percent in (50, 80, 100):
        yield _row(f"office-{percent}", _Owner.OFFICE, _Measure.PERCENT, percent, _Told.HOLDER, _REMINDERS)
    yield _raise("office-limit", _Owner.OFFICE, 1, measure=_Measure.AFTER_LIMIT)
    long_open = "sla.yaml, stages: long_open"
    yield _row("long-open-180", _Owner.OFFICE, _Measure.TARGET, 0, _Told.HEAD, long_open, stage="long_open")
    yield _raise("long-open-365", _Owner.OFFICE, 5, measure=_Measure.AFTER_LIMIT, stage="long_open")
    review = "sla.yaml, stages: review"
    for code, measure, told in (
        ("target", _Measure.TARGET, _Told.SUPERVISOR),
        ("last", _Measure.BEFORE_LIMIT, _Told.SUPERVISOR),
        ("limit", _Measure.AFTER_LIMIT, _Told.HEADQUARTERS),
    ):
        # An ended case rises to no level, and whoever handled it does not decide: so others are told.
        yield _row(f"review-{code}", _Owner.OFFICE, measure, 0, told, review, stage="review")
    own = "the offices' own rule: two working days to answer another office, three at most"
    yield _row("transfer-target", _Owner.OFFICE, _Measure.TARGET, 0, _Told.SUPERVISOR, own, stage="transfer")
    yield _raise("transfer-limit", _Owner.OFFICE, 1, measure=_Measure.AFTER_LIMIT, stage="transfer")


def _authority() -> Iterator[Row]:
    chase = "sla.yaml, reminders and chase_at"
    yield _row("authority-chase", _Owner.AUTHORITY, _Measure.CHASE, 0, _Told.HOLDER, chase)
    for level, days in ((1, 20), (2, 60), (3, 90)):
        yield _raise(f"authority-{days}", _Owner.AUTHORITY, level, amount=days)


def _business() -> Iterator[Row]:
    """Stage by stage: what follows when nobody answers is named for each."""
    for stage in ("supplement", "feedback"):
        for code, measure, days in (("target", _Measure.TARGET, 0), ("last", _Measure.BEFORE_LIMIT, 2)):
            yield _row(
                f"{stage}-{code}", _Owner.BUSINESS, measure, days, _Told.BUSINESS, _REMINDERS, stage=stage
            )
    for stage, measure, days in (
        ("supplement", _Measure.AFTER_START, 30),
        ("feedback", _Measure.AFTER_LIMIT, 0),
    ):
        yield _row(
            f"{stage}-close",
            _Owner.BUSINESS,
            measure,
            days,
            _Told.NOBODY,
            f"sla.yaml, stages: {stage}; moves.md, section 6",
            stage=stage,
            unit="calendar_day",
            action=_Action.CLOSE,
        )


def _raise(code: str, owner: str, level: int, **more: Any) -> Row:
    given = {"measure": _Measure.AFTER_START, "amount": 0, **more}
    measure, amount = given.pop("measure"), given.pop("amount")
    return _row(
        code, owner, measure, amount, _Told.NOBODY, _LADDER, action=_Action.ESCALATE, level_id=level, **given
    )


def _row(code: str, owner: str, measure: str, amount: int, told: str, source: str, **more: Any) -> Row:
    row = {
        "code": code,
        "owner": owner,
        "stage": "",
        "measure": measure,
        "amount": amount,
        "unit": "working_day",
        "action": _Action.REMIND,
        "level_id": None,
        "told": told,
        "source": source,
    } | more
    return {name: str(value) if isinstance(value, str) else value for name, value in row.items()}
