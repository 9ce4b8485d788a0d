"""A link with which a person sets their password: it works once, for 72 hours, and only while the account is open."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.models import AccountEvent, User


class _Links(PasswordResetTokenGenerator):
    """Django's: the link dies with the password it replaces, and after ``PASSWORD_RESET_TIMEOUT`` seconds."""

    key_salt = "accounts.invitations"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        """Also dies when the person is signed out everywhere, suspended or given another role."""
        return f"{super()._make_hash_value(user, timestamp)}{user.sign_in_round}{user.role}"


links = _Links()


def link_to_set_password(user: User) -> str:
    """An absolute address. Whoever holds it can set the password, so it goes to nobody but this person."""
    who = urlsafe_base64_encode(str(user.pk).encode())
    return settings.SITE_ORIGIN + reverse("account_set_password", args=[who, links.make_token(user)])


class NewPasswordForm(SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = PASSWORD_RULE
        self.fields["new_password2"].label = _("New password again")
        self.fields["new_password2"].help_text = ""


#: The rule as a person reads it; the checks themselves are ``AUTH_PASSWORD_VALIDATORS``.
PASSWORD_RULE = _(
    "At least 12 characters. Several words are easier to remember than odd characters, and you may paste."
)


@login_not_required
@never_cache
def set_password(request: HttpRequest, who: str, token: str) -> HttpResponse:
    """GET: the form, or that the link no longer works. POST: the password is set and the person signs in with it."""
    user = _user_of(who)
    if user is None or not links.check_token(user, token):
        return render(request, "account/link_over.html", status=410)
    form = NewPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not _set(user, token, form.cleaned_data["new_password1"]):
            return render(request, "account/link_over.html", status=410)
        return redirect("account_login")
    return render(request, "account/set_password.html", {"form": form, "username": user.username})


def _set(user: User, token: str, password: str) -> bool:
    """Whether the password was set. The account may have been suspended, or the link used, since it was read."""
    with transaction.atomic():
        now = User.objects.select_for_update().filter(pk=user.pk, is_active=True).first()
        if now is None or not links.check_token(now, token):
            return False
        now.set_password(password)
        now.save(update_fields=["password"])
        AccountEvent.objects.create(kind=AccountEvent.Kind.PASSWORD_SET, about=now, by=now)
    return True


def _user_of(who: str) -> User | None:
    try:
        key = int(urlsafe_base64_decode(who).decode())
    except (ValueError, UnicodeDecodeError):
        return None
    return User.objects.filter(pk=key, is_active=True).first() if 0 < key < 2**63 else None
