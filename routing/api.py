"""Reference data for programs: who is responsible for what, named in three languages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny

from routing.models import Authority, Category, Division, Level, Office
from text.fields import CleanCharField


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


class OfficeShape(_Named):
    short_name = serializers.SerializerMethodField()

    class Meta:
        model = Office
        fields = ["id", "name", "short_name", "calendar", "website", "phone", "email", "address", "hours"]
        read_only_fields = fields

    @extend_schema_field(NamesShape)
    def get_short_name(self, office: Office) -> dict[str, str]:
        return office.short_names()


class DivisionShape(_Named):
    class Meta:
        model = Division
        fields = ["id", "name", "level", "parent", "is_municipality", "gba"]
        read_only_fields = fields


class CategoryShape(_Named):
    class Meta:
        model = Category
        fields = ["id", "name", "parent", "description", "referable"]
        read_only_fields = fields


class AuthorityShape(_Named):
    """Where its letters go is not among these: that is the office's own business."""

    class Meta:
        model = Authority
        fields = ["id", "name", "type", "level", "division", "customs_district"]
        read_only_fields = fields


class CodePages(CursorPagination):
    """By code, 100 a page unless ``page_size`` says otherwise (at most 500)."""

    ordering = "code"
    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"

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
    filterset_class: type[django_filters.FilterSet]

    def filter_queryset(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        rows = rows.filter(Q(valid_from=None) | Q(valid_from__lte=today))
        rows = rows.filter(Q(valid_until=None) | Q(valid_until__gte=today))
        asked = self.request.query_params
        unknown = set(asked) - set(self.filterset_class.base_filters) - {"cursor", "page_size", "format"}
        if unknown:
            raise exceptions.ValidationError(
                {name: [_("There is no such filter.")] for name in sorted(unknown)[:20]}
            )
        chosen = self.filterset_class(asked, queryset=rows, request=self.request)
        if not chosen.is_valid():
            raise exceptions.ValidationError(dict(chosen.errors))
        return chosen.qs


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
