"""The operator's pages: what waits, what failed, who is at work. For administrators, and without any case in them."""

from __future__ import annotations

import operator
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from operations import alarm, failures, figures, health
from operations.models import Intervention, Kind

#: Groups of failures, and failures of a group, that a page shows; above that it says how many more there are.
GROUPS, SHOWN = 50, 50
#: The last acts of administrators that the page shows.
ACTS = 20

PARTS = {
    "database": _("Database"),
    "migrations": _("Database changes of this version"),
    "worker": _("Background worker"),
    "channel_layer": _("Live updates"),
}
TEMPLATES = {
    "received": _("Concern received, to the business"),
    "update": _("Something new, to the business"),
    "staff": _("Something new, to staff"),
    "reminder": _("Reminder, to the business"),
    "digest": _("Dates that need somebody, to staff"),
}
WORKERS = {
    "worker": _("Workers in processes of their own"),
    "embedded": _("Worker within the server"),
}
#: What the runner records for a task that took its worker with it.
WORKER_DIED = "jobs.runner.WorkerDied"


class GiveUpForm(forms.Form):
    """Why failures are given up."""

    reason = forms.CharField(
        label=_("Why you give this up"),
        help_text=_("For the record. Do not name a business or a case."),
        max_length=300,
        error_messages={"required": _("Say why you give this up.")},
    )


@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """How the service is, at this moment; asks itself anew every half minute."""
    _administrator(request)
    groups = failures.groups()
    lateness = alarm.LATE.total_seconds()
    context = {
        "at": timezone.now(),
        "parts": [(PARTS[name], holds) for name, holds in health.parts().items()],
        "workers": [(WORKERS.get(k, k), count) for k, count in figures.workers().alive.items()],
        "failed": [_group_row(group) for group in groups[:GROUPS]],
        "failed_count": sum(group.count for group in groups),
        "failed_more": max(0, len(groups) - GROUPS),
        "tasks": [_pile_row(pile, pile.kind, lateness) for pile in figures.tasks_ready()[:GROUPS]],
        "running": [_pile_row(pile, pile.kind, lateness) for pile in figures.tasks_running()[:GROUPS]],
        "notices": [
            _pile_row(pile, TEMPLATES.get(pile.kind, pile.kind), lateness)
            for pile in figures.notices_waiting()
        ],
        "most": figures.MOST,
        "beats": figures.beats(),
        "reports": sorted(figures.browser_reports().items(), key=operator.itemgetter(1), reverse=True),
        "acts": [_act_row(act) for act in Intervention.objects.select_related("by")[:ACTS]],
    }
    return render(request, "operations/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def failed(request: HttpRequest, kind: str) -> HttpResponse:
    """One group of failures, named by ``what`` and ``why``: looked at, then tried again or given up."""
    user = _administrator(request)
    if kind not in Kind.values:
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    what, why = (asked.get(name, "").replace("\x00", "")[:200] for name in ("what", "why"))
    found = failures.members(Kind(kind), what, why)
    form = GiveUpForm(request.POST if "give_up" in request.POST else None)
    if request.method == "POST" and (answer := _act(request, user, Kind(kind), found, form)) is not None:
        return answer
    chosen = {str(row.id) for row in found} if len(found) == 1 else set(request.POST.getlist("id"))
    context = {
        "kind": Kind(kind),
        "name": _name(Kind(kind), what),
        "what": what,
        "why": why,
        "why_words": _why(Kind(kind), why),
        "rows": [(row, str(row.id) in chosen) for row in found[:SHOWN]],
        "count": len(found),
        "shown": SHOWN,
        "form": form,
    }
    return render(request, "operations/failed.html", context, status=422 if form.errors else 200)


def _act(
    request: HttpRequest, user: User, kind: Kind, found: list[failures.Failure], form: GiveUpForm
) -> HttpResponse | None:
    """Do what the button says to those chosen, or to all; None if something is still to be corrected."""
    chosen = set(request.POST.getlist("id"))
    ids = [row.id for row in found if "all" in request.POST or str(row.id) in chosen]
    if not ids:
        messages.warning(request, gettext("Nothing was changed: what you chose had not failed any more."))
        if found:
            return redirect(
                f"{request.path}?{urlencode({k: request.POST.get(k, '') for k in ('what', 'why')})}"
            )
        return redirect("operations:overview")
    if "give_up" in request.POST:
        if not form.is_valid():
            return None
        count = failures.give_up(kind, ids, by=user, reason=form.cleaned_data["reason"])
        words = ngettext("%(count)d failure was given up.", "%(count)d failures were given up.", count)
    else:
        count = failures.retry(kind, ids, by=user)
        words = ngettext("%(count)d failure is tried again.", "%(count)d failures are tried again.", count)
    messages.success(request, words % {"count": count})
    return redirect("operations:overview")


def _administrator(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not user.is_staff:
        raise PermissionDenied
    return user


def _group_row(group: failures.Group) -> dict[str, Any]:
    query = urlencode({"what": group.what, "why": group.why})
    return {
        "group": group,
        "kind": group.kind.label,
        "name": _name(group.kind, group.what),
        "why": _why(group.kind, group.why),
        "url": f"{reverse('operations:failed', args=[group.kind])}?{query}",
    }


def _pile_row(pile: figures.Pile, name: Any, lateness: float) -> dict[str, Any]:
    return {"name": name, "count": pile.count, "since": pile.since, "late": pile.seconds > lateness}


def _act_row(act: Intervention) -> dict[str, Any]:
    kind = Kind(act.kind)
    return {"act": act, "name": _name(kind, act.what), "why": _why(kind, act.why)}


def _name(kind: Kind, what: str) -> Any:
    return what if kind == Kind.TASK else TEMPLATES.get(what, what)


def _why(kind: Kind, why: str) -> Any:
    if kind == Kind.TASK:
        return _("The worker ended while it ran") if why == WORKER_DIED else why
    if why == "no answer, twice":
        return _("The mail server took it twice without an answer")
    if why[:1] == "5":
        return pgettext_lazy("mail server", "Refused: %(code)s") % {"code": why}
    return why
