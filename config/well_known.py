"""Addresses that programs look for on every site: whom to tell of a weakness, and what not to list."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

#: How long what is said here holds (RFC 9116 asks for less than a year).
HOLDS_FOR = timedelta(days=180)
#: What is for one person, or changes something, is in no index. Everything here asks for a code or a sign-in anyway.
NOT_LISTED = (
    "/accounts/",
    "/admin/",
    "/api/",
    "/language/",
    "/*/cases/",
    "/*/concerns/",
    "/*/mailbox/",
    "/*/my/",
    "/*/referrals/",
    "/*/reports/",
    "/*/track/",
)
PLAIN = "text/plain; charset=utf-8"


@login_not_required
@require_safe
@cache_control(public=True, max_age=24 * 3600)
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116. 404 while ``SECURITY_CONTACT`` is not set: an address that nobody reads is worse than none."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    day = timezone.now().astimezone(UTC).date() + HOLDS_FOR
    lines = [
        *(f"Contact: {contact}" for contact in settings.SECURITY_CONTACT),
        f"Expires: {datetime.combine(day, time(), UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en, zh",
        f"Canonical: {settings.SITE_ORIGIN}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN)


@login_not_required
@require_safe
@cache_control(public=True, max_age=24 * 3600)
def robots_txt(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {address}" for address in NOT_LISTED)]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN)


urlpatterns = [
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("robots.txt", robots_txt, name="robots_txt"),
]
