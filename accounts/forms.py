"""The forms of signing in, in our own words. What they check is allauth's."""

from __future__ import annotations

import struct
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.account.forms import ReauthenticateForm as PasswordAgainForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
    SignupWebAuthnForm,
)
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import idle
from accounts.invitations import PASSWORD_RULE


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.fields["login"].label = _("User name")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        _no_placeholders(self)

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response: HttpResponse = super().login(request, redirect_url=redirect_url)
        if request.user.is_authenticated:
            # allauth has just made the session last as long as any other.
            idle.note_act(request.session)
        return response


class NewOwnPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Present password")
        self.fields["password1"].label = _("New password")
        self.fields["password1"].help_text = PASSWORD_RULE
        self.fields["password2"].label = _("New password again")
        _no_placeholders(self)


class SamePasswordForm(PasswordAgainForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        _no_placeholders(self)


class _CodeForm(forms.Form):
    """A code that a person reads off a telephone."""

    hint = _("Six digits from your authenticator app, or one of your recovery codes.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = _("Code")
        code.help_text = self.hint
        code.widget.attrs.update(autocomplete="one-time-code", inputmode="numeric", autocapitalize="none")
        code.widget.attrs.pop("placeholder", None)


class CodeForm(_CodeForm, AuthenticateForm):
    """The second step of signing in."""


class SameCodeForm(_CodeForm, ReauthenticateForm):
    """The same, before something that needs it once more."""


class FirstCodeForm(_CodeForm, ActivateTOTPForm):
    """Proof that the app has taken the secret."""

    hint = _("The six digits that the app shows now.")


class _KeyNameForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.label = _("Name of this passkey or key")
        name.help_text = _("So that you can tell several apart, for example: office computer.")
        name.max_length = 60  # type: ignore[attr-defined]


#: What reading a credential raises that no browser made.
UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error)


class _NewCredential(forms.Form):
    """What somebody sends as a new passkey may be anything at all."""

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean() or {}
        except UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None


class _ProvenCredential(forms.Form):
    """The same for the proof that somebody holds one."""

    def clean_credential(self) -> Authenticator:
        try:
            found: Authenticator = super().clean_credential()  # type: ignore[misc]
        except UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None
        return found


class ProveKeyForm(_ProvenCredential, AuthenticateWebAuthnForm):
    """The second step of signing in, by passkey."""


class KeySignInForm(_ProvenCredential, LoginWebAuthnForm):
    """Signing in with nothing but a passkey."""


class SameKeyForm(_ProvenCredential, ReauthenticateWebAuthnForm):
    """Before something that needs it once more."""


class NewKeyForm(_KeyNameForm, _NewCredential, SignupWebAuthnForm):
    """A passkey that becomes the first factor of its kind."""


class OneMoreKeyForm(_KeyNameForm, _NewCredential, AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Always one that can sign in by itself: the plain security key is asked for its PIN.
        self.fields.pop("passwordless", None)


class KeyNameForm(_KeyNameForm, EditWebAuthnForm):
    """Rename a passkey."""


def _no_placeholders(form: forms.Form) -> None:
    """The label says it, and stays when one types."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
