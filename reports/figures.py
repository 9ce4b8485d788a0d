"""The figures of the whole service, month by month, counted from what happened and not from how cases stand now.

A figure of a month that is over therefore never changes because a case moved on. Only complete months in Hong
Kong time are shown. There is no breakdown here: one needs suppression of small numbers first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median

from django.db.models import Case, CharField, Count, F, Q, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncDate, TruncMonth
from django.utils.functional import Promise

from cases.clocks import local_day
from cases.models import Event
from cases.states import ENDED, Outcome, State
from routing.calendars import load_calendar
from text.dates import HONG_KONG

#: How many complete months the page shows.
MONTHS = 12


@dataclass
class Month:
    """What happened in one month. Counts are concerns: one that was referred twice in a month counts once.

    ``open_at_end`` were received and not ended at midnight after the last day. ``median_days`` are working days
    of the office's calendar from receipt to closing, of those closed in the month; None if none was.
    """

    first: date
    received: int = 0
    referred: int = 0
    answered: int = 0
    withdrawn: int = 0
    reopened: int = 0
    open_at_end: int = 0
    closed_by: Counter[str] = field(default_factory=Counter)
    median_days: float | None = None

    @property
    def closed(self) -> int:
        return self.closed_by.total()


@dataclass(frozen=True)
class Ending:
    """How many of the closed concerns ended in one way; ``by_month`` has the newest month first."""

    label: str | Promise
    by_month: list[int]
    closed_in_all: int

    @property
    def number(self) -> int:
        return sum(self.by_month)

    @property
    def share(self) -> int:
        """Hundredths of all that were closed, for the length of a bar."""
        return round(100 * self.number / self.closed_in_all) if self.closed_in_all else 0


def endings(months: list[Month]) -> list[Ending]:
    """Every outcome, in the order of the contract."""
    closed = sum(month.closed for month in months)
    return [
        Ending(outcome.label, [month.closed_by[outcome] for month in reversed(months)], closed)
        for outcome in Outcome
    ]


def months_until(now: datetime) -> list[Month]:
    """The last complete months before ``now``, oldest first; none from before the first concern.

    Two queries, whatever the number of cases.
    """
    this_month = local_day(now).replace(day=1)
    counted = _count(this_month)
    if not counted:
        return []
    months, open_now, first = [], 0, min(counted)
    while first < this_month:
        month = counted.get(first) or Month(first)
        open_now += month.received + month.reopened - month.closed - month.withdrawn
        month.open_at_end = open_now
        months.append(month)
        first = _next(first)
    months = months[-MONTHS:]
    medians = _medians(months[0].first, this_month)
    for month in months:
        month.median_days = medians.get(month.first)
    return months


def first_of_next_month(now: datetime) -> date:
    """When the month that is running will be complete."""
    return _next(local_day(now).replace(day=1))


def _next(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


_CLOSING = Q(state_after=State.CLOSED) & ~Q(state_before=State.CLOSED)


def _count(this_month: date) -> dict[date, Month]:
    """One row of the database for each month and kind of happening; an event is of one kind at most."""
    what = Case(
        When(move="open_case", then=Value("received")),
        When(move="send", then=Value("referred")),
        When(move="record_answer", then=Value("answered")),
        When(_CLOSING, then=Value("closed")),
        When(Q(state_after=State.WITHDRAWN) & ~Q(state_before=State.WITHDRAWN), then=Value("withdrawn")),
        When(Q(state_before__in=ENDED) & ~Q(state_after__in=ENDED), then=Value("reopened")),
        default=Value(""),
        output_field=CharField(),
    )
    # Merging closes with one outcome only, so its event names none.
    outcome = Case(
        When(_CLOSING & Q(move="merge"), then=Value(str(Outcome.DUPLICATE))),
        When(_CLOSING, then=KeyTextTransform("outcome", "data")),
        default=Value(""),
        output_field=CharField(),
    )
    rows = (
        Event.objects.filter(at__lt=_midnight(this_month))
        .annotate(month=TruncMonth("at", tzinfo=HONG_KONG), what=what, outcome=outcome)
        .exclude(what="")
        .order_by()
        .values_list("month", "what", "outcome")
        .annotate(events=Count("pk"), cases=Count("case", distinct=True))
    )
    months: dict[date, Month] = {}
    for at, kind, how, events, cases in rows:
        first = local_day(at)
        month = months.setdefault(first, Month(first))
        if kind == "closed":
            month.closed_by[how] += events
        else:
            # A case may be withdrawn and reopened twice in a month: what adds up to the open ones counts each time.
            setattr(month, kind, events if kind in ("withdrawn", "reopened") else cases)
    return months


def _medians(since: date, before: date) -> dict[date, float]:
    """Median working days from receipt to closing by month of closing.

    The database counts equal pairs of days, so that what is read grows with days and not with cases.
    """
    rows = (
        Event.objects.filter(_CLOSING, at__gte=_midnight(since), at__lt=_midnight(before))
        .annotate(
            ended=TruncDate("at", tzinfo=HONG_KONG),
            begun=TruncDate("case__received_at", tzinfo=HONG_KONG),
            calendar=F("case__office__calendar"),
        )
        .order_by()
        .values_list("calendar", "begun", "ended")
        .annotate(n=Count("pk"))
    )
    days: dict[date, list[int]] = defaultdict(list)
    for code, begun, ended, n in rows:
        days[ended.replace(day=1)] += [load_calendar(code).working_days_between(begun, ended)] * n
    return {first: median(of_month) for first, of_month in days.items()}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HONG_KONG)
