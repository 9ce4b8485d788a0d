"""Working days of Hong Kong and the Mainland.

The day of the event is day 0: a limit of n working days ends with the nth working day after it. Both places
keep the same clock time all year, so a day is simply a date in Hong Kong time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import cached_property, lru_cache

from routing.kept import kept
from routing.models import CalendarDay, CalendarYear

_ONE_DAY = timedelta(days=1)


class WorkCalendar:
    """Monday to Friday, but for the days in ``exceptions`` (True: people work, False: they do not).

    ``confirmed_years`` are those whose schedule has been published; without it every year counts as
    published.
    """

    def __init__(
        self, exceptions: Mapping[date, bool], confirmed_years: Collection[int] | None = None
    ) -> None:
        self._exceptions = dict(exceptions)
        self._confirmed = None if confirmed_years is None else frozenset(confirmed_years)

    @cached_property
    def _row(self) -> list[int]:
        """The working days of the years around the exceptions, in order: most dates are found, not walked to."""
        if not self._exceptions:
            return []
        first = date(min(self._exceptions).year - 1, 1, 1).toordinal()
        last = date(max(self._exceptions).year + 1, 12, 31).toordinal()
        return [n for n in range(first, last + 1) if self.is_working(date.fromordinal(n))]

    def is_working(self, day: date) -> bool:
        return self._exceptions.get(day, day.weekday() < 5)

    def next_working(self, day: date) -> date:
        """The day itself if people work on it, else the next one on which they do."""
        while not self.is_working(day):
            day += _ONE_DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """The nth working day after ``day``; before it if n is negative; ``day`` itself for 0."""
        if n == 0:
            return day
        row, number = self._row, day.toordinal()
        at = bisect_right(row, number) + n - 1 if n > 0 else bisect_left(row, number) + n
        if row and row[0] <= number <= row[-1] and 0 <= at < len(row):
            return date.fromordinal(row[at])
        step = _ONE_DAY if n > 0 else -_ONE_DAY
        for _ in range(abs(n)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days follow ``start`` up to and with ``end``; negative if ``end`` is earlier."""
        if end < start:
            return -self.working_days_between(end, start)
        # A list counts from today to the same few days again and again.
        return _count_working(self, start, end)

    def provisional(self, day: date) -> bool:
        """Whether the schedule of that year is not yet published, so that the date may still move."""
        return self._confirmed is not None and day.year not in self._confirmed


@lru_cache(maxsize=5000)
def _count_working(calendar: WorkCalendar, start: date, end: date) -> int:
    span = (end - start).days
    return sum(calendar.is_working(start + timedelta(days=i)) for i in range(1, span + 1))


@kept
def load_calendar(code: str) -> WorkCalendar:
    """The calendar ``HK`` or ``CN``, kept in the process until the reference data changes."""
    if code not in ("HK", "CN"):
        raise ValueError(f"There is no calendar {code!r}")
    days = CalendarDay.objects.filter(jurisdiction=code).values_list("day", "working")
    years = CalendarYear.objects.filter(jurisdiction=code, confirmed=True).values_list("year", flat=True)
    return WorkCalendar(dict(days), list(years))
