"""How many systemic issues there were, counted from what happened: a past month never changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from cases.models import IssueEvent
from text.dates import HONG_KONG

_BEGUN = Q(act__in=["open", "reopen"])
_ENDED = Q(act__in=["settle", "drop"])


@dataclass(frozen=True)
class Issues:
    """``open_at_end`` had begun, or begun again, and not ended at midnight before ``before``."""

    opened: int
    settled: int
    not_pursued: int
    open_at_end: int


def issues_counted(first: date, before: date) -> Issues:
    """Of the days from ``first`` to the one before ``before``, in Hong Kong time. One query.

    A number of issues says nothing of who is behind them; how many businesses one has is not told to officials.
    """
    during = Q(at__gte=_midnight(first))
    counted = IssueEvent.objects.filter(at__lt=_midnight(before)).aggregate(
        opened=Count("pk", filter=during & Q(act="open")),
        settled=Count("pk", filter=during & Q(act="settle")),
        not_pursued=Count("pk", filter=during & Q(act="drop")),
        begun=Count("pk", filter=_BEGUN),
        ended=Count("pk", filter=_ENDED),
    )
    return Issues(
        counted["opened"], counted["settled"], counted["not_pursued"], counted["begun"] - counted["ended"]
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HONG_KONG)
