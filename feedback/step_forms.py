"""One small form a question. Labels are the questions themselves; what is typed is kept even when it is refused."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Language
from cases.clocks import today
from cases.letters.traces import numbers_in
from cases.states import FilerKind, Proceedings, Sharing
from look.widgets import DateBoxes
from routing.kept import kept
from routing.models import Category, Division
from text.fields import CleanCharField
from text.fold import digits

EMPTY = [("", _("Choose one"))]


class StepForm(forms.Form):
    """A step. ``heading`` is the h1 of a page with several questions; with one, its label is the h1."""

    section: Any = ""
    heading: Any = ""
    hint: Any = ""

    def __init__(self, *args: Any, answers: dict[str, Any] | None = None, **kwargs: Any) -> None:
        #: Everything typed so far, by step: what one step asks may depend on another.
        self.answers = answers or {}
        super().__init__(*args, **kwargs)
        self.settle()

    def settle(self) -> None:
        """Fill choices that depend on the language or on other answers."""

    def typed(self) -> dict[str, Any]:
        """What was typed into this step, for keeping: JSON, also when it is not valid."""
        kept_values = {}
        for name, field in self.fields.items():
            value = field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            if isinstance(value, str):
                # Half characters cannot be stored; the field says so when it is cleaned.
                value = value.encode("utf-8", "replace").decode().replace("\x00", "")
            kept_values[name] = value
        return kept_values


def _choice(label: Any, choices: Any, missing: Any, **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=kwargs.pop("widget", forms.RadioSelect),
        error_messages={"required": missing, "invalid_choice": missing},
        **kwargs,
    )


def _line(label: Any, limit: int, *, missing: Any = "", **kwargs: Any) -> CleanCharField:
    attrs = kwargs.pop("attrs", {})
    return CleanCharField(
        label=label,
        max_length=limit,
        required=bool(missing),
        error_messages={"required": missing} if missing else {},
        widget=kwargs.pop("widget", forms.TextInput(attrs=attrs)),
        **kwargs,
    )


class ForWhom(StepForm):
    section = _("Before the problem itself")
    for_whom = _choice(
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
    province = _choice(_("Province or municipality"), EMPTY, _("Select a province"), widget=forms.Select)
    city = forms.ChoiceField(
        label=_("City"),
        help_text=_("Not needed for Beijing, Tianjin, Shanghai and Chongqing"),
        required=False,
        widget=forms.Select,
        error_messages={"invalid_choice": _("Select a city")},
    )

    def settle(self) -> None:
        language = get_language()
        provinces = _provinces()
        self.fields["province"].choices = [  # type: ignore[attr-defined]
            *EMPTY,
            *((p.code, p.name_in(language)) for p in provinces),
        ]
        cities: dict[str, list[tuple[str, str]]] = {}
        for place in _cities():
            cities.setdefault(place.province_code, []).append((place.code, place.name_in(language)))
        self.fields["city"].choices = [  # type: ignore[attr-defined]
            *EMPTY,
            *((p.name_in(language), cities[p.code]) for p in provinces if p.code in cities),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        province, city = cleaned.get("province"), cleaned.get("city")
        if not province or "city" in self.errors:
            return cleaned
        municipality = any(p.code == province and p.is_municipality for p in _provinces())
        if city and city[:2] != province[:2]:
            self.add_error("city", _("The city is not in the province you selected. Change one of them"))
        elif not city and not municipality:
            self.add_error("city", _("Select a city"))
        cleaned["division"] = city or province
        return cleaned


@kept
def _provinces() -> list[Division]:
    return list(Division.objects.filter(level=Division.Level.PROVINCE))


@kept
def _cities() -> list[Division]:
    levels = [Division.Level.PREFECTURE, Division.Level.DIRECT]
    return list(Division.objects.filter(level__in=levels))


class Subject(StepForm):
    """The main subject; the exact one is asked next, on the same step."""

    section = _("About the problem")
    main = _choice(_("What is it mainly about?"), [], _("Select what it is mainly about"))

    def settle(self) -> None:
        language = get_language()
        field = self.fields["main"]
        rows = [c for c in _categories() if c.parent_id is None]
        field.choices = [(c.code, c.name_in(language)) for c in rows]  # type: ignore[attr-defined]
        field.option_hints = {c.code: c.description_in(language) for c in rows}  # type: ignore[attr-defined]


class ExactSubject(StepForm):
    section = _("About the problem")
    category = _choice(_("Which of these is closest?"), [], _("Select the closest one"))
    main = forms.CharField(widget=forms.HiddenInput, required=False)
    #: Tells this page from the one before, which asks for the main subject under the same address.
    exact = forms.CharField(widget=forms.HiddenInput, required=False, initial="1")

    def settle(self) -> None:
        language = get_language()
        main = self.data.get("main") or self.answers.get("category", {}).get("main") or ""
        rows = [c for c in _categories() if c.parent_id == main]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            (c.code, c.name_in(language)) for c in rows
        ]
        self.fields["main"].initial = main


@kept
def _categories() -> list[Category]:
    return list(Category.objects.order_by("position"))


class WhatHappened(StepForm):
    section = _("About the problem")
    text = CleanCharField(
        label=_("Describe what happened"),
        help_text=_("Include what you were told and by whom. Do not include ID card or bank numbers"),
        max_length=4000,
        multiline=True,
        error_messages={"required": _("Describe what happened")},
    )
    #: Set by the button that goes on although the text has numbers that look like an identity document's.
    keep_numbers = forms.CharField(widget=forms.HiddenInput, required=False)

    def has_numbers(self) -> bool:
        """Whether the text seems to hold an identity document's or account's number that nobody said to keep."""
        text = self.cleaned_data.get("text", "")
        return not self.cleaned_data.get("keep_numbers") and bool(
            set(numbers_in(text)) & {"hkid", "mainland_id", "account"}
        )


class MonthField(forms.Field):
    """A month and year as typed into two boxes, full-width figures too; gives "YYYY-MM" or empty."""

    widget = DateBoxes(parts=("month", "year"))
    default_error_messages = {
        "month": _("Month must be a number from 1 to 12"),
        "year": _("Year must have four figures, for example 2026"),
        "both": _("Enter a month and a year"),
        "future": _("When it started must be in the past"),
        "past": _("Year must be 1950 or later"),
    }

    def clean(self, value: Any) -> str:
        value = value if isinstance(value, dict) else {}
        month, year = (digits(str(value.get(part, ""))).strip() for part in ("month", "year"))
        if not month and not year:
            return ""
        if not month or not year:
            self._fail("both")
        if not re.fullmatch(r"\d{1,2}", month) or not 1 <= int(month) <= 12:
            self._fail("month")
        if not re.fullmatch(r"\d{4}", year):
            self._fail("year")
        if int(year) < 1950:
            self._fail("past")
        if date(int(year), int(month), 1) > today():
            self._fail("future")
        return f"{int(year):04d}-{int(month):02d}"

    def _fail(self, code: str) -> None:
        raise ValidationError(self.error_messages[code], code=code)


class When(StepForm):
    section = _("About the problem")
    heading = _("When did it start?")
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
    authority = _line(_("Name of the authority or body"), 300)
    unknown = forms.BooleanField(label=_("I do not know"), required=False)


class CourtProceedings(StepForm):
    section = _("About the problem")
    proceedings = _choice(
        _("Is the matter before a court or another body?"),
        [
            (Proceedings.NONE, _("No")),
            (Proceedings.COURT, _("Yes, before a court")),
            (Proceedings.ARBITRATION, _("Yes, in arbitration")),
            (Proceedings.RECONSIDERATION, _("Yes, in administrative reconsideration")),
        ],
        _("Select whether the matter is before a court or another body"),
        help_text=_("We cannot refer a matter to an authority while a court or an arbitrator deals with it"),
    )


class Wanted(StepForm):
    section = _("About the problem")
    heading = _("What would you like to happen?")
    wanted = CleanCharField(label=_("What would help you"), max_length=1000, multiline=True, required=False)
    raised_before = forms.ChoiceField(
        label=_("Have you raised this with anybody before?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
        required=False,
    )


class Evidence(StepForm):
    """Files are kept by the view; here is only whether another one follows."""

    section = _("Documents")
    heading = _("Add documents")


class SharingStep(StepForm):
    section = _("You")
    sharing = _choice(
        _("Who may see who you are?"),
        [
            (Sharing.NAMED, _("You may tell the Mainland authority who I am, after asking me each time")),
            (Sharing.OFFICE_ONLY, _("Keep my identity inside the Hong Kong office")),
            (Sharing.ANONYMOUS, _("I do not want to give my name")),
        ],
        _("Select who may see who you are"),
        help_text=_("You can choose to share less at any time"),
    )

    def settle(self) -> None:
        self.fields["sharing"].option_hints = {  # type: ignore[attr-defined]
            Sharing.NAMED: _("This helps where the authority must find your file."),
            Sharing.OFFICE_ONLY: _(
                "We refer the problem without your name, company or documents that show them."
            ),
            Sharing.ANONYMOUS: _("We may not be able to act on it if the facts alone are not enough."),
        }


class AboutYou(StepForm):
    section = _("You")
    heading = _("About you")
    kind = _choice(
        _("Are you writing for an enterprise or as an individual?"),
        FilerKind.choices,
        _("Select whether you write for an enterprise or as an individual"),
    )
    name = _line(
        _("Full name"),
        200,
        missing=_("Enter your full name"),
        attrs={"autocomplete": "name", "spellcheck": "false"},
    )
    company = _line(
        _("Name of the company"), 200, attrs={"autocomplete": "organization", "spellcheck": "false"}
    )
    registration_no = _line(
        _("Hong Kong business registration number"), 50, attrs={"autocomplete": "off", "spellcheck": "false"}
    )
    on_behalf_of = _line(_("Name of the client or member you write for"), 200)
    sector = _line(_("Line of business"), 200, help_text=_("For example toys, logistics or catering"))

    def settle(self) -> None:
        if self.answers.get("sharing", {}).get("sharing") == Sharing.ANONYMOUS:
            for name in ("name", "company", "registration_no", "on_behalf_of"):
                del self.fields[name]
        elif self.answers.get("for-whom", {}).get("for_whom") == "own":
            del self.fields["on_behalf_of"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        wanted = cleaned.get("kind") == FilerKind.ENTERPRISE and "company" in self.fields
        if wanted and not cleaned.get("company") and "company" not in self.errors:
            self.add_error("company", _("Enter the name of the company"))
        return cleaned


class ContactStep(StepForm):
    section = _("You")
    heading = _("How can we reach you?")
    hint = _("You can leave both empty: then you follow your concern with the tracking code only")
    email = _line(
        _("E-mail address"),
        254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        help_text=_("We send only the news that there is an update, never its content"),
    )
    phone = _line(
        _("Phone number"),
        50,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("With the area code if it is not a Hong Kong number"),
    )
    language = _choice(_("In which language should we write to you?"), [], _("Select a language"))
    notify = forms.BooleanField(label=_("Send me an e-mail when there is an update"), required=False)

    def settle(self) -> None:
        self.fields["language"].choices = Language.choices  # type: ignore[attr-defined]
        self.fields["language"].initial = get_language()
        self.fields["notify"].initial = True
        if self.answers.get("sharing", {}).get("sharing") == Sharing.ANONYMOUS:
            del self.fields["phone"]

    def clean_email(self) -> str:
        address = unicodedata.normalize("NFKC", self.cleaned_data["email"] or "").strip()
        if address:
            try:
                validate_email(address)
            except ValidationError:
                message = _("Enter an e-mail address in the correct format, like name@example.com")
                raise ValidationError(message, code="invalid") from None
        return address

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"] or ""
        if typed and not 5 <= len(re.sub(r"\D", "", digits(typed))) <= 20:
            raise ValidationError(
                _("Enter a phone number, like 2345 6789 or +86 20 1234 5678"), code="invalid"
            )
        return typed
