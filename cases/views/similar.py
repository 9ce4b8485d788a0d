"""Cases that read like this one, with what to do about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.models.machine import moves_open_to
from cases.permissions import Actor
from cases.similar import similar_to
from cases.states import State
from cases.views.seeing import case_or_404, officer


@require_safe
@never_cache
def similar(request: HttpRequest, reference: str) -> HttpResponse:
    user = officer(request)
    found = case_or_404(request, reference)
    may = moves_open_to(found, Actor.staff(user))
    lang = get_language() or "en"
    rows = []
    for one in similar_to(found, user):
        act = "merge" if one.same_business and "merge" in may and one.case.is_open else "link"
        field = "into" if act == "merge" else "other"
        rows.append(
            {
                "case": one.case,
                "state_label": State(one.case.state).label,
                "office": one.case.office.short_in(lang),
                "words": one.words,
                "same_business": one.same_business,
                "act": act if act in may else "",
                "url": f"{reverse('cases:move', args=[found.reference, act])}?{field}={one.case.reference}",
            }
        )
    return render(request, "cases/similar.html", {"case": found, "rows": rows})
