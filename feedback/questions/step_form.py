"""What the questions share: keeping what was typed, and fields used by several."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.clocks import today
from look.widgets import DateBoxes
from text.fields import CleanCharField
from text.fold import digits

EMPTY = [("", _("Choose one"))]


@dataclass(frozen=True)
class Doubt:
    """Something typed that is probably a slip. It is asked about once; whoever goes on keeps what was typed.

    ``better`` is what the field would hold instead, empty where only the person can know.
    """

    field: str
    typed: str
    question: str
    advice: str = ""
    better: str = ""


class StepForm(forms.Form):
    """A step. ``heading`` is the h1 of a page with several questions; with one, its label is the h1."""

    section: Any = ""
    heading: Any = ""
    hint: Any = ""
    #: Fields that other answers make necessary: they are not called optional.
    needed_sometimes: tuple[str, ...] = ()

    def __init__(self, *args: Any, answers: dict[str, Any] | None = None, **kwargs: Any) -> None:
        #: Everything typed so far, by step: what one step asks may depend on another.
        self.answers = answers or {}
        super().__init__(*args, **kwargs)
        self.settle()

    def settle(self) -> None:
        """Fill choices that depend on the language or on other answers."""

    def doubts(self) -> list[Doubt]:
        """What a valid form should be asked about before it is kept as answered."""
        return []

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


def choice(label: Any, choices: Any, missing: Any, **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=kwargs.pop("widget", forms.RadioSelect),
        error_messages={"required": missing, "invalid_choice": missing},
        **kwargs,
    )


def line(label: Any, limit: int, *, missing: Any = "", **kwargs: Any) -> CleanCharField:
    attrs = kwargs.pop("attrs", {})
    return CleanCharField(
        label=label,
        max_length=limit,
        required=bool(missing),
        error_messages={"required": missing} if missing else {},
        widget=kwargs.pop("widget", forms.TextInput(attrs=attrs)),
        **kwargs,
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
        """The code of an error about one box is the name of that box."""
        value = value if isinstance(value, dict) else {}
        month, year = (digits(str(value.get(part, ""))).strip() for part in ("month", "year"))
        if not month and not year:
            return ""
        if not month or not year:
            raise self._error("both", box="year" if month else "month")
        wrong = []
        if not re.fullmatch(r"\d{1,2}", month) or not 1 <= int(month) <= 12:
            wrong.append(self._error("month", box="month"))
        if not re.fullmatch(r"\d{4}", year):
            wrong.append(self._error("year", box="year"))
        elif int(year) < 1950:
            wrong.append(self._error("past", box="year"))
        if wrong:
            raise ValidationError(wrong)
        if date(int(year), int(month), 1) > today():
            raise self._error("future", box="future")
        return f"{int(year):04d}-{int(month):02d}"

    def _error(self, code: str, *, box: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=box)


class PastDayField(forms.Field):
    """A day that has come, as typed into three boxes, which read the same in every language; a date or None."""

    widget = DateBoxes()
    default_error_messages = {
        "invalid": _("Enter a date that exists, like 22 11 2026"),
        "whole": _("Enter a day, a month and a year"),
        "future": _("The day must not be in the future."),
    }

    def clean(self, value: Any) -> date | None:
        value = value if isinstance(value, dict) else {}
        day, month, year = (digits(str(value.get(part, ""))).strip() for part in ("day", "month", "year"))
        if not (day or month or year):
            return None
        for part, typed in (("day", day), ("month", month), ("year", year)):
            if not typed:
                raise ValidationError(self.error_messages["whole"], code=part)
        try:
            found = date(*(int(typed) for typed in (year, month, day) if re.fullmatch(r"\d{1,4}", typed)))
        except (TypeError, ValueError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        if found.year < 1950:
            raise ValidationError(self.error_messages["invalid"], code="year")
        if found > today():
            raise ValidationError(self.error_messages["future"], code="future")
        return found
