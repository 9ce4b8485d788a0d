"""Who must have a second factor, and how its secrets are kept.

``REQUIRE_SECOND_FACTOR_FOR`` lists roles. A member of such a role without one sets it up between the password and
being signed in (``accounts.stages``), so that until then they are nobody, on pages, API and sockets alike.
"""

from __future__ import annotations

import base64
import hashlib

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User

#: What counts; recovery codes only stand in for one of these.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def is_required(user: User) -> bool:
    return user.role in settings.REQUIRE_SECOND_FACTOR_FOR


def has_one(user: User) -> bool:
    return bool(is_mfa_enabled(user, FACTORS))


def was_proved_elsewhere(request: HttpRequest, user: User) -> bool:
    """Whether this sign-in came from the organisation's provider, and that is trusted to have asked for a factor."""
    if settings.OIDC_SECOND_FACTOR != "trusted":
        return False
    records = get_authentication_records(request, user)
    return bool(records) and records[-1].get("method") == "socialaccount"


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's, with secrets sealed in the database and our own words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code or key was not accepted. Try again with the next code."),
    }

    def get_totp_issuer(self) -> str:
        return gettext("Causeway")

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return str(user.get_username())

    def _get_site_name(self) -> str:
        return gettext("Causeway")

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return pgettext("passkey", "Key %(number)s") % {"number": number}

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> MultiFernet:
    """The first key seals, all of them open: a key is changed by putting the new one in front."""
    derived = (hashlib.sha256(b"accounts.second_factor:" + key.encode()).digest() for key in _keys())
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def _keys() -> list[str]:
    return settings.SECOND_FACTOR_KEYS or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
