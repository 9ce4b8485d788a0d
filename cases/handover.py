"""What becomes of the open cases of somebody who left: each goes to a supervisor of its office, by a move.

The author of the move is whoever caused it: the administrator who suspended or moved the person, or the clock when
it finds a case whose assignee may no longer hold it.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext
from django_tasks import task

from accounts.acts import leaving
from accounts.models import OFFICE_ROLES, Role, User
from cases.actions import perform
from cases.models import Case
from cases.permissions import Actor
from cases.refusals import Refusal
from jobs.periodic import every


def watch_leavers() -> None:
    leaving.connect(_on_leaving, dispatch_uid="cases.handover")


def _on_leaving(user: User, by: User, **kwargs: Any) -> tuple[int, int]:
    return hand_over(Case.objects.open().filter(assignee=user), by=by)


@every(seconds=600)
@task
def hand_over_strays() -> None:
    """Hand over every open case whose assignee is suspended or works elsewhere; nothing to do in most runs."""
    elsewhere = Q(assignee__role__in=OFFICE_ROLES) & ~Q(assignee__office=F("office"))
    works = (*OFFICE_ROLES, Role.HEADQUARTERS)
    gone = Q(assignee__is_active=False) | ~Q(assignee__role__in=works)
    hand_over(Case.objects.open().filter(assignee__isnull=False).filter(elsewhere | gone), by=None)


def hand_over(cases: QuerySet[Case], *, by: User | None) -> tuple[int, int]:
    """Assign each case to a supervisor of its office, the head first; without one it is released to the office.

    Returns how many went to somebody and how many to nobody. A case that somebody else
    was given meanwhile stays with them; one that is being moved is left to the next ``hand_over_strays``.
    """
    actor = Actor.accounts(by)
    given = left = 0
    for case in cases.select_related("assignee").order_by("pk"):
        leaver = case.assignee
        assert leaver is not None  # the caller has seen to it
        taker = _supervisor_of(case.office_id, leaver)
        with translation.override(taker.language if taker else leaver.language):
            words = gettext("Handed over: %(name)s no longer works on it.") % {"name": leaver}
        try:
            if taker is not None:
                perform(case, "assign", by=actor, user=taker, reason=words, of=leaver)
                given += 1
            else:
                perform(case, "release", by=actor, note=words, of=leaver)
                left += 1
        except Refusal:
            continue
    return given, left


def _supervisor_of(office_code: str, leaver: User) -> User | None:
    supervisors = User.objects.filter(role=Role.SUPERVISOR, office=office_code, is_active=True)
    return supervisors.exclude(pk=leaver.pk).order_by("-heads_office", "pk").first()
