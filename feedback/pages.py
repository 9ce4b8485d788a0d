"""The front door: the start page and what there is to read."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from feedback.before_filing import subjects
from feedback.statements import VERSIONS, template_of, version_of
from look.languages import preferred_language
from routing.kept import kept
from routing.models import Coverage, LiaisonUnit, Office


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """``/``: the start page in the language chosen before, else the browser's."""
    answer = HttpResponseRedirect(f"/{preferred_language(request)}/")
    patch_vary_headers(answer, ["Cookie", "Accept-Language"])
    patch_cache_control(answer, private=True, max_age=0)
    return answer


@login_not_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/start.html")


@login_not_required
@require_safe
def guidance(request: HttpRequest) -> HttpResponse:
    """How the service works, the subjects with pages of their own, where to go instead, and every office."""
    context = {"directory": _directory(get_language() or "en"), "subjects": subjects()}
    return render(request, "pages/guidance.html", context)


@login_not_required
@require_safe
def statement(request: HttpRequest, statement: str, version: str = "") -> HttpResponse:
    """A statement as it holds now or, by its version, as it once did: every version stays to be read."""
    shown = version_of(statement, version)
    if shown is None:
        raise Http404
    context = {
        "statement": statement,
        "version": shown,
        "in_force": shown is VERSIONS[statement][0],
        "others": [one for one in VERSIONS[statement] if one is not shown],
    }
    return render(request, template_of(statement, shown), context)


@kept
def _directory(language: str) -> list[dict[str, object]]:
    """Offices with the places they look after and their liaison units, in one language."""
    areas: dict[str, list[str]] = {}
    for row in Coverage.objects.filter(valid_until=None).select_related("division"):
        areas.setdefault(row.office_id, []).append(row.division.name_in(language))
    units: dict[str, list[str]] = {}
    for unit in LiaisonUnit.objects.filter(valid_until=None):
        units.setdefault(unit.office_id, []).append(unit.name_in(language))
    return [
        {
            "code": office.code,
            "name": office.name_in(language),
            "areas": areas.get(office.code, []),
            "units": units.get(office.code, []),
            "website": office.website,
            "phone": office.phone,
            "email": office.email,
            "address": office.address,
            "hours": office.hours,
        }
        for office in Office.objects.filter(valid_until=None)
    ]
