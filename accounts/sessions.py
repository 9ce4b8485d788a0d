"""Where a person is signed in, and signing out from afar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import cast

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.idle import LAST_ACT
from accounts.models import User

BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "HarmonyOS": "HarmonyOS",
    "Windows": "Windows", "Mac OS X": "macOS", "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One sign-in as its owner sees it. ``last_act`` is None if it is not known."""

    pk: int
    device: str
    address: str
    since: datetime
    last_act: datetime | None
    current: bool


@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """GET: where one is signed in. POST ``end=others`` or ``end=<number>``: sign out there, sockets included."""
    user = cast(User, request.user)
    there = UserSession.objects.purge_and_list(user)
    if request.method == "POST":
        wanted = request.POST.get("end", "")
        here = request.session.session_key
        ended = [s for s in there if s.session_key != here and wanted in ("others", str(s.pk))]
        for session in ended:
            session.end()
        if ended:
            # Whoever keeps sockets open looks again; those of this session find it alive.
            user_logged_out.send(sender=User, request=request, user=user)
        return redirect("usersessions_list")
    seen = sorted((_seen(session, request) for session in there), key=lambda s: (not s.current, s.since))
    return render(request, "account/sessions.html", {"sessions": seen, "others": len(seen) > 1})


def _seen(session: UserSession, request: HttpRequest) -> Seen:
    store = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
    last = store.get(LAST_ACT)
    return Seen(
        pk=session.pk,
        device=device(session.user_agent),
        address=session.ip,
        since=session.created_at,
        last_act=datetime.fromtimestamp(last, UTC) if last else None,
        current=session.session_key == request.session.session_key,
    )


def device(user_agent: str) -> str:
    """Browser and system in a few words, as far as the browser says."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")
