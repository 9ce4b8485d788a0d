"""Every address of the site, read from the router itself: pages, administration, API and sockets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern

from cases.sockets import urlpatterns as socket_patterns


@dataclass(frozen=True)
class Route:
    """``address`` names its parameters in angle brackets; pages stand under ``<lang>``."""

    address: str
    view: Any


def routes() -> dict[str, Route]:
    """By address. An address whose pattern is reached twice is listed once: the first one answers."""
    found: dict[str, Route] = {}
    for address, view in _walk(get_resolver(), ""):
        found.setdefault(address, Route(address, view))
    return found


def sockets() -> list[str]:
    return ["/" + _plain(str(pattern.pattern)) for pattern in socket_patterns]


def _walk(resolver: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        part = "<lang>/" if isinstance(entry.pattern, LocalePrefixPattern) else _plain(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _walk(entry, prefix + part)
        elif isinstance(entry, URLPattern):
            yield "/" + prefix + part, entry.callback


def _plain(pattern: str) -> str:
    """``(?P<reference>[^/]+)`` and ``<str:reference>`` both as ``<reference>``; no anchors."""
    named = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<\1>", pattern)
    return re.sub(r"<\w+:(\w+)>", r"<\1>", named).replace("^", "").replace("$", "").replace("\\Z", "")


def admin_models() -> dict[str, Any]:
    """Path below ``/admin/`` of each registered model."""
    return {f"{m._meta.app_label}/{m._meta.model_name}": m for m in admin.site._registry}
