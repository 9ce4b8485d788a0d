"""Stretches of time read from a case's history: when a question was open, when an authority had the letter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from text.dates import HONG_KONG


@dataclass(frozen=True)
class Span:
    """From the day ``since`` to the day ``until``, which is None while it lasts. ``why`` is a code.

    The first day still counts, since it began during it; the last does not, since it ended during it.
    """

    since: date
    until: date | None
    why: str

    def covers(self, day: date) -> bool:
        return self.since < day and (self.until is None or day <= self.until)


class History:
    """What the clocks ask of a case's events, which come in the order of their numbers."""

    def __init__(self, events: Iterable[Any]) -> None:
        self.events = list(events)

    def first(self, *moves: str, after: int = 0) -> Any | None:
        return next((e for e in self.events if e.move in moves and e.seq > after), None)

    def last(self, *moves: str) -> Any | None:
        return next((e for e in reversed(self.events) if e.move in moves), None)

    def first_where(self, holds: Callable[[Any], bool]) -> Any | None:
        return next((e for e in self.events if holds(e)), None)

    def last_where(self, holds: Callable[[Any], bool]) -> Any | None:
        return next((e for e in reversed(self.events) if holds(e)), None)

    def spans(self, column: str, values: Iterable[str], why: str) -> list[Span]:
        """When a tracked column had one of these values."""
        wanted, found, since = set(values), [], None
        for event in self.events:
            if column == "state":
                value = event.state_after
            elif column in event.changes:
                value = event.changes[column][1]
            else:
                continue
            day = day_of(event.at)
            if value in wanted and since is None:
                since = day
            elif value not in wanted and since is not None:
                found.append(Span(since, day, why))
                since = None
        if since is not None:
            found.append(Span(since, None, why))
        return found


def day_of(at: datetime) -> date:
    """The Hong Kong date of a moment."""
    return at.astimezone(HONG_KONG).date()
