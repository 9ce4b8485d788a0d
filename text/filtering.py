"""Lists for programs: a filter that is not declared is an error, never ignored; pages name their neighbours."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.filters import BaseFilterBackend

from text.field_shapes import parameter_of

#: Unknown names listed in one answer.
_NAMED = 20


class StrictFilters(BaseFilterBackend):
    """The filters of the view's ``filterset_class``, beside the parameters of its pages; all else is 400."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        asked = request.query_params
        pages = {one["name"] for one in view.paginator.get_schema_operation_parameters(view)}
        unknown = set(asked) - set(view.filterset_class.base_filters) - pages
        if unknown:
            raise exceptions.ValidationError(
                {name: [_("There is no such filter.")] for name in sorted(unknown)[:_NAMED]}
            )
        chosen = view.filterset_class(asked, queryset=queryset, request=request)
        if not chosen.is_valid():
            raise exceptions.ValidationError(dict(chosen.errors))
        return chosen.qs

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        fields = view.filterset_class({}, queryset=view.queryset).form.fields
        return [parameter_of(name, field) for name, field in fields.items()]


def page_shape(rows: dict[str, Any]) -> dict[str, Any]:
    """The schema of a page of such rows: complete addresses of its neighbours, null at the ends."""
    link = {"type": ["string", "null"], "format": "uri", "example": None}
    return {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {"next": link, "previous": link, "results": rows},
    }
