"""WSGI: bare views under ``/bare/`` without middleware, everything else is the product."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponseBase
from django.test import override_settings

_product = get_wsgi_application()


class _Bare(WSGIHandler):
    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        request.urlconf = "tests.bench.bare"
        return super().get_response(request)


with override_settings(MIDDLEWARE=[]):
    _bare = _Bare()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    serve = _bare if environ["PATH_INFO"].startswith("/bare/") else _product
    return serve(environ, start_response)
