"""Reference data for programs: who is responsible for what, named in three languages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny

from jobs.clock import this_day
from routing.models import Authority, Category, Division, Level, Office
from text.fields import CleanCharField
from text.filtering import StrictFilters, page_shape
from text.strict import whole_number


class NamesShape(serializers.Serializer):
    en = serializers.CharField()
    zh_hant = serializers.CharField()
    zh_hans = serializers.CharField()


class _Named(serializers.ModelSerializer):
    id = serializers.CharField(source="code")
    name = serializers.SerializerMethodField()

    @extend_schema_field(NamesShape)
    def get_name(self, row: Any) -> dict[str, str]:
        return row.names()  # type: ignore[no-any-return]


def _answer(**values: Any) -> list[OpenApiExample]:
    return [OpenApiExample("example", value=values, response_only=True)]


_GUANGDONG = {
    "en": "Hong Kong Economic and Trade Office in Guangdong",
    "zh_hant": "香港特別行政區政府駐粵經濟貿易辦事處",
    "zh_hans": "香港特别行政区政府驻粤经济贸易办事处",
}


@extend_schema_serializer(
    examples=_answer(
        id="GDETO",
        name=_GUANGDONG,
        short_name={
            "en": "Guangdong ETO",
            "zh_hant": "駐粵經濟貿易辦事處",
            "zh_hans": "驻粤经济贸易办事处",
        },
        calendar="CN",
        website="https://www.gdeto.gov.hk",
        phone="",
        email="",
        address="",
        hours="",
    )
)
class OfficeShape(_Named):
    short_name = serializers.SerializerMethodField()
    # An office may have neither: then they are empty.
    website = serializers.CharField(read_only=True)
    email = serializers.CharField(read_only=True)

    class Meta:
        model = Office
        fields = ["id", "name", "short_name", "calendar", "website", "phone", "email", "address", "hours"]
        read_only_fields = fields

    @extend_schema_field(NamesShape)
    def get_short_name(self, office: Office) -> dict[str, str]:
        return office.short_names()


@extend_schema_serializer(
    examples=_answer(
        id="441900",
        name={"en": "Dongguan", "zh_hant": "東莞", "zh_hans": "东莞"},
        level="prefecture",
        parent="440000",
        is_municipality=False,
        gba=True,
    )
)
class DivisionShape(_Named):
    class Meta:
        model = Division
        fields = ["id", "name", "level", "parent", "is_municipality", "gba"]
        read_only_fields = fields


@extend_schema_serializer(
    examples=_answer(
        id="CUS-1",
        name={
            "en": "Clearance delay and inspection of goods",
            "zh_hant": "通關延誤及查驗",
            "zh_hans": "通关延误及查验",
        },
        parent="CUS",
        description={},
        referable="yes",
    )
)
class CategoryShape(_Named):
    class Meta:
        model = Category
        fields = ["id", "name", "parent", "description", "referable"]
        read_only_fields = fields


@extend_schema_serializer(
    examples=_answer(
        id="CUSTOMS-5200",
        name={"en": "Huangpu Customs", "zh_hant": "黃埔海關", "zh_hans": "黄埔海关"},
        type="CUSTOMS",
        level="provincial",
        division="440000",
        customs_district="5200",
    )
)
class AuthorityShape(_Named):
    """Where its letters go is not among these: that is the office's own business."""

    class Meta:
        model = Authority
        fields = ["id", "name", "type", "level", "division", "customs_district"]
        read_only_fields = fields


class CodePages(CursorPagination):
    """By code, 100 a page unless ``page_size`` asks for fewer."""

    ordering = "code"
    page_size = 100
    max_page_size = 100
    page_size_query_param = "page_size"

    def get_page_size(self, request: Any) -> int:
        asked = request.query_params.get("page_size", str(self.page_size))
        return min(whole_number(asked, "page_size", least=1), self.max_page_size)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_shape(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor = {
            "name": "cursor",
            "in": "query",
            "description": "As in `next` and `previous` of an earlier page.",
            "schema": {"type": "string"},
        }
        size = {"type": "integer", "minimum": 1, "default": self.page_size}
        words = "Rows a page; more than 100 gives 100."
        return [cursor, {"name": "page_size", "in": "query", "description": words, "schema": size}]

    def decode_cursor(self, request: Any) -> Any:
        try:
            cursor = super().decode_cursor(request)
        except exceptions.NotFound:
            cursor, unreadable = None, True
        else:
            unreadable = cursor is not None and not str(cursor.position or "").isprintable()
        if unreadable:
            raise exceptions.ValidationError({"cursor": [_("This cursor cannot be read.")]})
        return cursor


class CleanText(django_filters.CharFilter):
    field_class = CleanCharField


class DivisionFilter(django_filters.FilterSet):
    parent = CleanText(field_name="parent_id", max_length=6)
    level = django_filters.ChoiceFilter(choices=Division.Level.choices)

    class Meta:
        model = Division
        fields: list[str] = []


class CategoryFilter(django_filters.FilterSet):
    parent = CleanText(field_name="parent_id", max_length=10)

    class Meta:
        model = Category
        fields: list[str] = []


class AuthorityFilter(django_filters.FilterSet):
    type = CleanText(field_name="type_id", max_length=30)
    division = CleanText(field_name="division_id", max_length=6)
    level = django_filters.ChoiceFilter(choices=Level.choices)
    q = CleanText(method="named", max_length=100)

    class Meta:
        model = Authority
        fields: list[str] = []

    def named(self, rows: QuerySet[Authority], name: str, value: str) -> QuerySet[Authority]:
        """Entries with these words in a name of any language, or with this code."""
        if not value:
            return rows
        return rows.filter(
            Q(code=value.upper())
            | Q(name_en__icontains=value)
            | Q(name_zh_hant__contains=value)
            | Q(name_zh_hans__contains=value)
        )


class ReferenceViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Rows that hold today. An unknown filter is an error, never ignored."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    pagination_class = CodePages
    filter_backends = [StrictFilters]
    filterset_class: type[django_filters.FilterSet]

    def filter_queryset(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        today = this_day()
        rows = rows.filter(Q(valid_from=None) | Q(valid_from__lte=today))
        rows = rows.filter(Q(valid_until=None) | Q(valid_until__gte=today))
        return super().filter_queryset(rows)


class _NoFilter(django_filters.FilterSet):
    pass


class OfficeViewSet(ReferenceViewSet):
    """The five Mainland Offices."""

    queryset = Office.objects.all()
    serializer_class = OfficeShape
    filterset_class = _NoFilter


class DivisionViewSet(ReferenceViewSet):
    """Provinces, prefectures and counties by their GB/T 2260 codes; ``parent`` and ``level`` narrow them."""

    queryset = Division.objects.all()
    serializer_class = DivisionShape
    filterset_class = DivisionFilter


class CategoryViewSet(ReferenceViewSet):
    """What a concern may be about: main categories have no parent; a concern names a subcategory."""

    queryset = Category.objects.all()
    serializer_class = CategoryShape
    filterset_class = CategoryFilter


class AuthorityViewSet(ReferenceViewSet):
    """The directory of Mainland authorities."""

    queryset = Authority.objects.all()
    serializer_class = AuthorityShape
    filterset_class = AuthorityFilter
