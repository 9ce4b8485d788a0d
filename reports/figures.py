"""Totals of the whole service by month, counted from events and never from the state a case has now.

No breakdown: figures for a place, a subject or an office need a suppression of small numbers that is proved safe.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate, TruncMonth

from cases.models import Event
from cases.states import ENDED, Outcome, State
from routing.calendars import load_calendar
from text.dates import HONG_KONG

#: How many complete months the page shows.
MONTHS = 12


@dataclass
class Month:
    """One month. ``open_at_end`` is the stock on its last day; the rest happened in it.

    ``median_days`` are Mainland working days from receipt to the end of the cases that ended in it, None if none did.
    """

    first: date
    complete: bool
    received: int = 0
    open_at_end: int = 0
    referred: int = 0
    answered: int = 0
    closed: int = 0
    withdrawn: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    median_days: float | None = None

    @property
    def next(self) -> date:
        return (self.first + timedelta(days=32)).replace(day=1)


def by_month(today: date, months: int = MONTHS) -> list[Month]:
    """The last ``months`` complete months before ``today`` (a Hong Kong date) and the present one so far."""
    first = today.replace(day=1)
    found = [Month(first, complete=False)]
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
        found.insert(0, Month(first, complete=True))
    _count(found)
    _outcomes(found)
    _medians(found)
    return found


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, HONG_KONG)


ENDS = Q(state_after__in=ENDED) & ~Q(state_before__in=ENDED)
REOPENS = Q(state_before__in=ENDED) & ~Q(state_after__in=ENDED)


def _count(months: list[Month]) -> None:
    """Counts per month in one query, and the stock before the first month in another."""
    begin = _start(months[0].first)
    counts = {
        "received": Count("pk", filter=Q(move="open_case")),
        "ended": Count("pk", filter=ENDS),
        "reopened": Count("pk", filter=REOPENS),
        "referred": Count("case", filter=Q(move="send"), distinct=True),
        "answered": Count("case", filter=Q(move="record_answer"), distinct=True),
        "closed": Count("pk", filter=ENDS & Q(state_after=State.CLOSED)),
        "withdrawn": Count("pk", filter=ENDS & Q(state_after=State.WITHDRAWN)),
    }
    stock_of = {name: counts[name] for name in ("received", "ended", "reopened")}
    before = Event.objects.filter(at__lt=begin).aggregate(**stock_of)
    rows = (
        Event.objects.filter(at__gte=begin)
        .annotate(month=TruncMonth("at", tzinfo=HONG_KONG))
        .values("month")
        .annotate(**counts)
        .order_by("month")
    )
    found = {row["month"].date(): row for row in rows}
    stock = before["received"] - before["ended"] + before["reopened"]
    for month in months:
        row: dict[str, Any] = found.get(month.first, {})
        for name in ("received", "referred", "answered", "closed", "withdrawn"):
            setattr(month, name, row.get(name, 0))
        stock += row.get("received", 0) - row.get("ended", 0) + row.get("reopened", 0)
        month.open_at_end = stock


def _outcomes(months: list[Month]) -> None:
    rows = (
        Event.objects.filter(ENDS, at__gte=_start(months[0].first), state_after=State.CLOSED)
        .annotate(month=TruncMonth("at", tzinfo=HONG_KONG))
        .values("month", "move", "data__outcome")
        .annotate(n=Count("pk"))
        .order_by("month")
    )
    by_first = {month.first: month for month in months}
    for row in rows:
        outcome = Outcome.DUPLICATE if row["move"] == "merge" else row["data__outcome"]
        month = by_first[row["month"].date()]
        month.outcomes[outcome] = month.outcomes.get(outcome, 0) + row["n"]


def _medians(months: list[Month]) -> None:
    """SQL counts the pairs of days; only the distinct pairs, not the cases, come to Python."""
    pairs = (
        Event.objects.filter(ENDS, at__gte=_start(months[0].first))
        .annotate(
            received=TruncDate("case__received_at", tzinfo=HONG_KONG), ended=TruncDate("at", tzinfo=HONG_KONG)
        )
        .values("received", "ended")
        .annotate(n=Count("pk"))
        .order_by()
    )
    calendar = load_calendar("CN")
    days: dict[date, Counter[int]] = {}
    for pair in pairs:
        took = calendar.working_days_between(pair["received"], pair["ended"])
        days.setdefault(pair["ended"].replace(day=1), Counter())[took] += pair["n"]
    for month in months:
        if month.first in days:
            month.median_days = median_of(days[month.first])


def median_of(counts: Counter[int]) -> float:
    """The median of values given with how often each occurs."""
    total, seen = sum(counts.values()), 0
    middle = ((total - 1) // 2, total // 2)
    values = []
    for value in sorted(counts):
        seen += counts[value]
        while len(values) < 2 and middle[len(values)] < seen:
            values.append(value)
    return sum(values) / 2
