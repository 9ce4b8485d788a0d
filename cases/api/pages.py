"""Pages of cases in the API: by key, as in the queue."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from cases.filters import CaseFilter
from cases.paging import SIZES, Page, page_of, size_of


class CasePages(BasePagination):
    """``{next, previous, results}``; addresses of the neighbours are complete, and null at the ends."""

    page: Page
    address: str

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        asked = request.query_params
        ordering = CaseFilter.api_ordering(asked.get("ordering"))[0]
        self.address = request.build_absolute_uri()
        size = size_of(asked.get("page_size", SIZES[1]))
        self.page = page_of(queryset, ordering, asked.get("cursor", ""), size)
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {"next": self._link(self.page.after), "previous": self._link(self.page.before), "results": data}
        )

    def _link(self, cursor: str) -> str | None:
        return replace_query_param(self.address, "cursor", cursor) if cursor else None

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}},
            {"name": "page_size", "in": "query", "schema": {"type": "integer", "enum": list(SIZES)}},
        ]
