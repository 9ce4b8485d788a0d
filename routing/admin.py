"""Reference data for administrators. Every change is logged by the admin site; nothing is ever deleted here.

A row that should no longer hold gets a last day: history keeps pointing at it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest

from routing import models as rows
from routing.kept import changed


class ReferenceAdmin(admin.ModelAdmin):
    """No deletion; codes are fixed once given; what other processes have kept is read anew after a change."""

    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        pk = self.model._meta.pk
        own_code = pk.name if pk is not None and not pk.auto_created else None
        return (own_code,) if obj is not None and own_code else ()

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed()


@admin.register(rows.Office)
class OfficeAdmin(ReferenceAdmin):
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = ("code", "name_en", "name_zh_hant", "calendar", "phone", "email")
    autocomplete_fields = ("seat",)
    search_fields = ("code", "name_en", "name_zh_hant", "name_zh_hans")


@admin.register(rows.LiaisonUnit)
class LiaisonUnitAdmin(ReferenceAdmin):
    list_display = ("code", "name_en", "office", "serves")
    autocomplete_fields = ("seat", "serves")


@admin.register(rows.Division)
class DivisionAdmin(ReferenceAdmin):
    list_display = ("code", "name_en", "name_zh_hant", "name_zh_hans", "level")
    list_filter = ("level", "gba")
    search_fields = ("code", "name_en", "official_zh_hant", "official_zh_hans")
    autocomplete_fields = ("parent",)


@admin.register(rows.Coverage)
class CoverageAdmin(ReferenceAdmin):
    list_display = ("division", "office", "valid_from", "valid_until")
    list_filter = ("office",)
    list_select_related = ("division", "office")
    autocomplete_fields = ("division",)


@admin.register(rows.PlaceAlias)
class PlaceAliasAdmin(ReferenceAdmin):
    list_display = ("text", "divisions", "region")
    search_fields = ("text",)


@admin.register(rows.AuthorityType)
class AuthorityTypeAdmin(ReferenceAdmin):
    list_display = ("code", "name_en", "name_zh_hans", "default_level", "referable")
    search_fields = ("code", "name_en", "name_zh_hant", "name_zh_hans")


@admin.register(rows.Authority)
class AuthorityAdmin(ReferenceAdmin):
    list_display = ("code", "name_en", "name_zh_hans", "level", "conduit", "valid_from", "valid_until")
    list_filter = ("level", "conduit", "type")
    search_fields = ("code", "name_en", "name_zh_hant", "name_zh_hans")
    autocomplete_fields = ("type", "division", "customs_district")


@admin.register(rows.CustomsDistrict)
class CustomsDistrictAdmin(ReferenceAdmin):
    list_display = ("code", "name_en", "name_zh_hans", "province", "scope_note")
    list_select_related = ("province",)
    search_fields = ("code", "name_en", "name_zh_hans")
    autocomplete_fields = ("province",)


@admin.register(rows.CustomsScope)
class CustomsScopeAdmin(ReferenceAdmin):
    list_display = ("division", "district")
    list_select_related = ("division", "district")
    autocomplete_fields = ("division", "district")


@admin.register(rows.Category)
class CategoryAdmin(ReferenceAdmin):
    list_display = ("code", "name_en", "name_zh_hant", "default_authority", "referable")
    list_filter = ("referable",)
    list_select_related = ("default_authority",)
    search_fields = ("code", "name_en", "name_zh_hant", "name_zh_hans")
    autocomplete_fields = ("parent", "default_authority")


@admin.register(rows.ClockRule)
class ClockRuleAdmin(ReferenceAdmin):
    list_display = ("stage", "unit", "target", "limit", "calendar", "valid_from", "valid_until")


@admin.register(rows.CalendarDay)
class CalendarDayAdmin(ReferenceAdmin):
    list_display = ("day", "jurisdiction", "working", "name_en", "source")
    list_filter = ("jurisdiction", "working")
    date_hierarchy = "day"


@admin.register(rows.CalendarYear)
class CalendarYearAdmin(ReferenceAdmin):
    list_display = ("year", "jurisdiction", "confirmed", "source")


@admin.register(rows.RuleSource, rows.UrgencyTier, rows.EscalationStep)
class OtherAdmin(ReferenceAdmin):
    def get_list_display(self, request: HttpRequest) -> Any:
        return ("__str__", "source")
