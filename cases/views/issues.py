"""Issues: the list, the page of one, and each act on it with a form of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from cases.forms.issues import Change, Facts, Gather, News, WithReason
from cases.history import category_names, division_names
from cases.issues import acts, showing
from cases.issues.guard import TEXTS
from cases.models import IssueNews, SystemicIssue
from cases.models.issue import OPEN_ISSUE, of_the_lead
from cases.models.machine import moves_open_to
from cases.permissions import Actor
from cases.public import SENTENCES
from cases.refusals import Busy, Conflict, InputRefused, NotPermitted, Unseen, VersionMissing
from cases.states import State
from cases.views.intake import SeeOther
from cases.views.seeing import case_or_404, officer

A_PAGE = 50
#: The acts that change the status: what their page and button say.
ACTS: dict[str, dict[str, Any]] = {
    "take_up": {"title": _("Raised with the authorities"), "button": _("Record that it was raised")},
    "note_answer": {"title": _("The authorities have answered"), "button": _("Record the answer")},
    "settle": {"title": _("Settled"), "button": _("End the issue as settled")},
    "drop": {"title": _("Not pursued"), "button": _("End the issue: not pursued")},
    "reopen": {"title": _("Reopen the issue"), "button": _("Reopen")},
}


def issue_or_404(user: User, number: str) -> SystemicIssue:
    """Invisible and unknown are the same 404."""
    rows = SystemicIssue.objects.visible_to(user).select_related("lead_office", "owner")
    issue = rows.filter(number=number.upper()).first()
    if issue is None:
        raise Http404
    return issue


@require_safe
@never_cache
def issues(request: HttpRequest) -> HttpResponse:
    user = officer(request)
    rows = SystemicIssue.objects.visible_to(user).select_related("lead_office")
    everything = request.GET.get("state") == "any"
    if not everything:
        rows = rows.filter(status__in=OPEN_ISSUE)
    words = request.GET.get("q", "")[:200]
    page = Paginator(showing.searched(rows, words), A_PAGE).get_page(request.GET.get("page"))
    counted = showing.counted(page.object_list, user)
    context = {
        "page": page,
        "q": words,
        "everything": everything,
        "rows": [_row(issue, counted) for issue in page],
    }
    return render(request, "cases/issues.html", context)


def _row(issue: SystemicIssue, counted: dict[int, showing.Counted]) -> dict[str, Any]:
    return {
        "issue": issue,
        "status": issue.get_status_display(),
        "office": issue.lead_office.short_in(get_language()),
        "counted": counted.get(issue.pk, showing.Counted()).words(),
    }


@require_safe
@never_cache
def issue(request: HttpRequest, issue: str) -> HttpResponse:
    user = officer(request)
    return render(request, "cases/issue.html", _context(request, user, issue_or_404(user, issue)))


def _context(request: HttpRequest, user: User, found: SystemicIssue) -> dict[str, Any]:
    lang = get_language()
    rows = showing.gathered([found], user).select_related("case__office").order_by("-pk")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    tellings = showing.tellings_of(found, user)
    leads = of_the_lead(found, user)
    category, place = category_names().get(found.category_id), division_names().get(found.division_id)
    return {
        "issue": found,
        "status": found.get_status_display(),
        "office": found.lead_office.short_in(lang),
        "category": category.name_in(lang) if category else found.category_id,
        "place": place.name_in(lang) if place else found.division_id,
        "counted": showing.counted([found], user).get(found.pk, showing.Counted()).words(),
        "leads": leads,
        "acts": [
            {"url": reverse("cases:issue_act", args=[found.number, act]), **ACTS[act]}
            for act in acts.acts_open_to(found, user)
        ],
        "page": page,
        "rows": [
            {
                "case": row.case,
                "state": State(row.case.state).label,
                "office": row.case.office.short_in(lang),
                "joined_at": row.joined_at,
            }
            for row in page
        ],
        "referrals": [
            {"row": r, "authority": r.authority.name_in(lang), "state": r.get_state_display()}
            for r in showing.referrals_of(found, user)
        ],
        "news": [
            {
                "row": one,
                "texts": _in_three({name: getattr(one, name) for name in TEXTS}),
                "may_decide": one.state == IssueNews.State.PROPOSED and acts.may_decide(one, found, user),
                **{state: tellings.get(one.pk, {}).get(state, 0) for state in ("told", "waiting")},
            }
            for one in found.news.select_related("author", "decided_by")
        ],
        "history": showing.history_of(found, user),
    }


def _in_three(texts: dict[str, str]) -> list[dict[str, Any]]:
    """The words of each language as its businesses read them, with the sentence above them."""
    shown = []
    names = dict(settings.LANGUAGES)
    for field, code in TEXTS.items():
        with override(code):
            sentence = str(SENTENCES["issue_news"])
        shown.append({"language": code, "name": str(names[code]), "sentence": sentence, "text": texts[field]})
    return shown


# --- opening and changing ---------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """A new issue; with ``?case=`` one that begins with this case."""
    user = officer(request)
    reference = request.GET.get("case", "")
    case = case_or_404(request, reference) if reference else None
    start = {"category": case.category_id, "division": case.division_id} if case else {}
    form = Facts(request.POST if request.method == "POST" else None, by=user, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            opened = acts.open_issue(user, **form.cleaned_data)
        except NotPermitted:
            raise PermissionDenied from None
        if case is not None:
            (line,) = acts.gather(opened, [case.reference], by=user)
            if not line.done:
                messages.warning(request, line.said)
        return SeeOther(reverse("cases:issue", args=[opened.number]))
    return _form(request, form, title=_("New issue"), button=_("Open the issue"), case=case)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def change(request: HttpRequest, issue: str) -> HttpResponse:
    user = officer(request)
    found = _led(user, issue)
    start = {
        "title": found.title,
        "summary": found.summary,
        "category": found.category_id,
        "division": found.division_id,
        "lead_office": found.lead_office_id,
        "owner": found.owner.username if found.owner else "",
    }
    posted = request.POST if request.method == "POST" else None
    form = Change(posted, by=user, lead=found.lead_office_id, initial=start)

    def act(version: int | None) -> None:
        acts.change_facts(found, by=user, version=version, **form.cleaned_data)

    return _answer(request, found, form, act, title=_("Change the issue"), button=_("Save"))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def status(request: HttpRequest, issue: str, change: str) -> HttpResponse:
    user = officer(request)
    found = issue_or_404(user, issue)
    if change not in ACTS:
        raise Http404
    way = next(iter(getattr(SystemicIssue, change)._django_fsm.transitions.values()))
    if not way.permission(found, user):
        raise PermissionDenied
    form = WithReason(request.POST if request.method == "POST" else None)

    def act(version: int | None) -> None:
        acts.change_status(found, change, by=user, version=version, reason=form.cleaned_data["reason"])

    return _answer(request, found, form, act, **ACTS[change])


# --- cases ------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def gather(request: HttpRequest, issue: str) -> HttpResponse:
    """Add cases by their references; what became of each is said line by line."""
    user = officer(request)
    found = issue_or_404(user, issue)
    form = Gather(request.POST if request.method == "POST" else None)
    lines: list[acts.Line] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        lines = acts.gather(
            found, given["references"], by=user, reason=given["reason"], tell_news=given["tell_news"]
        )
        form = Gather()
    return _form(
        request, form, found, title=_("Add cases"), button=_("Add the cases"), lines=lines, about=_GATHERING
    )


_GATHERING = _("Only cases that you work on are added. Their businesses are told nothing of it.")


@require_safe
@never_cache
def choose(request: HttpRequest, reference: str) -> HttpResponse:
    """Which issue a case is to join: search by words, or open a new one."""
    user = officer(request)
    case = case_or_404(request, reference)
    if not {"join_issue", "leave_issue"} & set(moves_open_to(case, Actor.staff(user))):
        raise PermissionDenied
    words = request.GET.get("q", "")[:200]
    rows = SystemicIssue.objects.visible_to(user).filter(status__in=OPEN_ISSUE).select_related("lead_office")
    found = showing.searched(rows, words)[:A_PAGE]
    counted = showing.counted(found, user)
    context = {"case": case, "q": words, "rows": [_row(one, counted) for one in found]}
    return render(request, "cases/issue_choose.html", context)


# --- news -------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def news(request: HttpRequest, issue: str) -> HttpResponse:
    """Write news; a preview shows each language as its businesses will read it."""
    user = officer(request)
    found = _led(user, issue)
    form = News(request.POST if request.method == "POST" else None)

    def act(version: int | None) -> None:
        acts.propose_news(found, form.cleaned_data, by=user, version=version)

    words = {"title": _("Write news"), "button": _("Propose"), "about": _WRITING, "previews": True}
    if "_preview" in request.POST and form.is_valid():
        return _form(request, form, found, preview=_in_three(form.cleaned_data), **words)
    return _answer(request, found, form, act, done=_("Your words wait for a supervisor."), **words)


_WRITING = _(
    "Every business in this issue reads this on its own page, in its own language, and none learns of another. "
    "Name no company, person or reference. A supervisor publishes it. The mail says only that there is something new."
)


@require_POST
@never_cache
def decision(request: HttpRequest, issue: str, number: int) -> HttpResponse:
    """Publish news or turn it down; 403 for its author and for whoever is no supervisor of the lead."""
    user = officer(request)
    found = issue_or_404(user, issue)
    publish = "publish" in request.POST
    try:
        acts.decide_news(found, number, by=user, version=_version(request), publish=publish)
    except Unseen:
        raise Http404 from None
    except NotPermitted:
        raise PermissionDenied from None
    except InputRefused as refused:
        said = [str(one) for errors in refused.errors.values() for one in errors]
        return _page_with(request, user, found, [gettext("It was not published."), *dict.fromkeys(said)], 422)
    except VersionMissing as missing:
        return _page_with(request, user, found, [str(missing.message)], 428)
    except (Conflict, Busy) as refused:
        return _page_with(request, user, found, [str(refused.message)], 409)
    messages.success(request, _("The news is published.") if publish else _("The news is turned down."))
    return SeeOther(reverse("cases:issue", args=[found.number]))


def _page_with(
    request: HttpRequest, user: User, found: SystemicIssue, said: list[str], code: int
) -> HttpResponse:
    context = _context(request, user, issue_or_404(user, found.number))
    return render(request, "cases/issue.html", {**context, "refused": said}, status=code)


# --- what these pages share -------------------------------------------------------------------
def _led(user: User, number: str) -> SystemicIssue:
    found = issue_or_404(user, number)
    if not of_the_lead(found, user):
        raise PermissionDenied
    return found


def _version(request: HttpRequest) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _answer(
    request: HttpRequest,
    found: SystemicIssue,
    form: forms.Form,
    act: Any,
    *,
    done: Any = "",
    **words: Any,
) -> HttpResponse:
    """Do it, or show the form again with all that was typed and why not."""
    if request.method != "POST":
        return _form(request, form, found, **words)
    if not form.is_valid():
        return _form(request, form, found, **words)
    try:
        act(_version(request))
    except Unseen:
        raise Http404 from None
    except NotPermitted:
        raise PermissionDenied from None
    except InputRefused as refused:
        for name, said in refused.errors.items():
            form.add_error(name if name in form.fields else None, [str(one) for one in said])
        return _form(request, form, found, **words)
    except (Conflict, Busy, VersionMissing) as refused:
        now = SystemicIssue.objects.select_related("lead_office", "owner").get(pk=found.pk)
        return _form(request, form, now, refused=refused, **words)
    if done:
        messages.success(request, done)
    return SeeOther(reverse("cases:issue", args=[found.number]))


def _form(
    request: HttpRequest, form: forms.Form, found: SystemicIssue | None = None, **more: Any
) -> HttpResponse:
    refused = more.get("refused")
    back = reverse("cases:issue", args=[found.number]) if found else reverse("cases:issues")
    lately = showing.history_of(found, officer(request), 3) if refused and found else []
    context = {"form": form, "issue": found, "back": back, "lately": lately, **more}
    code = refused.status if refused else 422 if form.is_bound and form.errors else 200
    return render(request, "cases/issue_form.html", context, status=code)
