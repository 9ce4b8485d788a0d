"""Signing in through the organisation's OpenID Connect provider: a real one, as a process on this machine."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client

from accounts.models import AccountEvent, User
from tests.accounts.conftest import STAFF, code_of, is_signed_in
from tests.ports import free_port, listens

LOGIN = "/accounts/oidc/sign-in/login/"
PEOPLE = [
    {"sub": "n-100", "email": "AMINA@example.invalid", "email_verified": True},
    {"sub": "n-200", "email": "bo@example.invalid", "email_verified": False},
    {"sub": "n-300", "email": "stranger@example.invalid", "email_verified": True},
    {"sub": "n-400", "email": "chi@example.invalid", "email_verified": "true"},
    {"sub": "n-500"},
]


@pytest.fixture(scope="module")
def issuer():
    port = free_port()
    program = Path(sys.executable).with_name("oidc-provider-mock")
    users = [word for person in PEOPLE for word in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(program), "--port", str(port), *users],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert listens(port, process)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture
def provider(issuer, settings):
    app = {
        "provider_id": "sign-in",
        "name": "Government sign-in (demo)",
        "client_id": "causeway",
        "secret": "a-demo-secret",
        "settings": {"server_url": issuer},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    return issuer


def come_back(client, who, **answer):
    """Press the button, say at the provider who one is, and follow the way back."""
    there = client.post(LOGIN)["Location"]
    back = requests.post(there, data=answer or {"sub": who}, allow_redirects=False, timeout=20).headers[
        "Location"
    ]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")


def test_the_button_is_there_only_with_a_provider(client, db, provider, settings):
    assert "Government sign-in (demo)" in client.get("/accounts/login/").content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "oidc" not in client.get("/accounts/login/").content.decode()
    assert client.post(LOGIN).status_code == 404


def test_a_verified_address_of_one_account_signs_in_and_is_then_known_by_number(cast, provider):
    first, second = Client(), Client()
    assert come_back(first, "n-100")["Location"] == "/accounts/home/"
    assert first.session["_auth_user_id"] == str(cast.amina.pk)
    assert AccountEvent.objects.get(kind="linked").about == cast.amina
    User.objects.filter(pk=cast.amina.pk).update(email="other@example.invalid")
    come_back(second, "n-100")
    assert second.session["_auth_user_id"] == str(cast.amina.pk)
    assert "signed_in_at" in second.session


@pytest.mark.parametrize("who", ["n-200", "n-300", "n-400", "n-500"])
def test_an_unverified_or_unknown_address_is_nobody_and_makes_no_account(cast, provider, who):
    client, before = Client(), User.objects.count()
    answer = come_back(client, who)
    assert answer.status_code == 403
    assert "There is no account for you here" in answer.content.decode()
    assert not is_signed_in(client)
    assert User.objects.count() == before


def test_two_accounts_of_one_address_are_nobodys(cast, provider):
    User.objects.filter(pk=cast.bo.pk).update(email="amina@example.invalid")
    client = Client()
    assert come_back(client, "n-100").status_code == 403


def test_a_suspended_account_does_not_come_in_this_way(cast, provider):
    client = Client()
    come_back(client, "n-100")
    User.objects.filter(pk=cast.amina.pk).update(is_active=False)
    again = Client()
    assert come_back(again, "n-100")["Location"] == "/accounts/inactive/"
    assert not is_signed_in(again)


def test_T39_our_second_factor_is_asked_for_all_the_same(cast, provider, settings, app_of):
    settings.REQUIRE_SECOND_FACTOR_FOR = STAFF
    client = Client()
    assert come_back(client, "n-100")["Location"] == "/accounts/set-up/"
    assert not is_signed_in(client)
    secret = app_of(cast.amina)
    client = Client()
    assert come_back(client, "n-100")["Location"] == "/accounts/second-factor/prove/"
    client.post("/accounts/second-factor/prove/", {"code": code_of(secret)})
    assert is_signed_in(client)


def test_a_provider_that_is_trusted_with_it_is_enough(cast, provider, settings, app_of):
    settings.REQUIRE_SECOND_FACTOR_FOR, settings.OIDC_SECOND_FACTOR = STAFF, "trusted"
    app_of(cast.amina)
    client = Client()
    come_back(client, "n-100")
    assert is_signed_in(client)


def test_somebody_who_stops_at_the_provider_is_told_so(cast, provider):
    client = Client()
    answer = come_back(client, "", action="deny")
    assert answer.status_code == 502
    assert "did not answer" in answer.content.decode()


@pytest.mark.parametrize("query", ["", "?code=x&state=forged", "?error=access_denied", "?state=%00&code=%ff"])
def test_a_forged_way_back_is_refused(client, cast, provider, query):
    assert client.get(f"{LOGIN}callback/{query}").status_code == 502
    assert not is_signed_in(client)


def test_a_provider_that_is_away_does_not_break_the_page(client, cast, provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        f"http://127.0.0.1:{free_port()}"
    )
    assert client.post(LOGIN).status_code == 502


def test_connecting_accounts_by_hand_is_not_offered(cast, provider):
    client = Client()
    client.force_login(cast.bo)
    there = client.post(f"{LOGIN}?process=connect")["Location"]
    back = requests.post(there, data={"sub": "n-100"}, allow_redirects=False, timeout=20).headers["Location"]
    parts = urlsplit(back)
    assert client.get(f"{parts.path}?{parts.query}")["Location"] == "/accounts/home/"
    assert client.session["_auth_user_id"] == str(cast.bo.pk)
