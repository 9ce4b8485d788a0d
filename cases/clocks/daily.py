"""Every day of a clock, counted or not, and why; equal neighbours together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from cases.clocks.counting import Clock, UrgentHours, names_of_days
from cases.clocks.days import local_day
from routing.calendars import load_calendar

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """Days from ``first`` to ``last`` of which the same is true.

    ``why`` is ``counted``, ``make_up`` (counted although it is a weekend), ``weekend``, ``holiday`` or ``pause``.
    ``number`` counts the days that count from the start of the clock to ``last``. ``names`` is what the holiday or
    make-up day is called, ``reason`` the code of the pause. Of a limit in working hours ``minutes`` are those that
    count on the day, and ``number`` is 0.
    """

    first: date
    last: date
    why: str
    number: int
    names: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    minutes: int = 0

    @property
    def counts(self) -> bool:
        return self.why in ("counted", "make_up")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def every_day(clock: Clock, until: date) -> list[Stretch]:
    """The days after day 0 of the clock up to and with ``until``; empty for a limit in minutes.

    A shorter limit of an urgent case counts from the day it became urgent; one in working hours on that very day.
    """
    found: list[Stretch] = []
    for day in _days(clock, until):
        last = found[-1] if found else None
        alike = last and (last.why, last.names, last.reason) == (day.why, day.names, day.reason)
        if last and alike and not day.minutes:
            found[-1] = replace(last, last=day.last, number=day.number)
        else:
            found.append(day)
    return found


def _days(clock: Clock, until: date) -> Iterator[Stretch]:
    rule = next(step.data for step in clock.working if step.code == "rule")
    if rule["unit"] == "minutes":
        return
    if clock.urgent_hours:
        yield from _hours(clock, clock.urgent_hours, until)
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


def _hours(clock: Clock, urgent: UrgentHours, until: date) -> Iterator[Stretch]:
    """The days of a limit in working hours; a day on which the office had closed before is left out."""
    counted = {part.day: part.minutes for part in urgent.worked(clock.pauses) or ()}
    calendar, names = load_calendar(clock.calendar), names_of_days(clock.calendar)
    day = local_day(urgent.since)
    while day <= until:
        pause = next((p for p in clock.pauses if p.covers(day)), None)
        if day in counted:
            make_up = day.weekday() >= 5
            why = "make_up" if make_up else "counted"
            yield Stretch(day, day, why, 0, names[day] if make_up else {}, minutes=counted[day])
        elif pause:
            yield Stretch(day, day, "pause", 0, reason=pause.reason)
        elif not calendar.is_working(day):
            weekend = day.weekday() >= 5
            yield Stretch(day, day, "weekend" if weekend else "holiday", 0, {} if weekend else names[day])
        day += _ONE_DAY
