"""The one filter of cases, for the queue page and the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import OFFICE_ROLES, User
from cases.history import category_names
from cases.models import Case, CaseQuerySet
from cases.refusals import InputRefused
from cases.searching import holding
from cases.states import ENDED, OPEN, Priority, State, Waiting
from jobs.clock import this_moment
from routing.models import Category, Division, Office
from text.dates import HONG_KONG
from text.fields import CleanCharField
from text.reference import parse_reference

#: Orders that have an index. The first is the default.
ORDERINGS = ("due_on", "-due_on", "received_at", "-received_at", "updated_at", "-updated_at")
QUERY_LIMIT = 200
#: Parameters of a list that filter nothing.
PAGE_NAMES = {"ordering", "cursor", "size"}
API_NAMES = {"ordering", "cursor", "page_size", "format"}


class FoldedText(django_filters.CharFilter):
    field_class = CleanCharField

    def filter(self, qs: QuerySet[Case], value: str) -> QuerySet[Case]:
        """Cases that hold these words, whatever their script, width or case; or the one with this reference."""
        if not value:
            return qs
        reference = parse_reference(value)
        held = holding(value)
        return qs.filter(held | Q(reference=reference) if reference else held)


class CaseFilter(django_filters.FilterSet):
    """Filters of contracts.md. A person sees only what ``visible_to`` gives, before any of these."""

    state = django_filters.ChoiceFilter(
        label=_("Stage"),
        method="in_state",
        choices=[("open", _("All open")), ("ended", _("All ended")), *State.choices],
        empty_label=_("Any stage"),
    )
    office = django_filters.ModelChoiceFilter(
        label=_("Office"), queryset=Office.objects.all(), empty_label=_("Any office")
    )
    category = django_filters.ModelChoiceFilter(
        label=_("Category"),
        method="in_category",
        queryset=Category.objects.all(),
        empty_label=_("Any category"),
    )
    division = django_filters.ModelChoiceFilter(
        label=_("Place"),
        method="in_division",
        queryset=Division.objects.all(),
        empty_label=_("Any place"),
    )
    assignee = django_filters.CharFilter(label=_("Owner"), method="held_by", max_length=150)
    priority = django_filters.ChoiceFilter(
        label=_("Priority"), choices=Priority.choices, empty_label=_("Any priority")
    )
    waiting_for = django_filters.ChoiceFilter(
        label=_("Waiting for"), choices=Waiting.choices, empty_label=_("Anybody")
    )
    due_before = django_filters.DateFilter(label=_("Due before"), field_name="due_on", lookup_expr="lt")
    overdue = django_filters.ChoiceFilter(
        label=_("Overdue"), method="is_overdue", choices=[("yes", _("Only overdue"))], empty_label=_("All")
    )
    enquiry = django_filters.ChoiceFilter(
        label=_("Kind"),
        method="is_enquiry",
        choices=[("yes", _("Quick questions")), ("no", _("Concerns"))],
        empty_label=_("Questions and concerns"),
    )
    language = django_filters.ChoiceFilter(
        label=_("Language"), choices=settings.LANGUAGES, empty_label=_("Any language")
    )
    q = FoldedText(label=_("Text or reference"), max_length=QUERY_LIMIT)
    created_after = django_filters.IsoDateTimeFilter(
        label=_("Received after"), field_name="received_at", lookup_expr="gt"
    )
    created_before = django_filters.IsoDateTimeFilter(
        label=_("Received before"), field_name="received_at", lookup_expr="lt"
    )

    class Meta:
        model = Case
        fields: list[str] = []

    def in_state(self, qs: CaseQuerySet, name: str, value: str) -> QuerySet[Case]:
        named = {"open": OPEN, "ended": ENDED}
        return qs.filter(state__in=named[value]) if value in named else qs.filter(state=value)

    def in_category(self, qs: CaseQuerySet, name: str, value: Category) -> QuerySet[Case]:
        """A main category holds its subcategories."""
        held = [code for code, row in category_names().items() if value.pk in (code, row.parent_id)]
        return qs.filter(category__in=held)

    def in_division(self, qs: CaseQuerySet, name: str, value: Division) -> QuerySet[Case]:
        """A province holds its places; the digits of a code that are not zero are its prefix."""
        code = value.code
        prefix = code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code
        # Two ends of a range, which an index serves whatever the collation; "begins with" needs one of its own.
        return qs.filter(division__gte=prefix.ljust(6, "0"), division__lte=prefix.ljust(6, "9"))

    def held_by(self, qs: CaseQuerySet, name: str, value: str) -> QuerySet[Case]:
        """A user name, or ``nobody``, or ``me``."""
        if value == "nobody":
            return qs.filter(assignee=None)
        if value == "me" and self.request is not None:
            return qs.filter(assignee=self.request.user)
        return qs.filter(assignee__username=value)

    def is_overdue(self, qs: CaseQuerySet, name: str, value: str) -> QuerySet[Case]:
        """Past its date by our own fault: while a clock is paused nothing is overdue."""
        return qs.filter(overdue())

    def is_enquiry(self, qs: CaseQuerySet, name: str, value: str) -> QuerySet[Case]:
        return qs.filter(enquiry=value == "yes")

    # --- who reads it -----------------------------------------------------------------------
    @classmethod
    def strict(cls, params: Mapping[str, Any], queryset: QuerySet[Case], request: Any) -> CaseFilter:
        """For programs: an unknown filter or a wrong value raises ``InputRefused``."""
        unknown = set(params) - set(cls.base_filters) - API_NAMES
        if unknown:
            raise InputRefused({name: _("There is no such filter.") for name in sorted(unknown)[:20]})
        chosen = cls(params, queryset=queryset, request=request)
        if not chosen.is_valid():
            raise InputRefused({name: list(errors) for name, errors in chosen.form.errors.items()})
        return chosen

    @staticmethod
    def api_ordering(wanted: str | None) -> tuple[str, ...]:
        """The columns of an offered order with the id as tie-break; raises ``InputRefused`` for any other."""
        wanted = wanted or ORDERINGS[0]
        if wanted not in ORDERINGS:
            raise InputRefused({"ordering": _("There is no such order.")})
        return (wanted, "-id" if wanted.startswith("-") else "id")

    @classmethod
    def forgiving(cls, params: Mapping[str, str], queryset: QuerySet[Case], request: Any) -> Forgiven:
        """For pages: what cannot be used is left out and named, and the rest holds."""
        given = {name: value for name, value in params.items() if value}
        ignored = sorted(set(given) - set(cls.base_filters) - PAGE_NAMES)
        ordering = given.get("ordering", ORDERINGS[0])
        if ordering not in ORDERINGS:
            ordering, ignored = ORDERINGS[0], [*ignored, "ordering"]
        usable = {name: value for name, value in given.items() if name in cls.base_filters}
        chosen = cls(usable, queryset=queryset, request=request)
        errors = {name: [str(e) for e in found] for name, found in chosen.form.errors.items()}
        if errors:
            usable = {name: value for name, value in usable.items() if name not in errors}
            chosen = cls(usable, queryset=queryset, request=request)
        return Forgiven(chosen, ordering, ignored, errors)


class Forgiven:
    """A filter that can be used, with what was left out of it."""

    def __init__(
        self, chosen: CaseFilter, ordering: str, ignored: list[str], errors: dict[str, list[str]]
    ) -> None:
        self.chosen, self.ordering, self.ignored, self.errors = chosen, ordering, ignored, errors

    @property
    def rows(self) -> QuerySet[Case]:
        return self.chosen.qs

    def rows_among(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        """What the same filter finds among other cases."""
        found: QuerySet[Case] = self.chosen.filter_queryset(cases)
        return found

    @property
    def form(self) -> forms.Form:
        form: forms.Form = self.chosen.form
        return form


def overdue() -> Q:
    """What is past its day, or on its day past its hour."""
    now = this_moment().astimezone(HONG_KONG)
    past = Q(due_on__lt=now.date()) | Q(due_on=now.date(), due_time__lte=now.time())
    return past & Q(due_paused=False)


def due_later_today() -> Q:
    now = this_moment().astimezone(HONG_KONG)
    left = Q(due_time=None) | Q(due_time__gt=now.time())
    return left & Q(due_on=now.date(), due_paused=False)


def colleagues_of(user: User) -> QuerySet[User]:
    """People who may hold a case that this person sees: those of their office, or all for headquarters."""
    people = User.objects.filter(is_active=True, role__in=OFFICE_ROLES).order_by("name")
    return people.filter(office=user.office_id) if user.office_id else people
