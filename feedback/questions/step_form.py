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


class _Boxes(forms.Field):
    """A date as typed into boxes, full-width figures too. An error about one box has its name as code."""

    #: The greatest number of a box, beside the year's.
    most = {"day": 31, "month": 12}
    default_error_messages = {
        "day": _("Day must be a number from 1 to 31"),
        "month": _("Month must be a number from 1 to 12"),
        "year": _("Year must have four figures, for example 2026"),
        "past": _("Year must be 1950 or later"),
    }

    def numbers(self, value: Any) -> dict[str, int] | None:
        """What each box says, None if all are empty. Raises ``ValidationError`` with every box that is wrong."""
        value = value if isinstance(value, dict) else {}
        boxes: tuple[str, ...] = self.widget.parts  # type: ignore[union-attr]
        typed = {box: digits(str(value.get(box, ""))).strip() for box in boxes}
        if not any(typed.values()):
            return None
        if empty := [box for box in boxes if not typed[box]]:
            raise self.error("whole", box=empty[0])
        wrong = []
        for box in boxes:
            if box == "year":
                if not re.fullmatch(r"\d{4}", typed[box]):
                    wrong.append(self.error("year", box=box))
                elif int(typed[box]) < 1950:
                    wrong.append(self.error("past", box=box))
            elif not re.fullmatch(r"\d{1,2}", typed[box]) or not 1 <= int(typed[box]) <= self.most[box]:
                wrong.append(self.error(box, box=box))
        if wrong:
            raise ValidationError(wrong)
        return {box: int(text) for box, text in typed.items()}

    def error(self, code: str, *, box: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=box)


class MonthField(_Boxes):
    """A month and year; gives "YYYY-MM" or empty."""

    widget = DateBoxes(parts=("month", "year"))
    default_error_messages = {
        "whole": _("Enter a month and a year"),
        "future": _("When it started must be in the past"),
    }

    def clean(self, value: Any) -> str:
        given = self.numbers(value)
        if given is None:
            return ""
        if date(**given, day=1) > today():
            raise self.error("future", box="future")
        return f"{given['year']:04d}-{given['month']:02d}"


class PastDayField(_Boxes):
    """A day that has come, in boxes that read the same in every language; a date or None."""

    widget = DateBoxes()
    default_error_messages = {
        "invalid": _("Enter a date that exists, like 22 11 2026"),
        "whole": _("Enter a day, a month and a year"),
        "future": _("The day must not be in the future."),
    }

    def clean(self, value: Any) -> date | None:
        given = self.numbers(value)
        if given is None:
            return None
        try:
            found = date(**given)
        except ValueError:  # the month is shorter
            raise self.error("invalid", box="day") from None
        if found > today():
            raise self.error("future", box="future")
        return found
