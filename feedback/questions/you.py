"""The questions about the person who writes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Language
from cases.forms.reaching import PHONE_COUNTRIES
from cases.forms.shielding import SHARING_CHOICES, SHARING_HINTS
from cases.models.reaching import UNREADABLE_NUMBER
from cases.states import Authorisation, FilerKind, Sharing
from feedback.questions.step_form import Doubt, PastDayField, StepForm, choice, line
from text.emails import probably_meant
from text.fields import AddressField
from text.phones import Phone, UnreadableNumber, read_phone


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
    on_behalf_of = line(
        _("Name of the client or member you write for"),
        200,
        missing=_("Enter the name of the client or member you write for"),
        attrs={"autocomplete": "off", "spellcheck": "false"},
    )
    authorisation = choice(
        _("What is your authority to write for them?"),
        Authorisation.choices,
        _("Select your authority to write for them"),
        help_text=_("You can add a copy under documents. The office may ask you for it"),
    )
    authorised_on = PastDayField(label=_("Date of the authority"), required=False)
    sector = line(_("Line of business"), 200, help_text=_("For example toys, logistics or catering"))

    def settle(self) -> None:
        if self.answers.get("sharing", {}).get("sharing") == Sharing.ANONYMOUS:
            for name in ("name", "company", "registration_no", "on_behalf_of"):
                del self.fields[name]
        if self.answers.get("for-whom", {}).get("for_whom", "own") == "own":
            for name in ("on_behalf_of", "authorisation", "authorised_on"):
                self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        wanted = cleaned.get("kind") == FilerKind.ENTERPRISE and "company" in self.fields
        if wanted and not cleaned.get("company") and "company" not in self.errors:
            self.add_error("company", _("Enter the name of the company"))
        return cleaned


class ContactStep(StepForm):
    section = _("You")
    heading = _("How can we reach you?")
    needed_sometimes = ("phone_country",)
    hint = _("You can leave both empty: then you follow your concern with the tracking code only")
    email = AddressField(
        label=_("E-mail address"),
        required=False,
        help_text=_("We send only the news that there is an update, never its content"),
    )
    phone_country = forms.ChoiceField(
        label=_("Country or region of the phone number"),
        choices=PHONE_COUNTRIES,
        required=False,
        widget=forms.Select,
        error_messages={"invalid_choice": _("Select a country or region")},
    )
    phone = line(
        _("Phone number"),
        50,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("Write it as you like. Of another country begin with + and its code"),
    )
    language = choice(_("In which language should we write to you?"), [], _("Select a language"))
    notify = forms.BooleanField(label=_("Send me an e-mail when there is an update"), required=False)

    def settle(self) -> None:
        self.fields["language"].choices = Language.choices  # type: ignore[attr-defined]
        self.fields["language"].initial = get_language()
        self.fields["notify"].initial = True
        if self.answers.get("sharing", {}).get("sharing") == Sharing.ANONYMOUS:
            del self.fields["phone"], self.fields["phone_country"]

    def clean(self) -> dict[str, Any]:
        """The number stays as it was typed; ``phone_e164`` is what it means."""
        cleaned = super().clean() or {}
        number = self._number()
        if cleaned.get("phone") and number is None:
            self.add_error("phone", ValidationError(UNREADABLE_NUMBER, code="invalid"))
        cleaned["phone_e164"] = number.e164 if number else ""
        return cleaned

    def doubts(self) -> list[Doubt]:
        found, number = email_doubts(self.cleaned_data["email"]), self._number()
        if number is not None and not number.sure:
            question = gettext("Is this number %(number)s?") % {"number": number.shown}
            advice = gettext(
                "If not, choose its country or region, or begin the number with + and the code of the country."
            )
            found.append(Doubt("phone", self.cleaned_data["phone"], question, advice))
        return found

    def _number(self) -> Phone | None:
        typed = self.cleaned_data.get("phone")
        try:
            return read_phone(typed, self.cleaned_data.get("phone_country") or "HK") if typed else None
        except UnreadableNumber:
            return None


def email_doubts(address: str) -> list[Doubt]:
    """Whether a better known domain was meant; nothing to ask about most addresses."""
    better = probably_meant(address) if address else None
    if not better:
        return []
    return [Doubt("email", address, gettext("Did you mean %(better)s?") % {"better": better}, better=better)]
