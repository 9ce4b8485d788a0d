"""T04 T19 T41 T42: reading changes nothing, other sites change nothing, and nobody is led elsewhere."""

import hashlib
import logging
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from cases import mailing
from cases.models import Notice
from tests.access.asking import Asker, address_of, inputs_of
from tests.access.routes import routes
from tests.access.table import table

#: Written by reading, by name: who is signed in until when, and what an officer looked at (T14).
MAY_CHANGE = {"sessions.Session", "usersessions.UserSession", "cases.Reading", "feedback.Attempt"}
#: Views that ask for no token in the form, with the reason why that is safe.
NO_TOKEN = {
    "/api/v1/": "the API asks for a token of its own kind, or for Django's when a session is used",
    "/browser-reports/": "browsers send reports by themselves; nothing but counts comes of it",
    "/accounts/send-again/": "shows words that bear our own signature, in a form that has a fresh token",
    "/healthz": "answers GET alone",
    "/readyz": "answers GET alone",
    "/metrics": "answers GET alone",
}


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def fingerprint():
    """Every row of every table that reading may not change."""
    found = {}
    for model in apps.get_models():
        label = model._meta.label
        if label in MAY_CHANGE or model._meta.proxy or model._meta.app_label == "routing":
            continue
        rows = sorted(repr(row) for row in model._base_manager.values_list())
        found[label] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


@pytest.mark.parametrize(
    "role", ["nobody", "business", "partner", "own", "headquarters", "official", "administrator"]
)
def test_t04_opening_every_page_changes_no_row(world, role, monkeypatch):
    """What a mail scanner or a preview in a chat would do. The asker keeps what it writes here."""
    asker = Asker(world, role, keeps=True)
    before = fingerprint()
    for line in table():
        if not line.address.startswith(("/ws/", "/admin/")):
            address = address_of(line.address, line.example, world)
            asker.ask("GET", address)
            asker.ask("HEAD", address)
    after = fingerprint()
    assert [label for label in before if before[label] != after[label]] == []


# --- T19: requests that another site made ------------------------------------------------------------
CROSS_SITE = [
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"},
]


def unsafe_lines():
    return [line for line in table() if line.may.get("POST")]


def test_t19_no_address_takes_a_post_from_another_site(world):
    wrong = []
    for line in unsafe_lines():
        role = sorted(line.may["POST"])[0]
        asker = Asker(world, role)
        for said in CROSS_SITE:
            answer = asker.ask(
                "POST", address_of(line.address, line.example, world), inputs_of(line, world), **said
            )
            if answer.status_code != 403:
                wrong.append(f"{line.address} as {role} with {said}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("said", [{}, {"Sec_Fetch_Site": "same-origin"}, {"Origin": "http://testserver"}])
def test_t19_our_own_pages_and_programs_are_let_through(world, said):
    assert Asker(world, "nobody").ask("POST", "/en/track/", **said).status_code == 422
    assert Asker(world, "nobody").ask("POST", "/api/v1/concerns/", **said).status_code == 400


def test_t19_no_form_is_taken_without_its_token(world):
    """The same addresses with Django's own check switched on, as in life."""
    taken = []
    for line in unsafe_lines():
        if line.address.startswith(tuple(NO_TOKEN)):
            continue
        client = Client(enforce_csrf_checks=True)
        for name, value in world.cookies[sorted(line.may["POST"])[0]].items():
            client.cookies[name] = value
        answer = client.post(address_of(line.address, line.example, world), inputs_of(line, world))
        if answer.status_code != 403:
            taken.append(f"{line.address}: {answer.status_code}")
    assert not taken, "\n".join(taken)


def test_t19_the_views_without_a_token_are_those_with_a_reason():
    without = [a for a, route in routes().items() if getattr(route.view, "csrf_exempt", False)]
    assert [address for address in without if not address.startswith(tuple(NO_TOKEN))] == []


def test_t19_a_session_in_the_api_needs_the_token(world):
    client = Client(enforce_csrf_checks=True)
    for name, value in world.cookies["own"].items():
        client.cookies[name] = value
    address = f"/api/v1/cases/{world.case.reference}/moves/add_note/"
    answer = client.post(address, {"text": "x", "version": world.case.seq}, content_type="application/json")
    assert answer.status_code == 403


def test_the_refusal_says_in_the_language_of_the_page_that_nothing_was_changed(world):
    said = Asker(world, "nobody").ask("POST", "/zh-hant/track/", Sec_Fetch_Site="cross-site")
    assert 'lang="zh-Hant-HK"' in said.text
    program = Asker(world, "nobody").ask("POST", "/api/v1/concerns/", Origin="https://evil.example")
    assert program.json()["code"] == "other_site"


# --- T41: nobody is led to another site ---------------------------------------------------------------
ELSEWHERE = [
    "//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/", "http:///evil.example",
    "\\\\evil.example", "/%0d%0aLocation:https://evil.example", "javascript:alert(1)", "///evil.example",
    "/\t/evil.example", "https://testserver@evil.example/", " //evil.example",
]  # fmt: skip


@pytest.mark.parametrize("to", ELSEWHERE)
def test_t41_a_next_address_elsewhere_leads_home(world, to):
    own = Asker(world, "own")
    for method, address, inputs in (
        ("GET", f"/accounts/login/?{_next(to)}", {}),
        ("POST", "/language/", {"language": "en", "next": to}),
        ("POST", f"/accounts/logout/?{_next(to)}", {"next": to}),
        ("GET", f"/admin/login/?{_next(to)}", {}),
    ):
        answer = own.ask(method, address, inputs)
        where = answer.headers.get("Location", "/")
        assert where.startswith("/"), (address, where)
        assert not where.startswith(("//", "/\\")), (address, where)
        assert "\n" not in where


def _next(to):
    return urlencode({"next": to})


# --- T42: the name of the site is ours to say ----------------------------------------------------------
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "testserver.evil.example", "", "a b"])
def test_t42_a_request_for_another_host_is_not_read(world, host):
    for address in ("/en/", "/accounts/login/", "/api/v1/offices/", "/en/track/"):
        client = Client(raise_request_exception=False, headers={"Host": host})
        assert client.get(address, SERVER_NAME="evil.example").status_code == 400


def test_t42_links_in_mails_come_from_the_setting_alone(world, settings, monkeypatch):
    settings.SITE_ORIGIN = "https://causeway.example"
    monkeypatch.setattr(mailing, "_resting_until", 0.0)
    Notice.objects.update(status="waiting", not_before=timezone.now(), sending_at=None, sent_at=None)
    assert mailing.send_due() > 0
    for message in mail.outbox:
        html = "".join(str(content) for content, _ in message.alternatives)
        links = [part.split('"')[0].split()[0] for part in (html + message.body).split("http")[1:]]
        assert links
        assert {link for link in links if not link.startswith("s://causeway.example/")} == set()


def test_the_language_cookie_and_ours_are_kept_from_scripts_and_other_sites(world):
    answer = Asker(world, "nobody").ask("GET", "/zh-hans/")
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["domain"]
