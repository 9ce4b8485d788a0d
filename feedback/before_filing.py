"""Before you file: what can be done about a subject, where else to go, and what the form says of it on the way."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from cases.states import Proceedings
from jobs.clock import this_day
from routing.guidance import Advice, advice_for, advice_on
from routing.kept import kept
from routing.models import Category, Guidance, Referable

HEADINGS = {
    Guidance.Kind.CAN: _("What we can do"),
    Guidance.Kind.CANNOT: _("What we cannot do"),
    Guidance.Kind.CHANNEL: _("Other ways"),
    Guidance.Kind.HOTLINE: _("Hotlines"),
    Guidance.Kind.TIME_LIMIT: _("Time limits of law"),
}
#: While these go on, no authority is asked (CMAB, LCQ17 of 13 June 2007).
ELSEWHERE = (Proceedings.COURT, Proceedings.ARBITRATION)


@login_not_required
@require_safe
def guidance_on(request: HttpRequest, category: str) -> HttpResponse:
    """All there is to read about one main subject and, where they differ, its parts."""
    day, language = this_day(), get_language() or "en"
    main = _categories().get(category)
    if main is None or main.parent_id or not main.holds_on(day):
        raise Http404
    exact = [one for one in _categories().values() if one.parent_id == category and one.holds_on(day)]
    parts = [
        {"code": one.code, "name": one.name_in(language), "sections": sections}
        for one in exact
        if (sections := _headed(advice_on(one, day, language)))
    ]
    context = {
        "name": main.name_in(language),
        "sections": _headed(advice_for(main, day, language)),
        "parts": parts,
        "english": _english(main),
    }
    return render(request, "pages/guidance_on.html", context)


def subjects() -> list[dict[str, str]]:
    """The main subjects, in the reader's language, each with a page of its own."""
    language = get_language()
    return [
        {"code": one.code, "name": one.name_in(language)}
        for one in _categories().values()
        if one.parent_id is None and one.holds_on(this_day())
    ]


def advice_beside(answers: dict[str, Any]) -> dict[str, Any] | None:
    """What the form offers to read about the subject that was chosen; None before one is."""
    found = _categories().get(answers.get("category", {}).get("category") or "")
    if found is None:
        return None
    main = found.parent or found
    language = get_language() or "en"
    return {
        "name": found.name_in(language),
        "main": main.code,
        "sections": _headed(advice_for(found, this_day(), language)),
        "english": _english(main),
    }


def signposts(answers: dict[str, Any], kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Why the office may not be able to refer this concern, as far as the answers show; nobody is turned away.

    ``kinds``: of these, "subject" and "proceedings".
    """
    language = get_language() or "en"
    found = []
    category = _categories().get(answers.get("category", {}).get("category") or "")
    if category is not None and category.referable != Referable.YES:
        advice = advice_on(category, this_day(), language)
        texts = [one for kind in ("cannot", "hotline", "channel") for one in advice.get(kind, [])]
        found.append({"kind": "subject", "never": category.referable == Referable.NO, "texts": texts})
    if answers.get("proceedings", {}).get("proceedings") in ELSEWHERE:
        found.append({"kind": "proceedings", "never": True, "texts": []})
    return [one for one in found if one["kind"] in kinds]


def _english(main: Category) -> str:
    with override("en"):
        return reverse("guidance_on", args=[main.code])


def _headed(advice: dict[str, list[Advice]]) -> list[dict[str, Any]]:
    return [{"heading": HEADINGS[Guidance.Kind(kind)], "advice": texts} for kind, texts in advice.items()]


@kept
def _categories() -> dict[str, Category]:
    return {one.code: one for one in Category.objects.select_related("parent").order_by("position")}
