"""With whom a case has lain, and for how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from cases.clocks.stages import course_of

if TYPE_CHECKING:
    from cases.models import Case, Event


def days_by_party(case: Case, events: Iterable[Event], until: date) -> dict[str, int]:
    """Calendar days (Hong Kong) for which the case waited for ``office``, ``business`` and ``authority``.

    From receipt to its end, or to ``until`` while it is open; the days between an end and a reopening are nobody's.
    A day on which the turn passed counts for whoever had it before. ``events`` is the whole history.
    """
    course = course_of(case, events)
    spent: Counter[str] = Counter()
    for now, then in pairwise(course):
        if not now.ended:
            spent[now.waiting_for] += (then.day - now.day).days
    if course and not course[-1].ended:
        spent[course[-1].waiting_for] += max(0, (until - course[-1].day).days)
    return {party: spent[party] for party in ("office", "business", "authority")}
