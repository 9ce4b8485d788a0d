"""Passkeys with a virtual authenticator, and a sign-in that ends under an open page, in a real browser."""

import json
import re
import sqlite3
import time
from pathlib import Path

import pytest
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing
from playwright.sync_api import expect

from tests.cast import PASSWORD

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def localhost(site):
    """Passkeys exist for names, not for bare addresses."""
    return site.address.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(browser):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.problems = []
    page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
    yield page
    context.close()


def sign_in(page, address, name):
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_added_and_signs_in_without_a_password(localhost, page):
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    sign_in(page, localhost, "hana")
    page.goto(f"{localhost}/accounts/second-factor/keys/add/")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.fill("input[name=name]", "Office computer")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    expect(page.locator(".cw-codes li")).to_have_count(10)
    page.goto(f"{localhost}/accounts/second-factor/")
    expect(page.get_by_text("Office computer").first).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{localhost}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/en/cases/")
    # With a password the passkey is the second step.
    page.context.clear_cookies()
    sign_in(page, localhost, "hana")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    page.get_by_role("button", name="Use your passkey or key").click()
    page.wait_for_url("**/en/cases/")
    assert not page.problems


def test_at_a_bare_address_no_passkey_is_offered(site, page):
    page.goto(f"{site.address}/accounts/login/")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()


def _change_session(site, page, **values):
    """Turn the clock of this browser's sign-in back, in the server's own database."""
    key = next(c["value"] for c in page.context.cookies() if c["name"] == "session")
    file = Path(site.env["CAUSEWAY_DATA"]) / "causeway.sqlite3"
    with sqlite3.connect(file, timeout=20) as database:
        (sealed,) = database.execute(
            "SELECT session_data FROM django_session WHERE session_key = ?", [key]
        ).fetchone()
        settings = {"salt": "django.contrib.sessions.SessionStore", "serializer": JSONSerializer}
        data = signing.loads(sealed, **settings) | values
        database.execute(
            "UPDATE django_session SET session_data = ? WHERE session_key = ?",
            [signing.dumps(data, compress=True, **settings), key],
        )
    database.close()
    assert json.dumps(values)


def test_a_page_warns_two_minutes_before_and_loses_nothing_after(site, page):
    reference, _code = next(site.cases)
    sign_in(page, site.address, "amina")
    page.wait_for_url("**/en/cases/")
    _change_session(site, page, last_act=int(time.time()) - 29 * 60)
    page.goto(f"{site.address}/accounts/password/change/")
    page.context.clear_cookies(name="never")
    case = f"{site.address}/en/cases/{reference}/"
    page.goto(case)
    note = page.locator("textarea").first
    note.fill("What the declarant said on the telephone.")
    dialog = page.get_by_role("alertdialog")
    # The page was opened, which counts; 29 minutes later it asks again.
    _change_session(site, page, last_act=int(time.time()) - 29 * 60)
    _look(page)
    expect(dialog).to_contain_text("signed out in less than 2 minutes")
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    _change_session(site, page, last_act=int(time.time()) - 31 * 60)
    _look(page)
    expect(dialog).to_contain_text("What you have typed is still on this page")
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in").click()
    sign_in(opened.value, site.address, "amina")
    opened.value.wait_for_url("**/en/cases/")
    opened.value.close()
    _look(page)
    expect(dialog).to_be_hidden()
    expect(note).to_have_value("What the declarant said on the telephone.")
    note.locator("xpath=ancestor::form").locator("button[type=submit], button:not([type])").first.click()
    expect(page.get_by_text("What the declarant said on the telephone.").first).to_be_visible()
    assert re.search(rf"/cases/{reference}/", page.url)


def _look(page):
    """As when somebody comes back to the tab."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
