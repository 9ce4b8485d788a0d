"""The queue: the cases this person may work on, filtered, in order, a page at a time."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Role, User
from cases.clocks import today
from cases.filters import PAGE_NAMES, CaseFilter, Forgiven, colleagues_of, overdue
from cases.history import category_names, division_names, offices
from cases.models import Case
from cases.paging import COUNT_LIMIT, SIZES, Page, capped_counts, page_of, size_of
from cases.states import OPEN, Priority, Sharing, State, Verdict, Waiting
from cases.views.seeing import officer
from jobs.clock import this_moment
from routing.calendars import load_calendar
from text.dates import HONG_KONG

#: Columns of a row; the rest of the case stays unread.
ROW = (
    "reference",
    "title",
    "language",
    "state",
    "sharing",
    "bounces",
    "verdict",
    "enquiry",
    "flagged",
    "priority",
    "category",
    "division",
    "office",
    "assignee__name",
    "due_on",
    "due_time",
    "due_paused",
    "waiting_for",
    "received_at",
    "updated_at",
)
COLUMNS = [("due_on", _("Due")), ("updated_at", pgettext_lazy("column", "Updated"))]
VIEWS = [
    ("open", _("My office – open"), "list", {"state": "open"}),
    ("mine", _("Mine"), "user", {"state": "open", "assignee": "me"}),
    ("unclaimed", _("Unclaimed"), "inbox", {"state": "open", "assignee": "nobody"}),
    ("overdue", _("Overdue"), "alert", {"state": "open", "overdue": "yes"}),
    ("authority", _("With the authority"), "send", {"state": "open", "waiting_for": "authority"}),
]


@require_safe
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    user = officer(request)
    asked = {name: str(value) for name, value in request.GET.items() if value}
    if not set(asked) - PAGE_NAMES:
        asked["state"] = "open"
    elif asked.get("state") == "any":
        del asked["state"]
    visible = Case.objects.visible_to(user)
    found = CaseFilter.forgiving(asked, visible, request)
    size = size_of(asked.get("size"))
    rows = found.rows.select_related("assignee").only(*ROW)
    page = page_of(rows, found.ordering, asked.get("cursor", ""), size)
    total, counts = _counts(found, user)
    here = {name: value for name, value in asked.items() if name != "cursor"}
    views = _views(asked, counts, user)
    context = {
        "title": next((v["label"] for v in views if v["current"]), gettext("Cases")),
        "groups": _groups(page, found.ordering, today(), user),
        "page": page,
        "pages": _pages(page, here),
        "per": [{"size": n, "url": _query(here, size=n), "current": n == size} for n in SIZES],
        "words": _how_many(total),
        "views": views,
        "columns": _columns(found.ordering, here),
        "ordering": asked.get("ordering", ""),
        "q": found.chosen.data.get("q", ""),
        "due_before": found.chosen.data.get("due_before", ""),
        "size": asked.get("size", ""),
        "chips": _chips(found, here),
        "filters": _choices(found, user),
        "notices": _notices(found),
        "imports": user.role in (Role.SUPERVISOR, Role.HEADQUARTERS),
    }
    return render(request, "cases/queue.html", context)


# --- counts -------------------------------------------------------------------------------
def _counts(found: Forgiven, user: User) -> tuple[int, dict[str, int]]:
    """The number found and of each view in one query, each counted to just above the limit."""
    visible: list[QuerySet[Case]] = [*Case.objects.visible_parts(user)]
    opened = [part.filter(state__in=OPEN) for part in visible]
    parts: dict[str, list[QuerySet[Case]]] = {
        "found": [found.rows_among(part) for part in visible],
        "open": opened,
        "mine": [part.filter(assignee=user) for part in opened],
        "unclaimed": [part.filter(assignee=None) for part in opened],
        "overdue": [part.filter(overdue()) for part in opened],
        "authority": [part.filter(waiting_for=Waiting.AUTHORITY) for part in opened],
    }
    counted = capped_counts(parts)
    return counted.pop("found"), counted


def _how_many(total: int) -> str:
    if total > COUNT_LIMIT:
        return gettext("More than %(limit)s cases") % {"limit": f"{COUNT_LIMIT:,}"}
    return ngettext("%(n)s case", "%(n)s cases", total) % {"n": total}


def _views(asked: dict[str, str], counts: dict[str, int], user: User) -> list[dict[str, Any]]:
    """The views at the side, with how many cases each holds."""
    filters = {name: value for name, value in asked.items() if name not in PAGE_NAMES}
    return [
        {
            "name": name,
            "label": _view_label(name, label, user),
            "icon": icon,
            "url": "?" + urlencode(params),
            "count": f"{COUNT_LIMIT}+" if counts[name] > COUNT_LIMIT else str(counts[name]),
            "current": filters == params,
            "over": name == "overdue" and counts[name] > 0,
        }
        for name, label, icon, params in VIEWS
    ]


def _view_label(name: str, label: Any, user: User) -> str:
    if name == "open" and user.role == Role.HEADQUARTERS:
        return gettext("All offices – open")
    return str(label)


# --- rows ---------------------------------------------------------------------------------
def row_of(case: Case, now: date, lang: str | None, *, name_office: bool) -> dict[str, Any]:
    """A case as ``parts/case_row.html`` shows it."""
    category = category_names().get(case.category_id)
    main = category.parent if category and category.parent else category
    place = division_names().get(case.division_id)
    office = offices().get(case.office_id)
    words = [main.name_in(lang) if main else "", place.name_in(lang) if place else ""]
    if name_office and office:
        words.append(office.short_in(lang))
    flags = []
    if case.priority == Priority.URGENT:
        flags.append({"icon": "alert", "words": gettext("Urgent")})
    if case.enquiry:
        flags.append({"icon": "pen", "words": gettext("quick question")})
    if case.flagged and case.state == State.RECEIVED:
        flags.append({"icon": "alert", "words": gettext("looks automatic")})
    if case.verdict == Verdict.CONTESTED:
        flags.append({"icon": "alert", "words": gettext("the business says: not settled")})
    if case.sharing != Sharing.NAMED:
        flags.append({"icon": "lock", "words": gettext("identity withheld")})
    if count := case.bounces:
        said = ngettext("%(count)d authority not responsible", "%(count)d authorities not responsible", count)
        flags.append({"icon": "alert", "words": said % {"count": count}})
    return {
        "reference": case.reference,
        "url": reverse("cases:case", args=[case.reference]),
        "title": case.title,
        "lang": case.language,
        "subject": " · ".join(word for word in words if word),
        "flags": flags,
        "state": case.state,
        "state_label": str(State(case.state).label),
        "owner": case.assignee.name if case.assignee else "",
        "due_on": case.due_on,
        "due_time": case.due_time,
        "over": hour_has_passed(case.due_on, case.due_time),
        "left": days_left(case.due_on, now, office.calendar if office else "HK"),
        "paused": _pause(case),
        "updated": case.updated_at,
    }


def _pause(case: Case) -> str:
    if not case.due_paused:
        return ""
    return "business" if case.waiting_for == Waiting.BUSINESS else "chase"


def days_left(due: date | None, now: date, calendar: str) -> int | None:
    """Working days from today until the day it is due; negative once it has passed."""
    if due is None:
        return None
    days = load_calendar(calendar)
    if due < now:
        return -max(1, days.working_days_between(due, now))
    return days.working_days_between(now, due)


def hour_has_passed(due: date | None, at: time | None) -> bool:
    """Whether it is the very day of a limit in hours, and later than its hour."""
    now = this_moment().astimezone(HONG_KONG)
    return at is not None and due == now.date() and at <= now.time()


def _groups(page: Page, ordering: str, now: date, user: User) -> list[dict[str, Any]]:
    """Overdue, due this week and later when the page is in that order; otherwise one group without a head."""
    lang = get_language()
    everywhere = user.role == Role.HEADQUARTERS
    rows = [row_of(case, now, lang, name_office=everywhere) for case in page]
    if ordering != "due_on":
        return [{"label": "", "rows": rows}]
    sunday = now + timedelta(days=6 - now.weekday())
    groups: dict[str, list[dict[str, Any]]] = {"overdue": [], "week": [], "later": [], "none": []}
    for row in rows:
        due = row["due_on"]
        if due is None:
            groups["none"].append(row)
        elif (due < now or row["over"]) and not row["paused"]:
            groups["overdue"].append(row)
        else:
            groups["week" if due <= sunday else "later"].append(row)
    labels = {
        "overdue": gettext("Overdue"),
        "week": gettext("Due this week"),
        "later": pgettext("due", "Later"),
        "none": gettext("Without a date"),
    }
    return [
        {"label": labels[name], "rows": found, "bad": name == "overdue"}
        for name, found in groups.items()
        if found
    ]


# --- links --------------------------------------------------------------------------------
def _query(here: dict[str, str], **changes: Any) -> str:
    """The address of this list with some parameters changed; an empty value takes one away."""
    return "?" + urlencode({k: v for k, v in {**here, **changes}.items() if v})


def _pages(page: Page, here: dict[str, str]) -> dict[str, str]:
    return {
        "first": "" if page.is_first else _query(here),
        "previous": _query(here, cursor=page.before) if page.before else "",
        "next": _query(here, cursor=page.after) if page.after else "",
        "last": _query(here, cursor=page.last) if page.after else "",
    }


def _columns(ordering: str, here: dict[str, str]) -> list[dict[str, str]]:
    """Headings that sort. The first press gives the useful direction, the next turns it round."""
    first = {"due_on": "due_on", "updated_at": "-updated_at"}
    columns = []
    for name, label in COLUMNS:
        current = ordering.lstrip("-") == name
        turned = ordering.lstrip("-") if ordering.startswith("-") else f"-{ordering}"
        columns.append(
            {
                "label": str(label),
                "url": _query(here, ordering=turned if current else first[name]),
                "sort": ("descending" if ordering.startswith("-") else "ascending") if current else "",
            }
        )
    return columns


def _chips(found: Forgiven, here: dict[str, str]) -> list[dict[str, str]]:
    """What is filtered by, each with the address without it."""
    chips = []
    for name, value in found.chosen.data.items():
        field = found.form.fields[name]
        chips.append(
            {
                "name": str(field.label),
                "value": _in_words(field, found.form.cleaned_data.get(name), value),
                "url": _query(here, **({name: "any"} if name == "state" else {name: ""})),
            }
        )
    return chips


def _in_words(field: Any, cleaned: Any, value: str) -> str:
    if hasattr(cleaned, "name_in"):
        return str(cleaned)
    if special := {"me": gettext("Me"), "nobody": gettext("Unclaimed")}.get(value):
        return special
    flat = {str(code): str(label) for code, label in getattr(field, "choices", [])}
    return flat.get(value, value)


def _notices(found: Forgiven) -> list[str]:
    """Sentences about what was asked for and not used."""
    said = []
    if found.ignored:
        said.append(gettext("Part of the address was not understood and has been left out."))
    for name, errors in found.errors.items():
        label = found.form.fields[name].label
        said += [f"{label}: {error}" for error in errors]
    return said


# --- the filter form ----------------------------------------------------------------------
def _choices(found: Forgiven, user: User) -> list[dict[str, Any]]:
    """Filters as selects. Places and categories offer what people ask for; the address takes any."""
    lang = get_language()
    data = found.chosen.data
    provinces = [(d.code, d.name_in(lang)) for d in division_names().values() if d.level == "province"]
    mains = [(c.code, c.name_in(lang)) for c in category_names().values() if c.parent_id is None]
    form: Any = found.form
    offered: dict[str, list[tuple[str, str]]] = {
        "state": [
            ("any", gettext("Any stage")),
            *((c, str(label)) for c, label in form.fields["state"].choices if c),
        ],
        "category": [("", gettext("Any category")), *mains],
        "division": [("", gettext("Any province")), *provinces],
        "assignee": [
            ("", gettext("Anybody")),
            ("me", gettext("Me")),
            ("nobody", gettext("Unclaimed")),
            *((u.username, u.name) for u in colleagues_of(user)),
        ],
        **{
            name: [(c, str(label)) for c, label in form.fields[name].choices]
            for name in ("priority", "waiting_for", "language")
        },
    }
    if user.role == Role.HEADQUARTERS:
        offered["office"] = [
            ("", gettext("Any office")),
            *((o.code, o.short_in(lang)) for o in offices().values()),
        ]
    return [
        {
            "name": name,
            "label": str(form.fields[name].label),
            "options": _with_present(options, data.get(name, ""), form, name),
            "value": data.get(name, "any" if name == "state" else ""),
        }
        for name, options in offered.items()
    ]


def _with_present(options: list[tuple[str, str]], value: str, form: Any, name: str) -> list[tuple[str, str]]:
    """The offered options, and the present value if the address brought another one."""
    if value and value not in dict(options):
        return [*options, (value, _in_words(form.fields[name], form.cleaned_data.get(name), value))]
    return options
