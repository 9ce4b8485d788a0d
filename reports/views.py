"""The page officials read: totals of the whole service, month by month."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from cases.clocks import local_day
from jobs.clock import this_moment
from reports.chart import columns
from reports.figures import endings, first_of_next_month, months_until
from reports.issues import issues_counted


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Officials and staff read it; 403 for everybody else who signed in."""
    if not cast(User, request.user).reads_reports:
        raise PermissionDenied
    now = this_moment()
    months = months_until(now)
    context = {
        "as_at": now,
        "months": months,
        "latest": months[-1] if months else None,
        "before": months[-2] if len(months) > 1 else None,
        "issues": issues_counted(months[-1].first, local_day(now).replace(day=1)) if months else None,
        "chart": columns(months),
        "outcomes": endings(months),
        "closed_in_all": sum(month.closed for month in months),
        "next_month": first_of_next_month(now),
    }
    return render(request, "reports/home.html", context)
