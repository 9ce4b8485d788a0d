"""Amina with a password, an administrator at work, and the codes that an authenticator app would show."""

import time

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client

from tests.cast import PASSWORD

STAFF = ["caseworker", "supervisor", "headquarters", "official", "administrator"]


@pytest.fixture(autouse=True)
def _quick_hashes(settings, request):
    """Slow hashes are for guessers; only the test that measures time needs them."""
    if "unknown_user" not in request.node.name:
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.MD5PasswordHasher",
            "cases.tracking.CodeHasher",
        ]


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def amina(cast):
    cast.amina.set_password(PASSWORD)
    cast.amina.save()
    return cast.amina


@pytest.fixture
def admin(cast):
    client = Client()
    client.force_login(cast.ada)
    return client


@pytest.fixture
def factor_required(settings):
    """As in production: everybody who works here needs a second factor."""
    settings.REQUIRE_SECOND_FACTOR_FOR = STAFF


def sign_in(client, username="amina", password=PASSWORD, **more):
    return client.post("/accounts/login/", {"login": username, "password": password, **more})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def code_of(secret, steps=0):
    """What an app shows now, or so many half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


@pytest.fixture
def app_of():
    """Give somebody an authenticator app; its secret."""

    def give(user):
        secret = generate_totp_secret()
        TOTP.activate(user, secret)
        return secret

    return give


@pytest.fixture
def codes_of():
    """Give somebody recovery codes."""
    return lambda user: RecoveryCodes.activate(user).get_unused_codes()
