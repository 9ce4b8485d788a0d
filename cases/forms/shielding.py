"""The form by which a business changes who may see who it is (moves.md section 5)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.move_form import MoveForm
from cases.models import Contact
from cases.states import Sharing
from text.fields import CleanCharField

#: The three choices as the business reads them, with what each means.
SHARING_CHOICES = [
    (Sharing.NAMED.value, _("You may tell the Mainland authority who I am, after asking me each time")),
    (Sharing.OFFICE_ONLY.value, _("Keep my identity inside the Hong Kong office")),
    (Sharing.ANONYMOUS.value, _("I do not want to give my name")),
]
SHARING_HINTS = {
    Sharing.NAMED: _("This helps where the authority must find your file."),
    Sharing.OFFICE_ONLY: _("We refer the problem without your name, company or documents that show them."),
    Sharing.ANONYMOUS: _("We may not be able to act on it if the facts alone are not enough."),
}


class SetSharing(MoveForm):
    title = _("Who may see who you are?")
    about = _(
        "To share less works at once; what an authority was already told stays told. To share more on a call, two "
        "officers must hear it."
    )
    button = _("Change who may see who you are")
    confirms = True
    sharing = forms.ChoiceField(
        label=_("Who may see who you are?"),
        choices=SHARING_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select who may see who you are")},
    )
    name = CleanCharField(label=_("Full name"), max_length=200, required=False)
    company = CleanCharField(label=_("Name of the company"), max_length=200, required=False)

    def settle(self) -> None:
        self.fields["sharing"].option_hints = SHARING_HINTS  # type: ignore[attr-defined]
        self.fields["sharing"].initial = self.case.sharing
        contact = Contact.objects.filter(case=self.case).only("name").first()
        if self.case.sharing != Sharing.ANONYMOUS or (contact and contact.name):
            # Only who never gave a name is asked for it.
            for field in ("name", "company"):
                self.fields[field].widget = forms.HiddenInput()
