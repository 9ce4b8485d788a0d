"""Pages of cases in the API: by key, as in the queue."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from cases.filters import ORDERINGS, CaseFilter
from cases.paging import SIZES, Page, page_of
from text.filtering import page_shape
from text.strict import whole_number


class CasePages(BasePagination):
    """``{next, previous, results}``; addresses of the neighbours are complete, and null at the ends."""

    page: Page
    address: str

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        size = whole_number(request.query_params.get("page_size", str(SIZES[1])), "page_size", least=1)
        self.address = request.build_absolute_uri()
        self.page = page_of(queryset, self.ordering(request), request.query_params.get("cursor", ""), size)
        return self.page.rows

    def ordering(self, request: Request) -> str:
        return CaseFilter.api_ordering(request.query_params.get("ordering"))[0]

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {"next": self._link(self.page.after), "previous": self._link(self.page.before), "results": data}
        )

    def _link(self, cursor: str) -> str | None:
        return replace_query_param(self.address, "cursor", cursor) if cursor else None

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_shape(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor = {
            "name": "cursor",
            "in": "query",
            "description": "As in `next` and `previous` of an earlier page, of the same ordering.",
            "schema": {"type": "string"},
        }
        size = {
            "name": "page_size",
            "in": "query",
            "description": "25, 50 or 100; any other number gives the next larger one, at most 100.",
            "schema": {"type": "integer", "minimum": 1, "default": SIZES[1]},
        }
        return [cursor, size]


class OrderedCasePages(CasePages):
    """Pages that may be asked for in one of the orders of the queue."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        ordering = {
            "name": "ordering",
            "in": "query",
            "description": "With a minus the latest first. A case without a due date counts as the latest.",
            "schema": {"type": "string", "enum": list(ORDERINGS), "default": ORDERINGS[0]},
        }
        return [*super().get_schema_operation_parameters(view), ordering]


class NewestFirst(CasePages):
    """Pages in the one order that somebody outside may ask for."""

    def ordering(self, request: Request) -> str:
        return "-received_at"
