"""The questions about the problem."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cases.letters.traces import numbers_in
from cases.states import Proceedings
from feedback.questions.step_form import EMPTY, MonthField, StepForm, choice, line
from routing.kept import kept
from routing.models import Category, Division
from text.fields import CleanCharField


class ForWhom(StepForm):
    section = _("Before the problem itself")
    for_whom = choice(
        _("Who are you contacting us for?"),
        [
            ("own", _("My own company, or myself")),
            ("client", _("A client")),
            ("member", _("A member of our chamber or association")),
        ],
        _("Select who you are contacting us for"),
    )


class Where(StepForm):
    section = _("About the problem")
    heading = _("Where in the Mainland is the problem?")
    needed_sometimes = ("city",)
    province = choice(_("Province or municipality"), EMPTY, _("Select a province"), widget=forms.Select)
    city = forms.ChoiceField(
        label=_("City"),
        help_text=_("Not needed for Beijing, Tianjin, Shanghai and Chongqing"),
        required=False,
        widget=forms.Select,
        error_messages={"invalid_choice": _("Select a city")},
    )

    def settle(self) -> None:
        language = get_language()
        rows = provinces()
        self.fields["province"].choices = [  # type: ignore[attr-defined]
            *EMPTY,
            *((p.code, p.name_in(language)) for p in rows),
        ]
        cities: dict[str, list[tuple[str, str]]] = {}
        for place in _cities():
            cities.setdefault(place.province_code, []).append((place.code, place.name_in(language)))
        self.fields["city"].choices = [  # type: ignore[attr-defined]
            *EMPTY,
            *((p.name_in(language), cities[p.code]) for p in rows if p.code in cities),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        province, city = cleaned.get("province"), cleaned.get("city")
        if not province or "city" in self.errors:
            return cleaned
        municipality = any(p.code == province and p.is_municipality for p in provinces())
        if city and city[:2] != province[:2]:
            self.add_error("city", _("The city is not in the province you selected. Change one of them"))
        elif not city and not municipality:
            self.add_error("city", _("Select a city"))
        cleaned["division"] = city or province
        return cleaned


@kept
def provinces() -> list[Division]:
    return list(Division.objects.filter(level=Division.Level.PROVINCE))


@kept
def _cities() -> list[Division]:
    levels = [Division.Level.PREFECTURE, Division.Level.DIRECT]
    return list(Division.objects.filter(level__in=levels))


class Subject(StepForm):
    """The main subject; the exact one is asked next, on the same step."""

    section = _("About the problem")
    main = choice(_("What is it mainly about?"), [], _("Select what it is mainly about"))

    def settle(self) -> None:
        language = get_language()
        field = self.fields["main"]
        rows = main_categories()
        field.choices = [(c.code, c.name_in(language)) for c in rows]  # type: ignore[attr-defined]
        field.option_hints = {c.code: c.description_in(language) for c in rows}  # type: ignore[attr-defined]


class ExactSubject(StepForm):
    section = _("About the problem")
    category = choice(_("Which of these is closest?"), [], _("Select the closest one"))
    main = forms.CharField(widget=forms.HiddenInput, required=False)
    #: Tells this page from the one before, which asks for the main subject under the same address.
    exact = forms.CharField(widget=forms.HiddenInput, required=False, initial="1")

    def settle(self) -> None:
        language = get_language()
        main = self.data.get("main") or self.answers.get("category", {}).get("main") or ""
        rows = [c for c in categories() if c.parent_id == main]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            (c.code, c.name_in(language)) for c in rows
        ]
        self.fields["main"].initial = main


@kept
def categories() -> list[Category]:
    return list(Category.objects.order_by("position"))


def main_categories() -> list[Category]:
    return [row for row in categories() if row.parent_id is None]


class WhatHappened(StepForm):
    section = _("About the problem")
    text = CleanCharField(
        label=_("Describe what happened"),
        help_text=_("Include what you were told and by whom. Do not include ID card or bank numbers"),
        max_length=4000,
        multiline=True,
        error_messages={"required": _("Describe what happened")},
    )

    def has_numbers(self) -> bool:
        """Whether the text seems to hold the number of an identity document or an account."""
        return holds_numbers(self.cleaned_data["text"])


def holds_numbers(text: str) -> bool:
    return bool(set(numbers_in(text)) & {"hkid", "mainland_id", "account"})


class When(StepForm):
    section = _("About the problem")
    heading = _("When did it start?")
    needed_sometimes = ("started", "unsure")
    started = MonthField(
        label=_("Month and year"),
        help_text=_("For example 9 2026. An approximate date will do"),
        required=False,
    )
    unsure = forms.BooleanField(label=_("I am not sure"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("started") and not cleaned.get("unsure"):
            self.add_error("started", _("Enter when it started, or select “I am not sure”"))
        if cleaned.get("unsure"):
            cleaned["started"] = ""
        return cleaned


class AuthorityNamed(StepForm):
    section = _("About the problem")
    heading = _("Which Mainland authority or body is involved?")
    authority = line(_("Name of the authority or body"), 300)
    unknown = forms.BooleanField(label=_("I do not know"), required=False)


class CourtProceedings(StepForm):
    section = _("About the problem")
    proceedings = choice(
        _("Is the matter before a court or another body?"),
        [
            (Proceedings.NONE, pgettext_lazy("court proceedings", "No")),
            (Proceedings.COURT, _("Yes, before a court")),
            (Proceedings.ARBITRATION, _("Yes, in arbitration")),
            (Proceedings.RECONSIDERATION, _("Yes, in administrative reconsideration")),
        ],
        _("Select whether the matter is before a court or another body"),
        help_text=_("We cannot refer a matter to an authority while a court or an arbitrator deals with it"),
    )


RAISED_BEFORE = [
    ("yes", pgettext_lazy("raised before", "Yes")),
    ("no", pgettext_lazy("raised before", "No")),
]


class Wanted(StepForm):
    section = _("About the problem")
    heading = _("What would you like to happen?")
    wanted = CleanCharField(label=_("What would help you"), max_length=1000, multiline=True, required=False)
    raised_before = forms.ChoiceField(
        label=_("Have you raised this with anybody before?"),
        choices=RAISED_BEFORE,
        widget=forms.RadioSelect,
        required=False,
    )


class Evidence(StepForm):
    """One document at a time. The view keeps it as soon as it comes, so the form itself holds none."""

    section = _("Documents")
    heading = _("Add documents")

    def settle(self) -> None:
        # Not a class attribute: Django's forms have one of this name.
        self.fields["files"] = forms.FileField(label=_("Choose a document"), required=False)
