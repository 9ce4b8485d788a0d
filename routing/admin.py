"""Reference data for administrators. Every change is logged by the admin site; nothing is ever deleted here.

A row that should no longer hold gets a last day: history keeps pointing at it.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import F, Q
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from jobs.clock import this_moment
from routing import directory_csv
from routing import models as rows
from routing.directory_csv import keep_contacts
from routing.kept import changed
from routing.models.named import SUFFIX, name_key
from text.clean import clean_line


class ReferenceAdmin(admin.ModelAdmin):
    """No deletion; codes are fixed once given; what other processes have kept is read anew after a change.

    Where ``list_display`` has the English name, the list shows the one in the reader's language.
    """

    list_per_page = 50

    def get_list_display(self, request: HttpRequest) -> Any:
        own = f"name_{name_key(get_language())}"
        columns = (own if column == "name_en" else column for column in self.list_display)
        return tuple(dict.fromkeys(columns))

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


class EarlierContacts(admin.TabularInline):
    """How the authority could be reached before; written by the service alone."""

    model = rows.AuthorityContact
    fields = readonly_fields = ("until", "by", "contact_name", "email", "address")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class DirectoryFileForm(forms.Form):
    file = forms.FileField(label=_("CSV file"))


@admin.register(rows.Authority)
class AuthorityAdmin(ReferenceAdmin):
    change_list_template = "admin/routing/authorities.html"
    list_display = ("code", "name_en", "name_zh_hans", "level", "conduit", "valid_from", "valid_until")
    list_filter = ("level", "conduit", "type")
    search_fields = ("code", "name_en", "name_zh_hant", "name_zh_hans")
    autocomplete_fields = ("type", "division", "customs_district")
    inlines = (EarlierContacts,)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.send_file), name="routing_authority_import"),
            path("import/<int:pk>/", view(self.confirm_file), name="routing_authority_confirm"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        if change:
            before = rows.Authority.objects.get(pk=obj.pk)
            keep_contacts([(before, cast(rows.Authority, obj))], by=request.user.get_username())
        super().save_model(request, obj, form, change)

    def send_file(self, request: HttpRequest) -> HttpResponse:
        """Take a file and lead to what it would change; nothing of the directory is written."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = DirectoryFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                text = directory_csv.decode(file.read(directory_csv.MOST_BYTES + 1))
                directory_csv.preview(text)
            except directory_csv.Unreadable as unreadable:
                form.add_error("file", str(unreadable))
            else:
                sent = rows.DirectoryFile.objects.create(
                    name=clean_line(file.name)[-200:] or "csv",
                    text=text,
                    sent_at=this_moment(),
                    sent_by=request.user.get_username(),
                )
                return redirect("admin:routing_authority_confirm", sent.pk)
        context = {"form": form, "columns": directory_csv.COLUMNS}
        return self._page(request, "admin/routing/import.html", context)

    def confirm_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a file would change in the directory as it stands; apply exactly that when confirmed."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        file = rows.DirectoryFile.objects.filter(pk=pk).first()
        if file is None:
            messages.warning(request, _("There is no such file. Send it again."))
            return redirect("admin:routing_authority_import")
        if request.method == "POST":
            try:
                self._apply(request, file)
            except directory_csv.ChangedMeanwhile:
                file.refresh_from_db()
                words = (
                    _("This file was applied already.")
                    if file.applied_at
                    else _(
                        "The directory changed after this preview was made, so nothing was written. Look again."
                    )
                )
                messages.error(request, words)
                return redirect("admin:routing_authority_confirm", file.pk)
            messages.success(request, _("The directory was changed as shown."))
            return redirect("admin:routing_authority_changelist")
        found = directory_csv.preview(file.text)
        parts: dict[str, list[Any]] = {
            "added": found.added,
            "changed": found.changed,
            "ended": found.ended,
            "refused": found.refused,
        }
        kind = request.GET.get("part", "")
        if kind not in parts:
            kind = next((name for name, part in parts.items() if part), "added")
        context = {
            "file": file,
            "found": found,
            "kind": kind,
            "page": Paginator(parts[kind], 50).get_page(request.GET.get("page")),
        }
        return self._page(request, "admin/routing/preview.html", context)

    @transaction.atomic
    def _apply(self, request: HttpRequest, file: rows.DirectoryFile) -> None:
        found = directory_csv.apply(
            file.pk, shown=request.POST.get("shown", ""), by=request.user.get_username()
        )
        new = {change.code for change in found.added}
        for flag, wanted in ((ADDITION, True), (CHANGE, False)):
            touched = [row for row in found.rows if (row.code in new) is wanted]
            LogEntry.objects.log_actions(cast(int, request.user.pk), touched, flag, file.name)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        shown = {
            **self.admin_site.each_context(request),
            "title": _("Directory from a file"),
            "opts": self.model._meta,
        }
        return TemplateResponse(request, template, shown | context)


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


