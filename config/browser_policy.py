"""What a browser is told beside the page: what it may load and keep, and whom it may believe.

``BrowserPolicyMiddleware`` writes the headers that the packages do not, ``ContentPolicyMiddleware`` is the content
security policy with its one exception, ``SameSiteOnlyMiddleware`` refuses requests that another site made in a
person's name (trust.md T05, T15, T19).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

Answer = Callable[[HttpRequest], HttpResponseBase]

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
#: After these the browser forgets what it kept of this site. Cookies stay: the choice of language is one.
SIGN_OUTS = {"account_logout", "admin:logout"}
FORGET = '"cache", "storage"'
#: The administration's own scripts write markup as text, which trusted types would stop.
WRITES_MARKUP = "/admin/"

OTHER_SITE = _("Another site made this request, so nothing was changed. Open the page here and try again.")


class BrowserPolicyMiddleware:
    """Headers of every answer that no package writes."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        # Nothing is kept unless its view says so: what was open may hold words that only one person may read.
        answer.headers.setdefault("Cache-Control", "no-store, private")
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        answer.headers.setdefault("X-Permitted-Cross-Domain-Policies", "none")
        answer.headers.setdefault(
            "Reporting-Endpoints", f'policy="{settings.SITE_ORIGIN}{settings.BROWSER_REPORTS}"'
        )
        where = request.resolver_match
        if request.method == "POST" and where is not None and where.view_name in SIGN_OUTS:
            answer.headers["Clear-Site-Data"] = FORGET
        return answer


class ContentPolicyMiddleware(CSPMiddleware):
    """The policy of ``CONTENT_SECURITY_POLICY``; the administration goes without trusted types."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(WRITES_MARKUP):
            without = {"require-trusted-types-for": None, "trusted-types": None}
            return replace(parts, replace={**(parts.replace or {}), **without})
        return parts


class SameSiteOnlyMiddleware:
    """403 for a request that would change something and that a page of another site made.

    Browsers say so in ``Sec-Fetch-Site``, older ones in ``Origin`` alone; programs send neither and are let through,
    because nobody's cookies are in them by accident. This stands beside Django's token, not in its place: it also
    holds where no token is asked for (the API without a session). ``same-site`` is a neighbour below the same
    registered name, which is not us either.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE or not _from_another_site(request):
            return self.get_response(request)
        if request.path_info.startswith("/api/"):
            return JsonResponse({"code": "other_site", "message": str(OTHER_SITE)}, status=403)
        return render(request, "errors/other_site.html", {"words": OTHER_SITE}, status=403)


def _from_another_site(request: HttpRequest) -> bool:
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    here = f"{'https' if request.is_secure() else 'http'}://{request.get_host()}"
    ours = (here, settings.SITE_ORIGIN, *settings.CSRF_TRUSTED_ORIGINS)
    return origin.lower() not in {known.lower() for known in ours}
