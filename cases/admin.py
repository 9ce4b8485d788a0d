"""Routing rules and retention runs for administrators: what only this room can show of people and cases."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import OFFICE_ROLES, User
from cases.models import RetentionRun
from cases.retention import approve
from cases.rule_trial import MOST, Trial, try_rules
from cases.rules import why_off, working
from routing.admin import ReferenceAdmin
from routing.models import LiaisonUnit, RoutingRule
from text.fields import CleanCharField


class _People(forms.ModelMultipleChoiceField):
    def label_from_instance(self, person: Any) -> str:
        return f"{person} · {person.office_id}"


class RuleForm(forms.ModelForm):
    """Errors stand at their field; people are kept by their ids."""

    words = CleanCharField(
        label=_("words"),
        multiline=True,
        required=False,
        max_length=2000,
        help_text=RoutingRule._meta.get_field("words").help_text,  # type: ignore[union-attr]
    )
    pool = _People(
        User.objects.filter(is_active=True, role__in=OFFICE_ROLES).order_by("office_id", "name"),
        label=_("people to give it to"),
        required=False,
        help_text=_("People of the office chosen above. They are named to whoever gives the case out."),
    )

    class Meta:
        model = RoutingRule
        fields = "__all__"  # noqa: DJ007  # the admin's fieldsets choose

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        people, office = cleaned.get("pool"), cleaned.get("office")
        if people is not None:
            strangers = [str(person) for person in people if office and person.office_id != office.pk]
            if strangers:
                words = _("These people work in another office: %(names)s.") % {"names": ", ".join(strangers)}
                self.add_error("pool", words)
            else:
                cleaned["pool"] = sorted(person.pk for person in people)
        return cleaned


@admin.register(RoutingRule)
class RoutingRuleAdmin(ReferenceAdmin):
    form = RuleForm
    change_list_template = "admin/routing/rules.html"
    change_form_template = "admin/routing/rule.html"
    list_display = ("position", "title", "state", "when", "then", "valid_from", "valid_until")
    list_display_links = ("position", "title")
    list_filter = ("active", "office")
    list_select_related = ("category", "division", "office", "liaison_unit", "authority")
    search_fields = ("title", "words")
    autocomplete_fields = ("category", "division", "authority")
    fieldsets = (
        (None, {"fields": ("position", "title", "active")}),
        (_("If all of these hold"), {"fields": ("category", "division", "words", "urgency", "language")}),
        (
            _("The concern goes to"),
            {"fields": ("office", "liaison_unit", "pool", "over_form", "authority")},
        ),
        (
            _("Reason, shown with the suggestion"),
            {"fields": ("why_en", "why_zh_hant", "why_zh_hans")},
        ),
        (_("Since when and from where"), {"fields": ("valid_from", "valid_until", "source")}),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("try/", view(self.try_all), name="routing_routingrule_try"),
            path("<int:object_id>/try/", view(self.try_one), name="routing_routingrule_try_one"),
            *super().get_urls(),
        ]

    # --- the list ---------------------------------------------------------------------------
    @admin.display(description=_("State"))
    def state(self, rule: RoutingRule) -> str:
        if rule.off_why and rule.off_at:
            day = date_format(timezone.localtime(rule.off_at))
            return say("Switched itself off on %(day)s: %(why)s") % {"day": day, "why": why_off(rule)}
        if not rule.active:
            return say("off")
        gone = len(rule.pool) - working(rule.office_id).filter(pk__in=rule.pool).count() if rule.pool else 0
        if gone:
            words = ngettext(
                "on; %(gone)d of its people works there no more",
                "on; %(gone)d of its people work there no more",
                gone,
            )
            return words % {"gone": gone}
        return say("on")

    @admin.display(description=_("If"))
    def when(self, rule: RoutingRule) -> str:
        words = " / ".join(rule.phrases())
        parts = [rule.category, rule.division, f"“{words}”" if words else ""]
        parts += [rule.urgency and rule.get_urgency_display(), rule.language and rule.get_language_display()]
        return " · ".join(str(part) for part in parts if part)

    @admin.display(description=_("Goes to"))
    def then(self, rule: RoutingRule) -> str:
        return " · ".join(str(part) for part in (rule.office, rule.liaison_unit, rule.authority) if part)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        off = RoutingRule.objects.exclude(off_why="").count()
        if off and request.method == "GET":
            words = ngettext(
                "%(count)d rule has switched itself off. Change it, or leave it off.",
                "%(count)d rules have switched themselves off. Change them, or leave them off.",
                off,
            )
            messages.warning(request, words % {"count": off})
        return super().changelist_view(request, extra_context)

    # --- writing ----------------------------------------------------------------------------
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "liaison_unit":
            kwargs["queryset"] = LiaisonUnit.objects.select_related("office").order_by("office_id", "code")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: RoutingRule, form: ModelForm, change: bool) -> None:  # type: ignore[override]
        if obj.active:
            # Somebody has looked at it again.
            obj.off_why, obj.off_at, obj.told_at = "", None, None
        super().save_model(request, obj, form, change)

    # --- trying -----------------------------------------------------------------------------
    def try_all(self, request: HttpRequest) -> HttpResponse:
        return self._trial(request, None)

    def try_one(self, request: HttpRequest, object_id: int) -> HttpResponse:
        targets = ("office", "liaison_unit", "authority")
        found = RoutingRule.objects.select_related(*targets).filter(pk=object_id).first()
        if found is None:
            messages.warning(request, _("There is no such rule."))
            return redirect("admin:routing_routingrule_changelist")
        return self._trial(request, found)

    def _trial(self, request: HttpRequest, rule: RoutingRule | None) -> HttpResponse:
        if not self.has_view_permission(request, rule):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try on last year's cases"),
            "rule": rule,
            "most": MOST,
            "few": settings.SMALL_NUMBER,
            "opts": self.model._meta,
        }
        if request.method == "POST":
            # Written down first: what a trial tells may come of the words of cases.
            self._log_trial(request, rule)
            context |= _told(try_rules(rule))
        return TemplateResponse(request, "admin/routing/trial.html", context)

    def _log_trial(self, request: HttpRequest, rule: RoutingRule | None) -> None:
        LogEntry.objects.create(
            user_id=cast(int, request.user.pk),
            content_type=ContentType.objects.get_for_model(RoutingRule),
            object_id=str(rule.pk) if rule else None,
            object_repr=(str(rule) if rule else say("All rules that act today"))[:200],
            action_flag=CHANGE,
            change_message=f"Tried on last year's cases. Words: {rule.words if rule else '–'}",
        )


@admin.register(RetentionRun)
class RetentionRunAdmin(admin.ModelAdmin):
    """Runs come of the night and stay as its log; all that is done here is to read one, and to approve it."""

    list_display = ("__str__", "months", "state", "prepared_at", "approved_by", "approved_at", "done_at")
    list_select_related = ("rule", "approved_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("State"))
    def state(self, run: RetentionRun) -> str:
        if run.done_at:
            return say("carried out")
        return say("being carried out") if run.approved_at else say("waits for approval")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The references of a run, and the button that lets it be carried out; no column is ever typed."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        run = cast(RetentionRun | None, self.get_object(request, unquote(object_id)))
        if run is None:
            messages.warning(request, _("There is no such run."))
            return redirect("admin:cases_retentionrun_changelist")
        if request.method == "POST":
            if approve(run.pk, cast(User, request.user)):
                self.log_change(request, run, say("Approved."))
                messages.success(request, _("The run is approved and will be carried out."))
            else:
                messages.warning(request, _("Somebody has already approved this run."))
            return redirect("admin:cases_retentionrun_change", run.pk)
        items = run.items.select_related("case").only("how", "at", "run", "case__reference", "case__ended_at")
        context = {
            **self.admin_site.each_context(request),
            "title": str(run),
            "run": run,
            "items": list(items.order_by("pk")),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/cases/retention_run.html", context)


def _told(trial: Trial) -> dict[str, Any]:
    """What the page says of a trial: a number below the smallest that may be told is None, and its row left out."""

    def number(n: int) -> int | None:
        return n if n >= settings.SMALL_NUMBER else None

    shown = [(how, n) for how, n in trial.elsewhere.most_common() if number(n)]
    elsewhere = trial.elsewhere.total()
    return {
        "trial": trial,
        "fitted": number(trial.fitted),
        "office_kept": number(trial.office_kept),
        "elsewhere": number(elsewhere),
        "rows": shown,
        "left_out": elsewhere >= settings.SMALL_NUMBER and sum(n for _how, n in shown) < elsewhere,
    }
