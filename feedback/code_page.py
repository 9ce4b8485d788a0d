"""What every page that takes a mailed code has in common: the field, and what is said of a code that is not right."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from feedback.mail_codes import Verdict, try_code
from text.fields import AddressField, CleanCharField
from text.reference import parse_mail_code

SAID = {
    Verdict.WRONG: _("This is not the code of the mail. Check it and type it again."),
    Verdict.REPLACED: _("A newer code was sent after this one. Type in the code of the newest mail."),
    Verdict.OVER: _("This code is over: a code works for 10 minutes. Ask for another one."),
    Verdict.USED: _("This code has been used: a code works once. Ask for another one."),
    Verdict.TOO_OFTEN: _("Too many wrong codes. Wait 30 seconds and ask for another one."),
}
TOO_MANY_REQUESTS = 429


class MailCodeForm(forms.Form):
    """The code as a person may write it; cleaned to its six digits."""

    code = CleanCharField(
        label=_("Code from the mail"),
        help_text=_("6 digits"),
        max_length=100,
        error_messages={"required": _("Enter the code from the mail")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "spellcheck": "false", "inputmode": "numeric"}
        ),
    )

    def clean_code(self) -> str:
        code = parse_mail_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("Check the code: it has 6 digits"))
        return code


class AddressForm(forms.Form):
    """An address to which a code is sent."""

    email = AddressField(
        label=_("E-mail address"), error_messages={"required": _("Enter your e-mail address")}
    )


def tried(request: HttpRequest, purpose: str) -> tuple[MailCodeForm, int]:
    """The form that was sent, and the status of the page that shows it again; 200 means that the code is right."""
    form = MailCodeForm(request.POST)
    if not form.is_valid():
        return form, 422
    verdict = try_code(request.session, purpose, form.cleaned_data["code"])
    if verdict == Verdict.RIGHT:
        return form, 200
    form.add_error("code", SAID[verdict])
    return form, TOO_MANY_REQUESTS if verdict == Verdict.TOO_OFTEN else 422
