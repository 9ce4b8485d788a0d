"""Limits in working hours: minutes counted while an office is open, on the days on which it works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cases.clocks.pauses import Pause
from routing.calendars import load_calendar
from routing.coverage import Opening
from text.dates import HONG_KONG

_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Worked:
    """Minutes that count on one day, up to ``until`` (a time in Hong Kong, the same as in Beijing)."""

    day: date
    minutes: int
    until: time


def worked(
    since: datetime, minutes: int, calendar: str, opening: Opening, pauses: list[Pause]
) -> list[Worked] | None:
    """The days on which the first ``minutes`` (at least one) after ``since`` are counted; the last entry is the end.

    Time counts on working days of the calendar ``HK`` or ``CN`` while the office is open, and never on a paused
    day. None if a pause without an end comes first.
    """
    found: list[Worked] = []
    for began, closes in _open_times(since, calendar, opening, pauses):
        there = (closes - began) // _ONE_MINUTE
        taken = min(there, minutes)
        minutes -= taken
        found.append(Worked(began.date(), taken, (began + taken * _ONE_MINUTE).time()))
        if not minutes:
            return found
    return None


def _open_times(
    since: datetime, calendar: str, opening: Opening, pauses: list[Pause]
) -> Iterator[tuple[datetime, datetime]]:
    """The times after ``since`` during which the office is open, one a day; they end where a pause has no end."""
    works = load_calendar(calendar).is_working
    since = since.astimezone(HONG_KONG).replace(second=0, microsecond=0)
    day = since.date()
    while True:
        pause = next((p for p in pauses if p.covers(day)), None)
        if pause is not None and pause.until is None:
            return
        if pause is None and works(day):
            opens, closes = (
                datetime.combine(day, t, tzinfo=HONG_KONG) for t in (opening.opens, opening.closes)
            )
            if (began := max(since, opens)) < closes:
                yield began, closes
        day = (pause.until if pause and pause.until else day) + _ONE_DAY