class OlderTranslation(admin.SimpleListFilter):
    title = _("translation older than its source")
    parameter_name = "older"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.value() is None:
            return queryset
        behind = [Q(**{f"settled_{key}__lt": F("settled_en")}) for key in SUFFIX.values()]
        return queryset.filter(reduce(or_, behind))


@admin.register(rows.Guidance)
class GuidanceAdmin(ReferenceAdmin):
    list_display = ("code", "category", "kind", "confirmed", "older", "as_of", "valid_from", "valid_until")
    list_filter = ("confirmed", OlderTranslation, "kind")
    list_select_related = ("category",)
    search_fields = ("code", "text_en", "text_zh_hant", "text_zh_hans")
    autocomplete_fields = ("category",)
    actions = ("translations_checked",)

    @admin.display(description=_("translation older than its source"))
    def older(self, row: rows.Guidance) -> str:
        names = dict(settings.LANGUAGES)
        return ", ".join(str(names[lang]) for lang in row.older_languages())

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        texts = [lang for lang, key in SUFFIX.items() if not change or f"text_{key}" in form.changed_data]
        cast(rows.Guidance, obj).settle(texts, this_moment())
        super().save_model(request, obj, form, change)

    @admin.action(
        permissions=["change"], description=_("Translations were checked: they say what the English says")
    )
    def translations_checked(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """For a change of the English that the translations need not follow, such as a misspelling put right."""
        with transaction.atomic():
            behind = [
                row for row in queryset.select_related(None).select_for_update() if row.older_languages()
            ]
            for row in behind:
                row.settle(row.older_languages(), this_moment())
                row.save()
                self.log_change(request, row, gettext("Translations checked against the English."))
            changed()
        messages.success(request, _("The translations you chose count as up to date."))


@admin.register(rows.ClockRule)
class ClockRuleAdmin(ReferenceAdmin):
    list_display = ("stage", "name_en", "unit", "target", "limit", "calendar", "valid_from", "valid_until")


@admin.register(rows.CalendarDay)
class CalendarDayAdmin(ReferenceAdmin):
    list_display = ("day", "jurisdiction", "working", "name_en", "source")
    list_filter = ("jurisdiction", "working")
    date_hierarchy = "day"


@admin.register(rows.CalendarYear)
class CalendarYearAdmin(ReferenceAdmin):
    list_display = ("year", "jurisdiction", "confirmed", "source")


@admin.register(rows.EscalationStep)
class EscalationStepAdmin(ReferenceAdmin):
    list_display = ("level", "to", "when", "told", "source")


@admin.register(rows.ClockStep)
class ClockStepAdmin(ReferenceAdmin):
    list_display = ("code", "owner", "stage", "measure", "amount", "unit", "action", "raised_to", "told")
    list_filter = ("owner", "action")

    @admin.display(description=_("escalation level"), ordering="level")
    def raised_to(self, step: rows.ClockStep) -> int | None:
        """Its number alone: the words of the ladder would take half of the list."""
        return step.level_id


@admin.register(rows.RetentionRule)
class RetentionRuleAdmin(ReferenceAdmin):
    list_display = ("code", "of", "months", "confirmed", "valid_from", "valid_until", "source")


@admin.register(rows.TriageModel)
class TriageModelAdmin(admin.ModelAdmin):
    """For reading: a version comes of training alone, and is never changed afterwards."""

    list_display = ("name", "version", "trained_at", "examples", "accuracy", "macro_f1")
    list_filter = ("name",)
    exclude = ("packed",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).defer("packed")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(rows.RuleSource, rows.UrgencyTier)
class OtherAdmin(ReferenceAdmin):
    def get_list_display(self, request: HttpRequest) -> Any:
        return ("__str__", "source")
