"""The search page. A reference goes straight to its case; anything else is a list with where it was found."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.filters import QUERY_LIMIT
from cases.models import Case, Reading
from cases.searching import LOOKED_AT, Hit, Hits, add_excerpts, search
from cases.states import State
from cases.views.seeing import officer
from jobs.clock import this_moment
from text.fields import CleanCharField
from text.reference import parse_reference

A_PAGE = 25
SOURCES = {
    "statement": _("In the concern"),
    "message": _("In a message"),
    "answer": _("In an answer of the authority"),
    "letter": _("In a letter"),
    "note": _("In an internal note"),
}


class SearchForm(forms.Form):
    q = CleanCharField(max_length=QUERY_LIMIT, required=False)


@require_safe
@never_cache
def search_page(request: HttpRequest) -> HttpResponse:
    user = officer(request)
    typed = request.GET.get("q", "")
    form = SearchForm({"q": typed})
    error = "" if form.is_valid() else form.errors["q"][0]
    query = form.cleaned_data.get("q", "")
    found = Hits([], more=False)
    if not error:
        reference = parse_reference(query)
        if reference and Case.objects.visible_to(user).filter(reference=reference).exists():
            return redirect("cases:case", reference)
        found = search(user, query)
    page = Paginator(found.hits, A_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    add_excerpts(shown, query)
    rows = _rows(shown, user)
    # That a name belongs to a case is identity: who found it out is written down, as on the identity page.
    Reading.objects.bulk_create(
        Reading(case=row["case"], user=user, what="name search", at=this_moment())
        for row in rows
        if row["by_name"]
    )
    context = {
        "query": query,
        "typed": typed,
        "error": error,
        "rows": rows,
        "words": "" if error or not query else _how_many(found),
        "pages": {
            "previous": _address(query, page.previous_page_number()) if page.has_previous() else "",
            "next": _address(query, page.next_page_number()) if page.has_next() else "",
        },
    }
    return render(request, "cases/search.html", context, status=422 if error else 200)


def _address(query: str, number: int) -> str:
    return "?" + urlencode({"q": query, "page": number})


def _how_many(found: Hits) -> str:
    if found.more:
        return gettext("The newest %(n)d cases. There are more: add a word.") % {"n": LOOKED_AT}
    return ngettext("%(n)s case", "%(n)s cases", len(found.hits)) % {"n": len(found.hits)}


def _rows(hits: list[Hit], user: Any) -> list[dict[str, Any]]:
    cases = Case.objects.visible_to(user).select_related("office").defer("suggestion")
    by_id = cases.in_bulk([hit.pk for hit in hits])
    return [
        {
            "case": case,
            "state_label": str(State(case.state).label),
            "by_name": hit.by_name,
            "source": str(SOURCES[hit.source]) if hit.source else "",
            "excerpt": [{"text": text, "marked": marked} for text, marked in hit.excerpt],
        }
        for hit in hits
        if (case := by_id.get(hit.pk)) is not None
    ]
