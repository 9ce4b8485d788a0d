"""The figures of the report for programs: totals of the whole service, as on the page."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import exceptions, serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.answers import Personal
from cases.states import Outcome
from jobs.clock import this_moment
from reports.figures import Month, months_until

_PERIOD = OpenApiParameter(
    "period",
    {"type": "string", "pattern": "^([0-9]{4}-(0[1-9]|1[0-2]))?$"},
    OpenApiParameter.QUERY,
    description="One month: YYYY-MM.",
    examples=[OpenApiExample("example", value="2026-10")],
)


class ReadsReports(BasePermission):
    """Officials, and everybody who works cases."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated and request.user.reads_reports)


class MonthShape(serializers.Serializer):
    """One complete month in Hong Kong time. ``median_days`` are working days; null if nothing was closed."""

    month = serializers.CharField(help_text="YYYY-MM")
    received = serializers.IntegerField()
    referred = serializers.IntegerField()
    answered = serializers.IntegerField()
    closed = serializers.IntegerField()
    closed_by = serializers.DictField(child=serializers.IntegerField())
    withdrawn = serializers.IntegerField()
    reopened = serializers.IntegerField()
    open_at_end = serializers.IntegerField()
    median_days = serializers.FloatField(allow_null=True)


_MONTH = {
    "month": "2026-10",
    "received": 312,
    "referred": 181,
    "answered": 144,
    "closed": 205,
    "closed_by": {
        "resolved": 96,
        "partly_resolved": 31,
        "explained": 52,
        "not_resolved": 14,
        "out_of_scope": 9,
        "duplicate": 3,
    },
    "withdrawn": 11,
    "reopened": 6,
    "open_at_end": 418,
    "median_days": 17.5,
}


@extend_schema_serializer(
    examples=[OpenApiExample("example", value={"months": [_MONTH]}, response_only=True)]
)
class SummaryShape(serializers.Serializer):
    months = MonthShape(many=True)


class Summary(Personal):
    """Totals of the last complete months, oldest first; with ``period`` of one of them."""

    permission_classes = [ReadsReports]

    @extend_schema(
        operation_id="reports_summary",
        parameters=[_PERIOD],
        responses=SummaryShape,
    )
    def get(self, request: Request) -> Response:
        unknown = set(request.query_params) - {"period", "format"}
        if unknown:
            raise exceptions.ValidationError(
                {name: [_("There is no such filter.")] for name in sorted(unknown)[:20]}
            )
        period = request.query_params.get("period", "")
        if period and not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", period):
            raise exceptions.ValidationError({"period": [_("Write a month as YYYY-MM.")]})
        months = [_as_dict(month) for month in months_until(this_moment())]
        return Response({"months": [m for m in months if not period or m["month"] == period]})


def _as_dict(month: Month) -> dict[str, Any]:
    return {
        "month": f"{month.first:%Y-%m}",
        "received": month.received,
        "referred": month.referred,
        "answered": month.answered,
        "closed": month.closed,
        "closed_by": {str(outcome.value): month.closed_by[outcome] for outcome in Outcome},
        "withdrawn": month.withdrawn,
        "reopened": month.reopened,
        "open_at_end": month.open_at_end,
        "median_days": month.median_days,
    }
