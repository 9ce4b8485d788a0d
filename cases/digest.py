"""One mail for all that clocks have to say to one person: gathered here, written when it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language, gettext

from accounts.models import User
from cases.clocks import alarms_of, clocks_of
from cases.history import stage_name
from cases.models import Case, Notice, TakenStep, Telling
from cases.models.event import past_of
from cases.told import calendar_of, office_hours
from jobs.clock import this_moment
from text.dates import long_date

TEMPLATE = "digest"
#: At most one such mail to a person in this time.
BETWEEN = timedelta(hours=1)
#: So many cases are named; the page names all.
NAMED = 50


@dataclass(frozen=True)
class Lines:
    """All that is said of one case."""

    reference: str
    link: str
    words: list[str]


def gather() -> int:
    """Put everything that nobody was told yet into one waiting mail for each person; returns for how many."""
    waiting = (
        Telling.objects.filter(notice=None).values_list("user_id", flat=True).distinct().order_by("user_id")
    )
    users = list(waiting)
    for user_id in users:
        _gather_for(user_id)
    return len(users)


@transaction.atomic
def _gather_for(user_id: int) -> None:
    # The row of the person is what several workers wait at, so that there is one mail and not two.
    user = User.objects.select_for_update().get(pk=user_id)
    untold = Telling.objects.filter(user=user, notice=None)
    if not untold.exists():
        return
    mails = Notice.objects.filter(to_user=user, template=TEMPLATE)
    notice = (
        mails.select_for_update()
        .filter(status=Notice.Status.WAITING, sending_at=None)
        .order_by("-pk")
        .first()
    )
    if notice is None:
        at = this_moment()
        last = mails.order_by("-pk").values_list("not_before", flat=True).first()
        at = max(at, last + BETWEEN) if last else at
        notice = Notice.objects.create(
            to_user=user,
            template=TEMPLATE,
            language=user.language,
            not_before=office_hours(at, calendar_of(user)),
        )
    untold.update(notice=notice)


def facts_of(notice: Notice, language: str) -> dict[str, Any] | None:
    """What the mail says, in the active language; None if everything in it has been settled meanwhile.

    Whoever went to another office since it was gathered is told nothing of cases they may no longer see.
    """
    rows = (
        TakenStep.objects.filter(
            tellings__notice=notice, case__in=Case.objects.visible_to(notice.to_user).values("pk")
        )
        .select_related("case")
        .defer("case__suggestion")
        .order_by("limit", "pk")
    )
    asking = {case.pk: _asked_of(case) for case in {row.case.pk: row.case for row in rows}.values()}
    live = [row for row in rows if row.round == row.case.round and row.key in asking[row.case_id]]
    if not live:
        return None
    root = f"{settings.SITE_ORIGIN}/{language}/cases/"
    said: dict[str, Lines] = {}
    for row in live:
        reference = row.case.reference
        of_case = said.setdefault(reference, Lines(reference, f"{root}{reference}/", []))
        if (words := _words(row)) not in of_case.words:  # two steps of one clock may say the same
            of_case.words.append(words)
    cases = list(said.values())
    return {"cases": cases[:NAMED], "more": max(0, len(cases) - NAMED), "count": len(cases)}


def _asked_of(case: Case) -> set[str]:
    """The keys of the steps that clocks of the case ask for now; what was done meanwhile is not among them."""
    return {alarm.key for alarm in alarms_of(case, clocks_of(case, past_of(case.pk)))}


def _words(row: TakenStep) -> str:
    """One step in words: no name, no authority, nothing that anybody wrote."""
    facts = {"stage": stage_name(row.stage), "date": _date(row.limit), "level": row.level}
    if row.action == "escalate" and row.level:
        return gettext("raised to level %(level)s: %(stage)s, limit %(date)s") % facts
    if row.action == "close":
        return gettext("could not be closed by itself: %(stage)s, limit %(date)s") % facts
    if row.step == "authority-chase":
        return gettext("a reminder to the authority is due: %(date)s") % {"date": _date(row.day)}
    return gettext("%(stage)s, limit %(date)s") % facts


def _date(day: date) -> str:
    return long_date(day, get_language() or "en")
