"""What a request may say about where it comes from, and what becomes of it (T43)."""

import pytest
from django.core.checks import run_checks
from django.http import HttpResponse

from config.proxies import ProxyMiddleware

SPOKEN = {
    "HTTP_X_FORWARDED_FOR": "203.0.113.1",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_FORWARDED": "for=203.0.113.1",
    "HTTP_X_REAL_IP": "203.0.113.1",
}


@pytest.fixture
def seen():
    """The request as everything behind the middleware sees it."""
    kept = []

    def look(request):
        ProxyMiddleware(lambda given: kept.append(given) or HttpResponse())(request)
        return kept[-1]

    return look


def test_t43_forged_headers_are_gone_before_anything_reads_them(seen, rf, settings):
    settings.TRUSTED_PROXIES = ["unix"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = seen(rf.get("/", REMOTE_ADDR="198.51.100.7", **SPOKEN))
    assert request.META["REMOTE_ADDR"] == "198.51.100.7"
    assert not set(SPOKEN) & set(request.META)
    assert not request.is_secure()


def test_the_proxy_says_who_asks_and_how(seen, rf, settings):
    settings.TRUSTED_PROXIES = ["unix"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = seen(rf.get("/", REMOTE_ADDR="", **SPOKEN))
    assert request.META["REMOTE_ADDR"] == "203.0.113.1"
    assert request.is_secure()


def test_t43_thirty_claimed_addresses_are_one_for_the_limit_of_wrong_codes(client, db):
    statuses = {
        client.get(
            "/api/v1/concerns/HKC-0000-0000/",
            headers={"X-Tracking-Code": "1" * 16, "X-Forwarded-For": f"203.0.113.{n}"},
        ).status_code
        for n in range(8)
    }
    assert 429 in statuses


def complaints(settings, **changes):
    for name, value in changes.items():
        setattr(settings, name, value)
    return {message.id for message in run_checks(include_deployment_checks=True, tags=["security"])}


def test_an_https_site_behind_nobody_is_refused(settings):
    assert "jobs.E002" in complaints(settings, SECURE_ORIGIN=True, TRUSTED_PROXIES=[])
    assert "jobs.E002" not in complaints(settings, SECURE_ORIGIN=True, TRUSTED_PROXIES=["unix"])


def test_a_proxy_that_is_no_address_is_refused(settings):
    assert "jobs.E003" in complaints(settings, TRUSTED_PROXIES=["127.0.0.1", "nginx"])


def test_f30_companies_must_have_a_key_of_their_own(settings):
    assert "jobs.E004" in complaints(settings, COMPANY_KEY="x" * 40, SECRET_KEY="x" * 40, EMBEDDED=False)
    assert "jobs.E004" not in complaints(settings, COMPANY_KEY="y" * 40, SECRET_KEY="x" * 40, EMBEDDED=False)


def test_f30_a_session_outlives_a_change_of_key_while_the_old_one_is_a_fallback(client, db, settings):
    settings.SECRET_KEY = "old" * 20
    session = client.session
    session["draft"] = "kept"
    session.save()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, ["old" * 20]
    assert client.session["draft"] == "kept"
    settings.SECRET_KEY_FALLBACKS = []
    assert "draft" not in client.session
