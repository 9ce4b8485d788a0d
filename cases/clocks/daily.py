"""Every day of a clock, counted or not, and why; equal neighbours together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from cases.clocks.counting import Clock, names_of_days
from routing.calendars import load_calendar

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """Days from ``first`` to ``last`` of which the same is true.

    ``why`` is ``counted``, ``make_up`` (counted although it is a weekend), ``weekend``, ``holiday`` or ``pause``.
    ``number`` counts the days that count from the start of the clock to ``last``. ``names`` is what the holiday or
    make-up day is called, ``reason`` the code of the pause.
    """

    first: date
    last: date
    why: str
    number: int
    names: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def counts(self) -> bool:
        return self.why in ("counted", "make_up")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def every_day(clock: Clock, until: date) -> list[Stretch]:
    """The days after day 0 of the clock up to and with ``until``; empty for a limit in minutes.

    A shorter limit of an urgent case counts from the day it became urgent.
    """
    found: list[Stretch] = []
    for day in _days(clock, until):
        last = found[-1] if found else None
        if last and (last.why, last.names, last.reason) == (day.why, day.names, day.reason):
            found[-1] = replace(last, last=day.last, number=day.number)
        else:
            found.append(day)
    return found


def _days(clock: Clock, until: date) -> Iterator[Stretch]:
    rule = next(step.data for step in clock.working if step.code == "rule")
    if rule["unit"] == "minutes":
        return
    urgent = next((step.data for step in clock.working if step.code == "urgent"), None)
    by_calendar = rule["unit"] == "working_day" or urgent is not None
    calendar, names, pauses = load_calendar(clock.calendar), names_of_days(clock.calendar), clock.pauses
    day, number = (urgent["on"] if urgent else clock.started), 0
    while day < until:
        day += _ONE_DAY
        pause = next((p for p in pauses if p.covers(day)), None)
        if pause:
            yield Stretch(day, day, "pause", number, reason=pause.reason)
        elif not by_calendar:
            number += 1
            yield Stretch(day, day, "counted", number)
        elif calendar.is_working(day):
            number += 1
            make_up = day.weekday() >= 5
            yield Stretch(
                day, day, "make_up" if make_up else "counted", number, names[day] if make_up else {}
            )
        elif day.weekday() >= 5:
            yield Stretch(day, day, "weekend", number)
        else:
            yield Stretch(day, day, "holiday", number, names[day])
