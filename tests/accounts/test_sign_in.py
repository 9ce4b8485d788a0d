"""Signing in: by password, for people an administrator made, each to their own first page."""

import logging
import time
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.conftest import is_signed_in, sign_in
from tests.cast import PASSWORD


def test_a_caseworker_signs_in_and_arrives_at_the_queue(client, amina):
    response = sign_in(client)
    assert response["Location"] == "/accounts/home/"
    assert client.get("/accounts/home/")["Location"] == "/en/cases/"
    assert 0 < client.session.get_expiry_age() <= 10 * 3600


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("hana", "/en/cases/"),
        ("wing", "/en/cases/"),
        ("olivia", "/en/reports/"),
        ("ada", "/admin/"),
        ("partner", "/en/"),
    ],
)
def test_every_role_has_its_own_first_page(cast, name, where):
    client = Client()
    client.force_login(cast.users[name])
    assert client.get("/accounts/home/")["Location"] == where


def test_pages_come_in_the_language_of_the_account(client, amina):
    User.objects.filter(pk=amina.pk).update(language="zh-hans")
    sign_in(client)
    response = client.get("/accounts/home/")
    assert response["Location"] == "/zh-hans/cases/"
    assert response.cookies["language"].value == "zh-hans"


def test_a_wrong_password_is_refused_without_saying_which_was_wrong(client, amina):
    wrong, unknown = sign_in(client, password="no"), sign_in(client, username="nobody", password="no")
    for response in (wrong, unknown):
        assert "_auth_user_id" not in client.session
        assert response.status_code == 200
    errors = [r.context["form"].non_field_errors() or r.context["form"].errors for r in (wrong, unknown)]
    assert str(errors[0]) == str(errors[1])


def test_somebody_switched_off_cannot_sign_in(client, amina):
    User.objects.filter(pk=amina.pk).update(is_active=False)
    sign_in(client)
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_nobody_signs_up(client):
    assert "Nobody signs up here" in client.get("/accounts/signup/").content.decode()
    data = {"username": "mallory", "password1": PASSWORD, "password2": PASSWORD}
    assert "Nobody signs up here" in client.post("/accounts/signup/", data).content.decode()
    assert not User.objects.filter(username="mallory").exists()


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "\\\\evil.example",
        "///evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "%2f%2fevil.example",
        "/%0d%0aLocation:https://evil.example",
        " //evil.example",
        "\thttps://evil.example",
    ],
)
def test_a_target_outside_this_site_is_not_followed(client, amina, target):
    response = sign_in(client, next=target)
    where = urlsplit(urljoin("https://site.example/accounts/login/", response["Location"].replace("\\", "/")))
    assert (where.scheme, where.netloc) == ("https", "site.example")
    assert "\n" not in response["Location"]


def test_the_cookie_from_before_signing_in_is_worth_nothing_after(client, amina):
    client.get("/en/")
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    client.cookies["session"] = before
    sign_in(client)
    assert client.session.session_key != before


def test_signing_out_takes_a_press_not_a_visit(client, amina):
    sign_in(client)
    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_the_password_is_changed_by_its_owner(client, amina):
    sign_in(client)
    page = client.get("/accounts/password/change/")
    assert page.status_code == 200
    new = "another-long-demo-password"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert User.objects.get(pk=amina.pk).check_password(new)


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
@pytest.mark.parametrize("path", ["login", "signup", "inactive"])
def test_the_open_account_pages_come_in_three_languages(client, db, language, path):
    client.cookies["language"] = language
    assert client.get(f"/accounts/{path}/").status_code == 200


# --- T39: guessing passwords ------------------------------------------------------------------
def test_T39_the_sixth_wrong_password_is_refused_even_if_it_is_right(client, amina):
    for _ in range(5):
        sign_in(client, password="wrong-but-long-enough")
    response = sign_in(client)
    assert not is_signed_in(client)
    assert "Too many wrong tries" in response.content.decode()


def test_T39_the_count_is_by_account_so_another_person_may_still_sign_in(client, cast, amina):
    cast.chi.set_password(PASSWORD)
    cast.chi.save()
    for _ in range(6):
        sign_in(client, password="wrong-but-long-enough")
    sign_in(client, username="chi")
    assert is_signed_in(client)


def test_T39_many_accounts_tried_from_one_address_are_stopped_too(client, amina):
    for number in range(10):
        sign_in(client, username=f"somebody{number}", password="wrong-but-long-enough")
    assert "Too many wrong tries" in sign_in(client).content.decode()
    assert not is_signed_in(client)


def test_T43_a_forged_header_does_not_change_whose_tries_are_counted(client, amina):
    for number in range(10):
        data = {"login": f"somebody{number}", "password": "wrong-but-long-enough"}
        client.post("/accounts/login/", data, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert "Too many wrong tries" in sign_in(client).content.decode()


def test_T39_an_unknown_user_takes_as_long_as_a_wrong_password(client, amina, settings):
    settings.ACCOUNT_RATE_LIMITS = False

    def seconds(username):
        took = []
        for _ in range(3):
            began = time.perf_counter()
            sign_in(client, username=username, password="wrong-but-long-enough")
            took.append(time.perf_counter() - began)
        return min(took)

    known, unknown = seconds("amina"), seconds("nobody-of-this-name")
    assert 0.5 < known / unknown < 2


@pytest.mark.parametrize("password", ["short-pass1", "password1234", "123456789012", "amina@example.invalid"])
def test_T39_a_weak_password_is_refused(client, amina, password):
    sign_in(client)
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post("/accounts/password/change/", data).status_code == 200
    assert User.objects.get(pk=amina.pk).check_password(PASSWORD)


def test_T39_a_long_password_needs_no_odd_characters(client, amina):
    sign_in(client)
    new = "correct horse battery staple"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert User.objects.get(pk=amina.pk).check_password(new)


def test_a_refused_sign_in_is_logged_without_what_was_typed(client, amina, caplog):
    with caplog.at_level(logging.DEBUG):
        sign_in(client, username="my-secret-typed-as-name", password="my-other-secret-typed")
    assert "sign-in refused" in caplog.text
    assert "secret" not in caplog.text


# --- T40: sessions ------------------------------------------------------------------------------
def test_T40_changing_the_password_signs_out_everywhere_else(client, amina):
    elsewhere = Client()
    sign_in(client)
    sign_in(elsewhere)
    new = "another-long-demo-password"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert client.get("/en/cases/").status_code == 200
    assert elsewhere.get("/en/cases/").status_code == 302


def test_the_administration_has_no_sign_in_of_its_own(client, cast):
    cast.ada.set_password(PASSWORD)
    cast.ada.save()
    for response in (
        client.get("/admin/login/"),
        client.post("/admin/login/", {"username": "ada", "password": PASSWORD}),
    ):
        assert response["Location"].startswith("/accounts/login/")
    assert not is_signed_in(client)


def test_bad_input_75_a_suspended_persons_session_is_nobodys(client, amina):
    sign_in(client)
    User.objects.filter(pk=amina.pk).update(is_active=False)
    assert client.get("/en/cases/").status_code == 302
    assert client.get("/api/v1/cases/").status_code in (401, 403)
