"""What people and programs are told while the database is away, or somebody else holds the row they need."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cases.refusals import Busy
from jobs.outages import Outage
from look.languages import LANGUAGES, preferred_language

AWAY = _("The service is not available for a moment. Nothing was changed. Try again in a minute.")
#: Status, code, sentence, page and the seconds after which another try is worth it.
_ANSWERS = {
    Outage.AWAY: (503, "unavailable", AWAY, "errors/503.html", 10),
    Outage.BUSY: (Busy.status, Busy.code, Busy.message, "errors/busy.html", 3),
}


def unavailable(request: HttpRequest, outage: Outage) -> HttpResponse:
    """503 or 409 with ``Retry-After``: JSON in the caller's language, or a page in all three at once."""
    status, code, message, page, seconds = _ANSWERS[outage]
    answer: HttpResponse
    if request.path_info.startswith("/api/"):
        with translation.override(preferred_language(request)):
            answer = JsonResponse({"code": code, "message": str(message)}, status=status)
    else:
        answer = plain_page(request, page, status)
    answer["Retry-After"] = str(seconds)
    answer["Cache-Control"] = "no-store"
    return answer


def plain_page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """A page that needs no database, session or anything else that may be broken."""
    try:
        style = static("app.css")
    except ValueError:  # the manifest of collected files is what is broken
        style = ""
    in_form = any(request.path_info.startswith(f"/{language.code}/concerns/") for language in LANGUAGES)
    page = render(None, template, {"style": style, "in_form": in_form}, status=status)  # type: ignore[arg-type]
    page["Cache-Control"] = "no-store"
    return page
