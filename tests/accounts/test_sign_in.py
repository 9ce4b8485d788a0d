"""Signing in: by password, for people an administrator made, each to their own first page."""

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.cast import PASSWORD


@pytest.fixture
def amina(cast):
    cast.amina.set_password(PASSWORD)
    cast.amina.save()
    return cast.amina


def sign_in(client, username="amina", password=PASSWORD, **more):
    return client.post("/accounts/login/", {"login": username, "password": password, **more})


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


# --- the administrator ----------------------------------------------------------------------
@pytest.fixture
def admin(cast):
    client = Client()
    client.force_login(cast.ada)
    return client


def new_account(**changes):
    return {
        "username": "kim",
        "name": "Kim",
        "email": "kim@example.invalid",
        "role": "caseworker",
        "office": "GDETO",
        "language": "en",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    } | changes


def test_an_administrator_makes_an_account(admin):
    response = admin.post(reverse("admin:accounts_user_add"), new_account())
    assert response.status_code == 302
    assert User.objects.get(username="kim").check_password(PASSWORD)


@pytest.mark.parametrize(
    "changes",
    [{"office": ""}, {"role": "official"}, {"heads_office": "on"}, {"role": ""}, {"username": "amina"}],
)
def test_an_account_that_breaks_a_rule_is_refused_with_a_sentence(admin, changes):
    response = admin.post(reverse("admin:accounts_user_add"), new_account(**changes))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert not User.objects.filter(username="kim").exists()


def test_nobody_deletes_an_account(admin, cast):
    url = reverse("admin:accounts_user_delete", args=[cast.amina.pk])
    assert admin.post(url, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=cast.amina.pk).exists()


@pytest.mark.parametrize("name", ["amina", "wing", "hana", "olivia", "partner"])
def test_the_administration_is_closed_to_everybody_else(cast, name):
    client = Client()
    client.force_login(cast.users[name])
    assert client.get("/admin/accounts/user/").status_code in (302, 403)


def test_an_administrator_finds_no_case_in_the_administration(admin):
    from django.contrib import admin as site

    shown = {model._meta.label for model in site.site._registry}
    assert not {label for label in shown if label.startswith("cases.")}
