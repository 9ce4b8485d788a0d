"""A caseworker's day: what they owe today, this week and since longer, and what waits for others."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Role
from cases.clocks import erasure_due, erasure_rule, today
from cases.filters import due_later_today, overdue
from cases.models import Case, Event, Extension
from cases.models.case import CaseQuerySet
from cases.paging import COUNT_LIMIT, capped_counts
from cases.states import ENDED, OPEN, Erasure, Waiting
from cases.views.queue import ROW, days_left, row_of
from cases.views.seeing import officer
from jobs.clock import this_moment

#: Of each part so many cases are shown; the number beside its name counts further.
SHOWN = 20


@require_safe
@never_cache
def day(request: HttpRequest) -> HttpResponse:
    user = officer(request)
    now = today()
    sunday = now + timedelta(days=6 - now.weekday())
    mine = Case.objects.filter(assignee=user, state__in=OPEN).visible_to(user)
    owed = Q(due_paused=False)
    parts = {
        "overdue": (_("Overdue"), overdue()),
        "today": (_("Due today"), due_later_today()),
        "chase": (
            _("Remind the authority"),
            Q(due_paused=True, waiting_for=Waiting.AUTHORITY, due_on__lte=now),
        ),
        "week": (_("Due later this week"), owed & Q(due_on__gt=now, due_on__lte=sunday)),
        "others": (
            _("Waiting for others"),
            Q(due_paused=True) & ~Q(waiting_for=Waiting.AUTHORITY, due_on__lte=now),
        ),
    }
    rows = {name: mine.filter(which) for name, (_label, which) in parts.items()}
    if user.office_id:
        # Nobody's yet, so everybody's who may accept it.
        parts = {"arriving": (_("Your office is asked to take over"), Q()), **parts}
        rows["arriving"] = Case.objects.filter(moving_to=user.office_id, state__in=OPEN).visible_to(user)
    if user.role == Role.SUPERVISOR:
        # Asked for by somebody else: four eyes.
        asked = Extension.objects.filter(decision="").exclude(asked_by=user)
        parts = {"decide": (_("A later date is asked for: decide"), Q()), **parts}
        rows["decide"] = Case.objects.filter(
            office=user.office_id, state__in=OPEN, pk__in=asked.values("case")
        )
        # Not by who closed it, nor by who wrote down what somebody said on the phone.
        ended = Case.objects.filter(office=user.office_id, state__in=ENDED)
        heard = Event.objects.filter(by_user=user, move="request_erasure")
        parts = {
            "again": (_("Somebody asks us to look again: decide"), Q()),
            "erase": (_("Erasure of personal data is asked for: decide"), Q()),
            **parts,
        }
        rows["again"] = ended.exclude(reopen_asked="").exclude(ended_by=user)
        rows["erase"] = _erasures_asked(user.office_id).exclude(pk__in=heard.values("case"))
    counts = capped_counts({name: [rows[name]] for name in parts})
    lang = get_language()
    everywhere = user.role == Role.HEADQUARTERS
    groups: list[dict[str, Any]] = []
    for name, (label, _which) in parts.items():
        if counts[name]:
            order = "asked_at" if name == "erase" else "due_on"
            shown = rows[name].select_related("assignee").only(*ROW).order_by(order, "id")[:SHOWN]
            lines = [
                row_of(case, now, lang, name_office=everywhere or name == "arriving")
                | (_decided_by(case, now) if name == "erase" else {})
                for case in shown
            ]
            late = name == "erase" and any((line["left"] or 0) < 0 for line in lines)
            groups.append(
                {
                    "label": label,
                    "count": f"{COUNT_LIMIT}+" if counts[name] > COUNT_LIMIT else str(counts[name]),
                    "bad": name == "overdue" or late,
                    "rows": lines,
                }
            )
    owing = sum(
        counts[name]
        for name in ("again", "erase", "decide", "arriving", "overdue", "today", "chase")
        if name in counts
    )
    words = ngettext("%(n)s case needs you today", "%(n)s cases need you today", owing) % {"n": f"{owing:,}"}
    all_mine = f"{reverse('cases:queue')}?state=open&assignee=me"
    return render(request, "cases/day.html", {"groups": groups, "words": words, "all_mine": all_mine})


def _erasures_asked(office: str | None) -> CaseQuerySet:
    """Requests to erase that wait for a decision, with the moment they were made.

    Those of open concerns too once the target has passed: they cannot be granted yet, but their time runs as well.
    """
    asked = Event.objects.filter(case=OuterRef("pk"), move="request_erasure").order_by("-seq")
    cases = Case.objects.filter(office=office, erasure=Erasure.ASKED, state__in=OPEN + ENDED)
    cases = cases.annotate(asked_at=Subquery(asked.values("at")[:1]))
    rule = erasure_rule(today())
    if rule is None:
        return cases.filter(state__in=ENDED)
    urged = this_moment() - timedelta(days=rule.target)
    return cases.filter(Q(state__in=ENDED) | Q(asked_at__lte=urged))


def _decided_by(case: Any, now: date) -> dict[str, Any]:
    """In the column of dates stands when the request is due, not the concern."""
    due = erasure_due(case.asked_at) if case.asked_at else None
    return {"due_on": due, "due_time": None, "over": False, "paused": "", "left": days_left(due, now, "HK")}
