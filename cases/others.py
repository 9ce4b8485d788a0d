"""What a business may be told, while it files, about concerns of others: that there are some, and nothing else.

A matter is a category (or its main category) in a province. It is named only if enough different companies have
reported it in the twelve whole months that have ended, and the list is counted once a month: who files again and
again, or waits for a competitor, sees nothing change. Small numbers as in reports (trust.md T29).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Value
from django.db.models.functions import Substr
from django_tasks import task

from cases.clocks import today
from cases.models import Case, ReportedMonth
from cases.states import Outcome, State, Why
from jobs.periodic import every
from routing.models import Category, province_of
from text.dates import HONG_KONG

MONTHS = 12
#: What an officer closed so was no concern of a business about the Mainland; junk ends here too.
NO_MATTER = (Why.NOT_MAINLAND, Why.NOT_BUSINESS)
#: Stands for every category: where enough companies of any kind have been heard of.
ANY = "*"


@every(seconds=3600)
@task
def count_reported() -> None:
    """Count the month that has begun, once."""
    count_month(today().replace(day=1))


def count_month(month: date) -> bool:
    """Write down what may be told in the month that begins on that day; whether it was still to be done."""
    if ReportedMonth.objects.filter(month=month).exists():
        return False
    matters = {
        *_matters(F("category_id"), month),
        *_matters(F("category__parent_id"), month),
        *_matters(Value(ANY), month),
    }
    _row, made = ReportedMonth.objects.get_or_create(month=month, defaults={"matters": sorted(matters)})
    ReportedMonth.objects.exclude(month=month).delete()
    return made


def _matters(label: Any, month: date) -> list[str]:
    """Pairs of category and province with enough companies. All that give no company count as one."""
    ended = datetime.combine(month, datetime.min.time(), tzinfo=HONG_KONG)
    began = ended.replace(year=ended.year - MONTHS // 12)
    rows = (
        Case.objects.filter(received_at__gte=began, received_at__lt=ended)
        .exclude(state=State.WITHDRAWN)
        .exclude(outcome=Outcome.DUPLICATE)
        .exclude(outcome_why__in=NO_MATTER)
        .annotate(label=label, place=Substr("division_id", 1, 2))
        .exclude(label=None)
        .order_by()
        .values("label", "place")
        .annotate(companies=Count("company_key", distinct=True))
        .filter(companies__gte=settings.SMALL_NUMBER)
    )
    return [f"{row['label']} {row['place']}0000" for row in rows]


def reported_by_others(category: Category, division_code: str) -> Category | None:
    """The category, or else its main category, that several companies have reported in the province of the place.

    None if there were too few to say so. One query, by the key of the month.
    """
    matters = _of_this_month() or ()
    for candidate in (category, category.parent):
        if candidate is not None and f"{candidate.pk} {province_of(division_code)}" in matters:
            return candidate
    return None


def few_in(division_code: str) -> bool:
    """Whether so few companies were heard of in the province that the facts alone may tell who one of them is.

    False while nobody has counted: nothing is known then.
    """
    matters = _of_this_month()
    return matters is not None and f"{ANY} {province_of(division_code)}" not in matters


def _of_this_month() -> list[str] | None:
    months = ReportedMonth.objects.filter(month=today().replace(day=1))
    return months.values_list("matters", flat=True).first()
