"""The questions about the person who writes."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Language
from cases.forms.shielding import SHARING_CHOICES, SHARING_HINTS
from cases.states import FilerKind, Sharing
from feedback.questions.step_form import StepForm, choice, line
from text.fold import digits


class SharingStep(StepForm):
    section = _("You")
    sharing = choice(
        _("Who may see who you are?"),
        SHARING_CHOICES,
        _("Select who may see who you are"),
        help_text=_("You can choose to share less at any time"),
    )

    def settle(self) -> None:
        self.fields["sharing"].option_hints = SHARING_HINTS  # type: ignore[attr-defined]


class AboutYou(StepForm):
    section = _("You")
    heading = _("About you")
    needed_sometimes = ("company",)
    kind = choice(
        _("Are you writing for an enterprise or as an individual?"),
        FilerKind.choices,
        _("Select whether you write for an enterprise or as an individual"),
    )
    name = line(
        _("Full name"),
        200,
        missing=_("Enter your full name"),
        attrs={"autocomplete": "name", "spellcheck": "false"},
    )
    company = line(
        _("Name of the company"),
        200,
        help_text=_("Needed if you write for an enterprise"),
        attrs={"autocomplete": "organization", "spellcheck": "false"},
    )
    registration_no = line(
        _("Hong Kong business registration number"), 50, attrs={"autocomplete": "off", "spellcheck": "false"}
    )
    on_behalf_of = line(_("Name of the client or member you write for"), 200)
    sector = line(_("Line of business"), 200, help_text=_("For example toys, logistics or catering"))

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
    email = line(
        _("E-mail address"),
        254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        help_text=_("We send only the news that there is an update, never its content"),
    )
    phone = line(
        _("Phone number"),
        50,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("With the area code if it is not a Hong Kong number"),
    )
    language = choice(_("In which language should we write to you?"), [], _("Select a language"))
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
