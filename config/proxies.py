"""Believes what a request says about its origin only if our own proxy says it (``TRUSTED_PROXIES``)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from jobs.addresses import client_address, is_trusted

#: Headers by which a proxy speaks for its client. From anybody else they are dropped before anything reads them.
SPOKEN_FOR = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
    "HTTP_X_REQUEST_ID",
)


class ProxyMiddleware:
    """Sets ``REMOTE_ADDR`` to the client's address. Everything after it asks nothing else.

    First in the list: the redirect to https reads ``X-Forwarded-Proto``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        peer = meta.get("REMOTE_ADDR", "")
        if is_trusted(peer, settings.TRUSTED_PROXIES):
            # Both servers join repeated headers with commas, in their order.
            meta["REMOTE_ADDR"] = client_address(
                peer, [meta.get("HTTP_X_FORWARDED_FOR", "")], settings.TRUSTED_PROXIES
            )
        else:
            for name in SPOKEN_FOR:
                meta.pop(name, None)
        return self.get_response(request)
