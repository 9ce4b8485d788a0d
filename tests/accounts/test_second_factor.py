"""The second factor: who must have one, how it is set up, used, lost and reset."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from accounts import acts
from accounts.models import AccountEvent, User
from tests.accounts.conftest import STAFF, code_of, is_signed_in, sign_in
from tests.cast import PASSWORD

SET_UP, PROVE = "/accounts/set-up/", "/accounts/second-factor/prove/"


@pytest.fixture
def everybody(cast):
    for user in cast.users.values():
        user.set_password(PASSWORD)
        user.save()
    return cast


@pytest.mark.parametrize(
    "path",
    [
        "/en/cases/",
        "/en/reports/",
        "/admin/",
        "/api/v1/cases/",
        "/accounts/home/",
        "/accounts/second-factor/",
    ],
)
@pytest.mark.parametrize("name", ["amina", "wing", "hana", "olivia", "ada"])
def test_T39_a_password_alone_reaches_nothing_where_a_second_factor_is_required(
    client, everybody, factor_required, name, path
):
    assert sign_in(client, username=name)["Location"] == SET_UP
    assert not is_signed_in(client)
    answer = client.get(path)
    assert answer.status_code in (302, 401, 403)
    if answer.status_code == 302:
        assert answer["Location"].startswith(("/accounts/login/", "/admin/login/"))


def test_a_partner_needs_none_since_its_programs_use_tokens(client, everybody, factor_required):
    sign_in(client, username="partner")
    assert is_signed_in(client)


def test_in_the_demo_a_password_is_enough(client, amina):
    sign_in(client)
    assert is_signed_in(client)


def test_the_default_outside_the_demo_is_everybody_who_works_here():
    import subprocess
    import sys

    ask = "from config import settings; print(','.join(settings.REQUIRE_SECOND_FACTOR_FOR))"
    run = {"SECRET_KEY": "x" * 40, "PATH": "/usr/bin"}
    said = subprocess.run([sys.executable, "-c", ask], env=run, capture_output=True, text=True, check=True)
    assert said.stdout.strip().split(",") == STAFF


def test_somebody_without_one_sets_it_up_and_is_then_signed_in(client, amina, factor_required):
    sign_in(client)
    page = client.get(SET_UP)
    assert page.context["picture"].startswith("data:image/svg+xml;base64,")
    codes = client.post(SET_UP, {"code": code_of(page.context["secret"])})
    assert len(codes.context["codes"]) == 10
    assert not is_signed_in(client)
    assert client.post("/accounts/set-up/finish/")["Location"] == "/accounts/home/"
    assert is_signed_in(client)
    assert client.get("/en/cases/").status_code == 200


def test_a_wrong_first_code_keeps_the_same_secret(client, amina, factor_required):
    sign_in(client)
    secret = client.get(SET_UP).context["secret"]
    page = client.post(SET_UP, {"code": "000000"})
    assert page.context["secret"] == secret
    assert "was not accepted" in page.content.decode()
    assert not Authenticator.objects.exists()


def test_T39_somebody_else_waiting_at_the_set_up_gains_nothing_when_its_owner_finishes(
    amina, factor_required, app_of
):
    thief = Client()
    sign_in(thief)
    thief.get(SET_UP)
    app_of(amina)
    assert thief.post("/accounts/set-up/finish/")["Location"] == SET_UP
    thief.get(SET_UP)
    thief.post("/accounts/set-up/finish/")
    assert not is_signed_in(thief)


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_pages_of_the_second_factor_come_in_three_languages(client, amina, app_of, language):
    app_of(amina)
    client.force_login(amina)
    client.cookies["language"] = language
    for path in ("/accounts/second-factor/", "/accounts/sessions/", "/accounts/password/change/"):
        assert client.get(path).status_code == 200


def test_whoever_has_an_app_is_asked_whatever_their_role(client, amina, app_of):
    secret = app_of(amina)
    assert sign_in(client)["Location"] == PROVE
    assert not is_signed_in(client)
    assert client.post(PROVE, {"code": "000000"}).status_code == 200
    assert client.post(PROVE, {"code": code_of(secret)})["Location"] == "/accounts/home/"
    assert is_signed_in(client)


def test_T39_a_code_is_taken_once(client, amina, app_of):
    secret = app_of(amina)
    code = code_of(secret)
    sign_in(client)
    client.post(PROVE, {"code": code})
    thief = Client()
    sign_in(thief)
    thief.post(PROVE, {"code": code})
    assert not is_signed_in(thief)


def test_T39_the_sixth_wrong_code_is_refused_even_if_it_is_right(client, amina, app_of):
    secret = app_of(amina)
    sign_in(client)
    for _ in range(5):
        client.post(PROVE, {"code": "000000"})
    client.post(PROVE, {"code": code_of(secret)})
    assert not is_signed_in(client)


def test_a_recovery_code_works_once_and_the_person_is_told(
    client, amina, app_of, codes_of, django_capture_on_commit_callbacks
):
    app_of(amina)
    code = codes_of(amina)[0]
    sign_in(client)
    client.post(PROVE, {"code": code})
    assert is_signed_in(client)
    again = Client()
    sign_in(again)
    again.post(PROVE, {"code": code})
    assert not is_signed_in(again)
    assert AccountEvent.objects.get(kind="code_used").changes == {"left": 9}


def test_secrets_are_sealed_in_the_database_and_survive_a_new_key(amina, app_of, settings):
    secret = app_of(amina)
    row = Authenticator.objects.get(user=amina)
    assert secret not in str(row.data)
    settings.SECOND_FACTOR_KEYS = ["a-new-key", settings.SECRET_KEY]
    assert row.wrap().validate_code(code_of(secret))


def test_removing_the_only_one_signs_out_where_it_is_required(client, amina, app_of, factor_required):
    secret = app_of(amina)
    sign_in(client)
    client.post(PROVE, {"code": code_of(secret)})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/second-factor/app/remove/")
    assert not Authenticator.objects.filter(user=amina).exists()
    assert not is_signed_in(client)
    assert sign_in(client)["Location"] == SET_UP


def test_changing_the_second_factor_asks_who_it_is_once_more(client, amina, app_of):
    secret = app_of(amina)
    sign_in(client)
    client.post(PROVE, {"code": code_of(secret)})
    for path in ("app/remove/", "codes/new/", "keys/add/"):
        answer = client.get(f"/accounts/second-factor/{path}")
        assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_in_the_demo_one_may_set_up_an_app_all_the_same(client, amina):
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/second-factor/app/")
    answer = client.post("/accounts/second-factor/app/", {"code": code_of(page.context["form"].secret)})
    assert answer["Location"] == "/accounts/second-factor/codes/"
    assert len(client.get(answer["Location"]).context["unused_codes"]) == 10
    # Shown once.
    assert "****" in client.get(answer["Location"]).context["unused_codes"]


# --- lost -----------------------------------------------------------------------------------------
def test_an_administrator_resets_a_lost_second_factor_and_the_person_is_told(
    client, cast, amina, app_of, codes_of, factor_required
):
    secret = app_of(amina)
    codes_of(amina)
    sign_in(client)
    client.post(PROVE, {"code": code_of(secret)})
    assert is_signed_in(client)
    acts.reset_second_factor(amina, by=cast.ada)
    assert client.get("/en/cases/").status_code == 302
    assert sign_in(client)["Location"] == SET_UP
    event = AccountEvent.objects.get(kind="factor_reset")
    assert (event.about, event.by) == (amina, cast.ada)
    from accounts.mails import tell_of

    tell_of.func(event.pk)
    assert mail.outbox[-1].to == [amina.email]
    assert "Ada" in mail.outbox[-1].body


def test_nobody_resets_their_own_second_factor(cast):
    with pytest.raises(acts.Refused):
        acts.reset_second_factor(cast.ada, by=cast.ada)


# --- passkeys: the browser's part is in tests/browser -----------------------------------------------
def test_a_forged_passkey_is_refused_without_an_error(client, amina):
    client.get("/accounts/second-factor/keys/sign-in/", HTTP_ACCEPT="application/json")
    for forged in ("{}", "[]", '"x"', "null", '{"id": "AAAA", "response": {"userHandle": "MQ"}}', "not json"):
        answer = client.post("/accounts/second-factor/keys/sign-in/", {"credential": forged})
        assert answer.status_code == 302, forged
    assert not is_signed_in(client)


def test_somebody_elses_passkey_cannot_be_renamed_or_removed(client, cast, amina):
    theirs = Authenticator.objects.create(
        user=cast.chi, type="webauthn", data={"name": "Chi's", "credential": {}}
    )
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for path in (f"keys/{theirs.pk}/", f"keys/{theirs.pk}/remove/"):
        assert client.post(f"/accounts/second-factor/{path}", {"name": "mine"}).status_code == 404
    assert User.objects.get(pk=cast.chi.pk) and Authenticator.objects.filter(pk=theirs.pk).exists()
