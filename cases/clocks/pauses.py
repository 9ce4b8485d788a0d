"""Days on which a clock stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Pause:
    """Days that do not count: those after ``after`` up to and with ``until``; None is still going on.

    The day on which a pause begins still counts, and the day on which it ends is day 0 of going on, just as the
    day of an event is day 0 of a limit.
    """

    reason: str
    after: date
    until: date | None

    def covers(self, day: date) -> bool:
        return self.after < day and (self.until is None or day <= self.until)
