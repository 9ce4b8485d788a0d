"""What every page gets, and the pages that are shown when something went wrong."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import get_language_from_path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from config.unavailable import plain_page, unavailable
from jobs.outages import outage_of
from look.languages import LANGUAGES, tag_of
from routing.kept import kept
from routing.models import Office


@kept
def _offices() -> list[Office]:
    return list(Office.objects.filter(valid_until=None))


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the frames: language and its alternatives, offices, where a person who signed in may go."""
    code = get_language() or "en"
    base = f"/{code}/"
    return {
        "html_lang": tag_of(code) or "en-HK",
        "language_code": code,
        "base_url": base,
        "home_url": base,
        "languages": _languages(request, code),
        "offices": _footer_offices,
        "embedded": settings.EMBEDDED,
        **_staff(request, base),
    }


def _languages(request: HttpRequest, code: str) -> list[dict[str, Any]]:
    """The three languages, with the address of this same page where addresses name the language."""
    prefix = get_language_from_path(request.path_info)
    rest = request.get_full_path()[len(prefix) + 2 :] if prefix else ""
    return [
        {
            "code": language.code,
            "tag": language.tag,
            "name": language.name,
            "current": language.code == code,
            "url": f"/{language.code}/{rest}" if prefix else "",
        }
        for language in LANGUAGES
    ]


def _footer_offices() -> list[dict[str, str]]:
    """Called by the footer only, so that pages without one do not read the offices."""
    code = get_language()
    return [{"code": office.code, "short": office.short_in(code)} for office in _offices()]


def _staff(request: HttpRequest, base: str) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    nav: list[dict[str, Any]] = []
    if user.works_cases:
        nav.append({"label": _("Queue"), "url": f"{base}cases/"})
        nav.append({"label": _("My day"), "url": f"{base}cases/day/"})
        nav.append({"label": _("Issues"), "url": f"{base}cases/issues/"})
    if user.reads_reports:
        nav.append({"label": _("Report"), "url": f"{base}reports/"})
    if user.is_staff:
        nav.append({"label": _("Operations"), "url": f"{base}operations/"})
        nav.append({"label": _("Administration"), "url": "/admin/"})
    # The longest address that begins this one: the day stands below the queue.
    here = max(
        (item["url"] for item in nav if request.path_info.startswith(item["url"])), key=len, default=""
    )
    for item in nav:
        item["current"] = item["url"] == here
    office = next((o for o in _offices() if o.code == user.office_id), None) if user.office_id else None
    return {
        "home_url": nav[0]["url"] if nav else base,
        "staff_nav": nav,
        "staff_office": office.short_in(get_language()) if office else "",
        "search_url": f"{base}cases/search/" if user.works_cases else "",
    }


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Remember a language for addresses that do not name one, and go back there."""
    return set_language(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what was sent could not be read, for example far too many fields."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: this person may not do this."""
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such page, or nothing this person may see."""
    return render(request, "errors/404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was open too long, or cookies are off. Says what is kept and leads back to the form."""
    code = get_language() or "en"
    context = {
        "no_cookies": not request.COOKIES,
        "in_form": request.path_info.startswith(f"/{code}/concerns/"),
        "again": request.path_info,
    }
    return render(request, "errors/csrf.html", context, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """500; or 503 and 409 where the fault is that the database is away or busy, wherever that showed first."""
    if (outage := outage_of(sys.exc_info()[1])) is not None:
        return unavailable(request, outage)
    return plain_page(request, "errors/500.html", 500)
