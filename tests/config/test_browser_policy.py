"""What a browser is told beside each page (T05, T15, T16) and what it tells us back."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from feedback import browser_reports
from feedback.browser_reports import A_MINUTE, KINDS_A_DAY, LONGEST, forget_old_reports, kinds
from feedback.models import BrowserReport

PAGES = [
    "/en/",
    "/zh-hant/track/",
    "/accounts/login/",
    "/en/concerns/new/for-whom/",
    "/api/v1/docs/",
    "/en/nothing/",
]


@pytest.fixture(autouse=True)
def _nobody_has_sent_anything(db):
    cache.clear()


def directives(answer):
    parts = answer["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (part.split() for part in parts)}


@pytest.mark.parametrize("address", PAGES)
def test_t15_every_page_allows_scripts_of_ours_with_a_nonce_and_nothing_else(client, address):
    policy = directives(client.get(address))
    assert (
        policy["default-src"]
        == policy["object-src"]
        == policy["base-uri"]
        == policy["frame-ancestors"]
        == ["'none'"]
    )
    assert policy["form-action"] == policy["connect-src"] == policy["style-src"] == ["'self'"]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert policy["trusted-types"] == ["causeway"]
    # A nonce is drawn at random in an alphabet with a slash.
    allowed = {word for words in policy.values() for word in words if not word.startswith("'nonce-")}
    assert not [word for word in allowed if "unsafe" in word or "*" in word or "http" in word or "//" in word]
    assert policy["report-uri"] == ["/browser-reports/"]
    assert policy["report-to"] == ["policy"]


def test_t15_each_answer_has_its_own_nonce(client):
    seen = {re.search(r"nonce-([^']+)'", client.get("/en/")["Content-Security-Policy"])[1] for _ in range(20)}
    assert len(seen) == 20


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_told_to_nobody_and_asks_for_nothing(client, address):
    answer = client.get(address)
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert answer["Reporting-Endpoints"] == 'policy="http://127.0.0.1:8000/browser-reports/"'


@pytest.mark.parametrize("address", PAGES)
def test_t05_no_page_is_kept_by_the_browser(client, address):
    assert "no-store" in client.get(address)["Cache-Control"]


@pytest.mark.parametrize("address", ["/accounts/logout/", "/en/track/sign-out/"])
def test_t05_signing_out_makes_the_browser_forget(client, address):
    assert '"cache"' in client.post(address)["Clear-Site-Data"]


def test_the_administration_goes_without_trusted_types_only(client):
    policy = directives(client.get("/admin/login/"))
    assert "require-trusted-types-for" not in policy
    assert policy["script-src"][0] == "'self'"


# --- for programs that look --------------------------------------------------------------------------
def test_security_txt_names_a_contact_and_a_day_less_than_a_year_ahead(client, settings):
    settings.SECURITY_CONTACT = ["mailto:security@example.invalid", "https://example.invalid/report"]
    settings.SITE_ORIGIN = "https://causeway.example"
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = [line.split(": ", 1) for line in answer.text.splitlines()]
    assert [value for name, value in lines if name == "Contact"] == settings.SECURITY_CONTACT
    (expires,) = (value for name, value in lines if name == "Expires")
    left = datetime.strptime(expires, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - timezone.now()
    assert timedelta(days=30) < left < timedelta(days=365)
    assert ["Canonical", "https://causeway.example/.well-known/security.txt"] in lines
    assert ["Preferred-Languages", "en, zh"] in lines


def test_without_a_contact_there_is_no_security_txt(client, settings):
    settings.SECURITY_CONTACT = []
    assert client.get("/.well-known/security.txt").status_code == 404


def test_robots_are_kept_from_everything_personal(client):
    text = client.get("/robots.txt").text
    for address in ("/admin/", "/*/track/", "/*/cases/", "/*/concerns/"):
        assert f"Disallow: {address}\n" in text
    assert "Disallow: /\n" not in text


# --- what browsers report ----------------------------------------------------------------------------
def old_report(
    directive="script-src-elem", page="http://testserver/en/track/HKC-7K3M-9QXP/", blocked="inline"
):
    return {"csp-report": {"document-uri": page, "effective-directive": directive, "blocked-uri": blocked}}


def new_report(
    directive="img-src", page="https://causeway.example/en/cases/", blocked="https://evil.example/a?b=c"
):
    body = {"documentURL": page, "effectiveDirective": directive, "blockedURL": blocked, "sample": "alert(1)"}
    return [{"type": "csp-violation", "age": 10, "url": page, "user_agent": "Mozilla/5.0", "body": body}]


def send(what, **more):
    text = what if isinstance(what, bytes | str) else json.dumps(what)
    return Client().post("/browser-reports/", text, content_type="application/reports+json", **more)


def rows():
    return list(BrowserReport.objects.order_by("pk").values_list("directive", "page", "blocked", "count"))


def test_a_report_is_counted_by_kind_without_the_address_that_was_open():
    for _ in range(3):
        assert send(old_report()).status_code == 204
    assert send(new_report()).status_code == 204
    assert rows() == [
        ("script-src-elem", "track_case", "inline", 3),
        ("img-src", "cases:queue", "https://evil.example", 1),
    ]


@pytest.mark.parametrize(
    "what",
    [
        b"", b"\xff\xfe", "{", "[]", "null", "7", '"x"', {}, [None], [[]], {"csp-report": None}, {"csp-report": []},
        {"csp-report": {"effective-directive": ["script-src"]}}, old_report(directive="<script>"), "[" * 9000,
        {"csp-report": {"effective-directive": "x" * 5000}},
    ],
)  # fmt: skip
def test_bad_input_what_is_no_report_is_thrown_away_without_a_word(what):
    assert send(what).status_code == 204
    assert not rows()


def test_nothing_that_somebody_wrote_into_a_report_is_kept():
    assert (
        send(old_report(page="javascript:Ho Siu-ming", blocked="https://ho siu-ming/\x00")).status_code == 204
    )
    assert rows() == [("script-src-elem", "other", "other", 1)]
    assert kinds(json.dumps(old_report(blocked="https://a:b@[::1")).encode()) == [
        ("script-src-elem", "track_case", "other")
    ]


def test_a_large_report_is_refused_and_many_from_one_address_too():
    assert send("x" * (LONGEST + 1)).status_code == 413
    answers = [send(old_report()).status_code for _ in range(A_MINUTE + 5)]
    assert answers.count(204) == A_MINUTE
    assert answers[-1] == 429


def test_kinds_of_one_day_are_bounded():
    day = timezone.localdate()
    BrowserReport.objects.bulk_create(
        BrowserReport(day=day, directive="img-src", page=str(n), blocked="x", count=1)
        for n in range(KINDS_A_DAY)
    )
    assert send(new_report(blocked="https://another.example/")).status_code == 204
    assert send(new_report(blocked="https://a-third.example/")).status_code == 204
    assert rows()[KINDS_A_DAY:] == [("img-src", "other", "other", 2)]


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_two_bodies_that_tell_the_same_kinds_in_opposite_order_do_not_stop_each_other(monkeypatch):
    monkeypatch.setattr(browser_reports, "_too_many", lambda request: False)
    several = [part for n in range(8) for part in new_report(blocked=f"https://x{n}.example/")]
    orders, ready, answers = [several, several[::-1]], threading.Barrier(2), []

    def tell(body):
        try:
            ready.wait(30)
            for _ in range(10):
                answers.append(send(body).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell, args=[body]) for body in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [204] * 20
    assert {row[3] for row in rows()} == {20}
    assert len(rows()) == 8


def test_counts_of_days_long_past_are_forgotten():
    day = timezone.localdate()
    for ago in (0, 89, 91):
        BrowserReport.objects.create(
            day=day - timedelta(days=ago), directive="img-src", page="x", blocked="x"
        )
    assert forget_old_reports() == 1
