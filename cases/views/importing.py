"""A table of concerns: handed in, looked at row by row, confirmed, and what became of each row."""

from __future__ import annotations

import codecs
import csv
import io
import json
import uuid as uuids
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Role, User
from cases.history import category_names, division_names
from cases.importing import confirm, take
from cases.models import Case, Import, ImportedRow
from cases.models.imported import RowState
from cases.tables import COLUMNS, WHY, UnreadableTable, read, words_of
from cases.views.intake import SeeOther
from cases.views.seeing import officer

#: Rows on one page of the list.
A_PAGE = 100
#: What a person has to see first.
_ORDER = (RowState.BAD, RowState.FAILED, RowState.THERE, RowState.FILED, RowState.GOOD, RowState.NEW)


class HandIn(forms.Form):
    file = forms.FileField(
        label=_("Table (CSV or XLSX, at most 5,000 rows and 10 MB)"),
        error_messages={
            "required": _("Choose a file"),
            "empty": _("The file is empty."),
            "missing": _("Choose a file"),
        },
    )
    mail = forms.BooleanField(
        label=_("Tell these businesses by e-mail when there is an update"),
        required=False,
        help_text=_("Left out, none of them is written to. Even then each must first confirm its address"),
    )


def _importer(request: HttpRequest) -> User:
    user = officer(request)
    if user.role not in (Role.SUPERVISOR, Role.HEADQUARTERS):
        raise PermissionDenied
    return user


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def hand_in(request: HttpRequest) -> HttpResponse:
    user = _importer(request)
    form = HandIn(request.POST or None, request.FILES or None) if request.method == "POST" else HandIn()
    if request.method == "POST" and form.is_valid():
        upload: Any = form.cleaned_data["file"]
        try:
            table = read(upload.read(10 * 1024 * 1024 + 1))
        except UnreadableTable as unreadable:
            form.add_error("file", _why(unreadable))
        else:
            batch = take(table, user, upload.name, mail=form.cleaned_data["mail"])
            return SeeOther(reverse("cases:imported", args=[batch.uuid]))
    context = {
        "form": form,
        "earlier": Import.objects.filter(by_user=user).order_by("-pk")[:20],
        "columns": [{"label": label, "words": words_of(code)} for code, label in COLUMNS.items()],
    }
    return render(request, "cases/import.html", context, status=422 if form.errors else 200)


def _why(unreadable: UnreadableTable) -> str:
    words = pgettext("between items", ", ").join(str(COLUMNS[code]) for code in unreadable.columns)
    return str(WHY[unreadable.code]) % {"columns": words} if words else str(WHY[unreadable.code])


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """The headings alone, in the reader's language, as a program of tables opens them."""
    _importer(request)
    written = io.StringIO()
    csv.writer(written).writerow([str(label) for label in COLUMNS.values()])
    response = HttpResponse(
        codecs.BOM_UTF8 + written.getvalue().encode(), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="concerns.csv"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def imported(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """Before it is confirmed, what would happen; afterwards, what has happened."""
    user = _importer(request)
    batch = Import.objects.filter(uuid=uuid, by_user=user).first()
    if batch is None:
        raise Http404
    if request.method == "POST":
        confirm(batch)
        return SeeOther(reverse("cases:imported", args=[batch.uuid]))
    counted = dict(batch.rows.values_list("state").annotate(n=Count("pk")).order_by())
    state = request.GET.get("state", "")
    shown = state if state in counted else next((s for s in _ORDER if counted.get(s)), RowState.GOOD)
    page = Paginator(batch.rows.filter(state=shown).select_related("case__office").order_by("number"), A_PAGE)
    current = page.get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "unread": pgettext("between items", ", ").join(batch.unread.splitlines()),
        "counts": [
            {"state": s.value, "label": s.label, "n": counted[s], "current": s == shown}
            for s in _ORDER
            if counted.get(s)
        ],
        "good": counted.get(RowState.GOOD, 0),
        "checking": counted.get(RowState.NEW, 0),
        "page": current,
        "rows": [_line(row) for row in _with_sight(list(current), user)],
        "shown_label": RowState(shown).label,
    }
    return render(request, "cases/imported.html", context)


def _with_sight(rows: list[ImportedRow], user: User) -> list[ImportedRow]:
    """Which of the cases this person may open: of the others only reference and office are told."""
    ids = [row.case_id for row in rows if row.case_id]
    seen = (
        set(Case.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    )
    for row in rows:
        row.opens = row.case_id in seen  # type: ignore[attr-defined]
    return rows


def _line(row: ImportedRow) -> dict[str, Any]:
    said = []
    for column, words in row.why:
        label = str(COLUMNS[column]) if column in COLUMNS else ""
        said.append(gettext("%(column)s: %(words)s") % {"column": label, "words": words} if label else words)
    case, lang = row.case, get_language()
    return {
        "number": row.number,
        "said": said,
        **_read_as(row, lang),
        "reference": case.reference if case else "",
        "office": case.office.short_in(lang) if case else "",
        "opens": getattr(row, "opens", False),
    }


def _read_as(row: ImportedRow, lang: str | None) -> dict[str, str]:
    """What a row that waits was understood to say: its words, its place and its category. Emptied rows say nothing."""
    data = json.loads(row.data or "{}")
    place, category = division_names().get(data.get("division")), category_names().get(data.get("category"))
    named = [known.name_in(lang) for known in (place, category) if known]
    return {"text": data.get("text", ""), "subject": " · ".join([*named, data.get("received_on", "")])}
