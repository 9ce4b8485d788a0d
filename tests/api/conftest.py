"""Callers of the API: signed in by token, or nobody."""

import pytest
from django.core.cache import cache
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient


@pytest.fixture(autouse=True)
def _nobody_is_throttled_yet():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def anyone():
    return APIClient()


@pytest.fixture
def as_(cast):
    """``as_("amina")`` is a client with her token."""

    def signed_in(name):
        client = APIClient()
        token, _made = Token.objects.get_or_create(user=cast.users[name])
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        return client

    return signed_in
