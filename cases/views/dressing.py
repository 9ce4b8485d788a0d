"""Turning a move's form into one a person can fill: what a program gives as a code is a choice on a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Case as Case_
from django.db.models import Q, Value, When
from django.http import QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from cases.clocks import today
from cases.forms import MoveForm
from cases.forms.listed import categories, places
from cases.models import Case, Referral
from routing.models import Authority
from text.clean import UnusableText, clean_line
from text.fold import fold

#: A search of the directory shows so many at most.
FOUND_LIMIT = 30
#: Fields that hold authorities of the directory.
DIRECTORY = ("authorities", "to")


def dress(form: MoveForm, *, query: str = "", suggested: Iterable[dict[str, Any]] = ()) -> None:
    """Give the fields of ``form`` widgets and choices for a page. ``query`` searches the directory."""
    fields: dict[str, Any] = form.fields
    for name, field in fields.items():
        if name in DIRECTORY:
            _offer_authorities(form, name, field, query, list(suggested))
        elif name == "division":
            field.widget = forms.Select(choices=places(_as_it_stands(field)))
        elif name == "category":
            field.widget = forms.Select(choices=categories(_as_it_stands(field)))
        elif isinstance(field, forms.ModelMultipleChoiceField):
            _as_checkboxes(field)
        elif name == "referral":
            field.label_from_instance = referral_label
        elif name == "disclosed":
            field.widget = forms.CheckboxSelectMultiple(choices=field.choices)
    for name in ("disclosed", "annexes"):
        if name in fields and not list(fields[name].choices):
            fields[name].widget = forms.MultipleHiddenInput()
    if "lead" in fields:
        offered = fields["authorities"].widget.choices
        fields["lead"].widget = forms.Select(choices=[("", gettext("The first chosen")), *offered])


def referral_label(referral: Referral) -> str:
    """How a referral is called in a list: its number, if it has one, and the authority."""
    name = referral.authority.name_in(get_language())
    return f"{referral.number} – {name}" if referral.number else name


def _as_checkboxes(field: Any) -> None:
    if field.queryset.model is Referral:
        field.label_from_instance = referral_label
    else:
        field.label_from_instance = lambda row: row.name
    field.widget = forms.CheckboxSelectMultiple(choices=field.choices)


def _as_it_stands(field: forms.Field) -> str:
    """What leaving the field empty means, where it may be left empty."""
    return "" if field.required else gettext("As it stands")


# --- the directory ------------------------------------------------------------------------
def _offer_authorities(
    form: MoveForm, name: str, field: Any, query: str, suggested: list[dict[str, Any]]
) -> None:
    """What was suggested, what is already chosen, and what a search of the directory finds."""
    several = name == "authorities"
    reasons = {row["code"]: row["why"] for row in suggested}
    data: Any = form.data
    chosen = (data.getlist(name) if isinstance(data, QueryDict) else data.get(name)) or []
    codes = [*reasons, *([chosen] if isinstance(chosen, str) else chosen)]
    rows = {a.pk: a for a in Authority.objects.filter(pk__in=[c for c in codes if len(c) <= 40])}
    ordered = [rows[code] for code in dict.fromkeys(codes) if code in rows]
    ordered += [a for a in search_directory(query, form.case) if a.pk not in rows]
    choices = [(a.pk, a.name_in(get_language())) for a in ordered]
    widget = forms.CheckboxSelectMultiple if several else forms.RadioSelect
    field.widget = widget(choices=choices)
    field.option_hints = reasons
    field.help_text = _("Choose from what is suggested, or search the directory below.")


def search_directory(query: str, case: Case) -> list[Authority]:
    """Authorities that hold today and whose names hold every word, in any script; those of the place first."""
    try:
        words = fold(clean_line(query[:100])).split()
    except UnusableText:
        return []
    if not words:
        return []
    rows = Authority.objects.filter(Q(valid_until=None) | Q(valid_until__gte=today()))
    for word in words[:8]:
        rows = rows.filter(
            Q(name_en__icontains=word)
            | Q(name_zh_hans__contains=word)
            | Q(code__icontains=word)
            | Q(division__name_en__icontains=word)
            | Q(division__name_zh_hans__contains=word)
        )
    near = Case_(When(division__code__startswith=case.division_id[:2], then=Value(0)), default=Value(1))
    return list(rows.order_by(near, "division_id", "pk")[:FOUND_LIMIT])
