"""The report page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_safe

from cases.states import Outcome
from reports.columns import columns
from reports.figures import Month, by_month
from text.dates import HONG_KONG, long_date


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Totals of the whole service. Officials and those who work cases; nobody else."""
    if not request.user.reads_reports:  # type: ignore[union-attr]
        raise PermissionDenied
    today = timezone.now().astimezone(HONG_KONG).date()
    months = by_month(today)
    said = _sentence(months)
    context = {
        "as_at": long_date(today, get_language() or "en"),
        "figures": _key_figures(months),
        "heading": gettext("Received and ended by month"),
        "say": said,
        "svg": columns(
            [_short(m) for m in months],
            [m.received for m in months],
            [m.closed + m.withdrawn for m in months],
            said,
        ),
        "legend": [
            {"words": gettext("Received"), "look": "a"},
            {"words": gettext("Closed or withdrawn"), "look": "b"},
        ],
        "columns": _heads(),
        "rows": [_row(m) for m in months],
        "outcomes": _outcome_bars(months),
        "notes": _notes(),
    }
    return render(request, "reports/home.html", context)


def _sentence(months: list[Month]) -> str:
    received = sum(m.received for m in months)
    ended = sum(m.closed + m.withdrawn for m in months)
    return gettext(
        "%(received)s concerns were received and %(ended)s ended in these months; %(open)s are open."
    ) % {"received": received, "ended": ended, "open": months[-1].open_at_end}


def _key_figures(months: list[Month]) -> list[dict[str, Any]]:
    latest, before = months[-1], months[-2]
    in_month = gettext("this month so far")
    figures = [
        (gettext("Received"), latest.received, before.received),
        (gettext("Referred"), latest.referred, before.referred),
        (gettext("Answered by an authority"), latest.answered, before.answered),
        (gettext("Closed"), latest.closed, before.closed),
    ]
    shown = [
        {
            "number": number,
            "unit": "",
            "label": label,
            "about": f"{in_month} · " + gettext("%(n)s last month") % {"n": earlier},
        }
        for label, number, earlier in figures
    ]
    shown.insert(1, {"number": latest.open_at_end, "unit": "", "label": gettext("Open now"), "about": ""})
    median = latest.median_days if latest.median_days is not None else before.median_days
    shown.append(
        {
            "number": "–" if median is None else f"{median:g}",
            "unit": "" if median is None else ngettext("working day", "working days", round(median)),
            "label": gettext("Median from receipt to end"),
            "about": "",
        }
    )
    return shown


def _short(month: Month) -> str:
    if (get_language() or "en").startswith("zh"):
        return f"{month.first.month}月"
    return f"{long_date(month.first, 'en').split()[1][:3]}"


def _name(month: Month) -> str:
    language = get_language() or "en"
    if language.startswith("zh"):
        name = f"{month.first.year}年{month.first.month}月"
    else:
        name = " ".join(long_date(month.first, "en").split()[1:])
    return name if month.complete else gettext("%(month)s, so far") % {"month": name}


def _heads() -> list[str]:
    return [
        gettext("Month"),
        gettext("Received"),
        gettext("Open at the end"),
        gettext("Referred"),
        gettext("Answered by an authority"),
        gettext("Closed"),
        gettext("Withdrawn"),
        gettext("Median working days from receipt to end"),
    ]


def _row(month: Month) -> list[Any]:
    median = "–" if month.median_days is None else f"{month.median_days:g}"
    return [
        _name(month),
        month.received,
        month.open_at_end,
        month.referred,
        month.answered,
        month.closed,
        month.withdrawn,
        median,
    ]


def _outcome_bars(months: list[Month]) -> list[dict[str, Any]]:
    totals = {outcome: sum(m.outcomes.get(outcome.value, 0) for m in months) for outcome in Outcome}
    all_closed = sum(totals.values())
    most = max([*totals.values(), 1])
    return [
        {
            "name": outcome.label,
            "number": count,
            "share": f"{round(100 * count / all_closed)}%" if all_closed else "–",
            "width": round(100 * count / most),
            "rest": False,
        }
        for outcome, count in sorted(totals.items(), key=lambda pair: -pair[1])
    ]


def _notes() -> list[str]:
    return [
        gettext("Figures count concerns, not companies, and come from the history of each concern."),
        gettext("“Referred” and “answered” count concerns for which it happened at least once in the month."),
        gettext("“Open at the end” is the number on the last day of the month; reopened concerns count again."),
        gettext("Working days are those of the Mainland, with its make-up days."),
        gettext("The last line is the present month so far and will still change."),
        gettext("No figures are given by place, subject or office until small numbers can be withheld safely."),
    ]
