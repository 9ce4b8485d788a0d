"""Where browsers send what a page was not allowed to do (``report-uri`` and ``report-to`` of the policy).

Anybody can send anything here, so nothing of it is believed or kept as it came: known directives, names of our own
routes and origins are counted, the rest is thrown away. The answer says nothing, whatever was sent.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from feedback.attempts import Visitor
from feedback.counting import counted
from feedback.models import BrowserReport
from jobs.clock import this_day

log = logging.getLogger(__name__)

#: The longest body that is read. Bytes; a report of Chromium has about 700.
LONGEST = 16 * 1024
#: Reports in one body that are looked at; browsers gather a few.
MOST = 10
#: Bodies an address may send in a minute, and kinds that are told apart in a day.
A_MINUTE, KINDS_A_DAY = 20, 200
KEPT_FOR = timedelta(days=90)

DIRECTIVES = {
    "base-uri", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors",
    "frame-src", "img-src", "manifest-src", "media-src", "object-src", "require-trusted-types-for",
    "script-src", "script-src-attr", "script-src-elem", "style-src", "style-src-attr",
    "style-src-elem", "trusted-types", "worker-src",
}  # fmt: skip
OTHER = "other"
_KEYWORD = re.compile(r"[a-z-]{1,30}")


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """204 for what was read, 413 and 429 for what was not."""
    if int(request.headers.get("Content-Length") or 0) > LONGEST:
        return HttpResponse(status=413)
    if _too_many(request):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    told = Counter(kinds(request.body))
    if told:
        _count(told)
        for (directive, page, blocked), times in told.items():
            log.warning("browser policy: %s on %s blocked %s (%d)", directive, page, blocked, times)
    return HttpResponse(status=204)


def kinds(body: bytes) -> list[tuple[str, str, str]]:
    """Directive, page and what was blocked, of each violation in a body of either format; never raises."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if isinstance(given, dict):  # report-uri
        given = [{"type": "csp-violation", "body": given.get("csp-report")}]
    if not isinstance(given, list):
        return []
    bodies = [one.get("body") for one in given[:MOST] if isinstance(one, dict)]
    return [kind for one in bodies if isinstance(one, dict) and (kind := _kind(one)) is not None]


def forget_old_reports() -> int:
    """Delete the counts of days long past; returns how many."""
    return BrowserReport.objects.filter(day__lt=this_day() - KEPT_FOR).delete()[0]


def _kind(body: dict[str, Any]) -> tuple[str, str, str] | None:
    directive = _text(body, "effectiveDirective", "effective-directive", "violated-directive").split(" ")[0]
    if directive not in DIRECTIVES:
        return None
    page = _route(_text(body, "documentURL", "document-uri"))
    return directive, page, _origin(_text(body, "blockedURL", "blocked-uri"))


def _text(body: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := body.get(name), str)), "")


def _route(url: str) -> str:
    """The name of our route for this address: the address itself may hold a reference."""
    try:
        return resolve(urlsplit(url).path).view_name[:60] or OTHER
    except (Resolver404, ValueError):
        return OTHER


def _origin(blocked: str) -> str:
    """A keyword such as ``inline``, or scheme and host; never a path."""
    if _KEYWORD.fullmatch(blocked):
        return blocked
    try:
        parts = urlsplit(blocked)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        return OTHER
    if not _KEYWORD.fullmatch(parts.scheme) or not re.fullmatch(r"[a-z0-9.:-]{0,80}", host):
        return OTHER
    return f"{parts.scheme}://{host}" if host else parts.scheme


def _too_many(request: HttpRequest) -> bool:
    return counted(f"browser-reports:{Visitor.of(request).address}", 60) > A_MINUTE


def _count(told: Counter[tuple[str, str, str]]) -> None:
    day = this_day()
    with transaction.atomic():
        full = BrowserReport.objects.filter(day=day).count() >= KINDS_A_DAY
        # Always in one order, so that two bodies with the same kinds wait for each other instead of dying together.
        for (directive, page, blocked), times in sorted(told.items()):
            kind = {"day": day, "directive": directive, "page": page, "blocked": blocked}
            if full and not BrowserReport.objects.filter(**kind).exists():
                kind |= {"page": OTHER, "blocked": OTHER}
            BrowserReport.objects.bulk_create([BrowserReport(**kind)], ignore_conflicts=True)
            BrowserReport.objects.filter(**kind).update(count=F("count") + times)
