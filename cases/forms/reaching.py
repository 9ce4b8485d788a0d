"""The form by which a business changes how we reach it, and the questions it shares with filing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Language
from cases.forms.move_form import MoveForm
from cases.models import Contact, Reader
from cases.states import Sharing
from text.emails import masked
from text.fields import AddressField, CleanCharField

PHONE_COUNTRIES = [
    ("HK", _("Hong Kong (+852)")),
    ("CN", _("Mainland (+86)")),
    ("MO", _("Macao (+853)")),
    ("other", _("Another country or region")),
]


class SetContact(MoveForm):
    title = _("How can we reach you?")
    about = _("What is left empty stays as it is. A new e-mail address gets news once it was confirmed.")
    button = _("Change how we reach the business")
    email = AddressField(label=_("New e-mail address"), required=False)
    phone_country = forms.ChoiceField(
        label=_("Country or region of the phone number"),
        choices=PHONE_COUNTRIES,
        required=False,
        error_messages={"invalid_choice": _("Select a country or region")},
    )
    phone = CleanCharField(
        label=_("New phone number"),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    language = forms.ChoiceField(label=_("In which language should we write to you?"), required=False)
    notify = forms.ChoiceField(
        label=_("E-mail when there is an update"),
        choices=[("on", _("Yes")), ("off", _("No"))],
        required=False,
    )
    forget = forms.MultipleChoiceField(
        label=_("What we should no longer hold"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def settle(self) -> None:
        contact = Contact.objects.filter(case=self.case).first() or Contact()
        held = [("email", _("My e-mail address"))] if contact.email else []
        if contact.email:
            self.fields["email"].help_text = _("Now: %(address)s") % {"address": masked(contact.email)}
        if self.case.sharing == Sharing.ANONYMOUS:
            del self.fields["phone"], self.fields["phone_country"]
        elif contact.phone:
            held.append(("phone", _("My phone number")))
            self.fields["phone"].help_text = _("Now: a number that ends in %(figures)s") % {
                "figures": contact.phone[-2:]
            }
        self.fields["language"].choices = Language.choices  # type: ignore[attr-defined]
        self.fields["language"].initial = self.case.language
        self.fields["notify"].initial = "on" if contact.notify else "off"
        if held:
            self.fields["forget"].choices = held  # type: ignore[attr-defined]
        else:
            del self.fields["forget"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("email", "phone"):
            if name in (cleaned.get("forget") or []) and cleaned.get(name):
                self.add_error("forget", _("Enter a new one or have it removed, not both"))
        return cleaned

    def inputs(self) -> dict[str, Any]:
        given = super().inputs()
        given["forget"] = tuple(given.get("forget", ()))
        return given


class InviteReader(MoveForm):
    title = _("Let somebody read this concern")
    about = _("We tell them by e-mail. They can read it and do nothing else, until the business ends it.")
    button = _("Send the invitation")
    email = AddressField(
        label=_("E-mail address"),
        autocomplete="off",
        error_messages={"required": _("Enter an e-mail address")},
    )


class RemoveReader(MoveForm):
    title = _("End that somebody can read it")
    about = _("Their page closes at once.")
    button = _("End it")
    reader = forms.ModelChoiceField(
        Reader.objects.none(),
        label=_("For whom?"),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Select for whom it is to end"),
            "invalid_choice": _("Select for whom it is to end"),
        },
    )

    def settle(self) -> None:
        field: Any = self.fields["reader"]
        field.queryset = Reader.objects.filter(case=self.case.pk, ended_at=None).order_by("pk")
        field.label_from_instance = lambda row: masked(row.email)
