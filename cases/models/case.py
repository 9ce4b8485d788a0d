"""A business's concern from the moment it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from accounts.models import Role
from cases.models.course import Course
from cases.models.dialogue import Dialogue
from cases.models.ending import Ending
from cases.models.erasing import Erasing
from cases.models.gathering import Gathering
from cases.models.ownership import Ownership
from cases.models.prepared import Prepared
from cases.models.reaching import Reaching
from cases.models.settling import Settling
from cases.models.shielding import Shielding
from cases.permissions import Actor, ActorKind
from cases.states import ENDED, OPEN
from jobs.clock import this_moment

if TYPE_CHECKING:
    from accounts.models import User


def visibility(who: User | Actor | Any) -> Q | None:
    """Which cases this person or actor may see, said with columns of the case alone; None if they see none.

    Officials, administrators and people who are not signed in see none.
    """
    if isinstance(who, Actor):
        if who.kind == ActorKind.SYSTEM:
            return Q()
        if who.kind != ActorKind.STAFF:
            if who.case_id is not None:
                return Q(pk=who.case_id)
            return Q(filed_by=who.user) if who.user is not None else None
        who = who.user
    role = getattr(who, "role", None)
    if not getattr(who, "is_active", False):
        return None
    if role == Role.HEADQUARTERS:
        return Q()
    if role in (Role.CASEWORKER, Role.SUPERVISOR):
        office = getattr(who, "office_id", None)
        return Q(office=office) | _visiting(office)
    if role == Role.PARTNER:
        return Q(filed_by=who)
    return None


def _visiting(office: str | None) -> Q:
    """Cases of other offices that this one may see."""
    return (
        Q(co_office=office)
        | Q(moving_to=office)
        | Q(former_office=office, former_office_reads_until__gt=this_moment())
    )


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, who: User | Actor | Any) -> CaseQuerySet:
        """The cases this person or actor may see; every query for anybody starts here."""
        condition = visibility(who)
        return self.none() if condition is None else self.filter(condition)

    def visible_parts(self, who: User) -> list[CaseQuerySet]:
        """``visible_to`` in parts that have no case in common: an index can serve each, but none their union."""
        if who.is_active and who.role in (Role.CASEWORKER, Role.SUPERVISOR):
            own = Q(office=who.office_id)
            return [self.filter(own), self.filter(~own & _visiting(who.office_id))]
        return [self.visible_to(who)]

    def open(self) -> CaseQuerySet:
        return self.exclude(state__in=["closed", "withdrawn"])


def sees(who: User | Actor | Any, case: Case) -> bool:
    """Whether ``visibility`` is true of the case as this object holds it."""
    condition = visibility(who)
    return condition is not None and _holds(condition, case)


def _holds(condition: Any, row: Case) -> bool:
    if isinstance(condition, Q):
        quantifier = any if condition.connector == Q.OR else all
        return quantifier(_holds(part, row) for part in condition.children) != condition.negated
    name, _, lookup = condition[0].partition("__")
    column: Any = Case._meta.pk if name == "pk" else Case._meta.get_field(name)
    mine, wanted = getattr(row, column.attname), getattr(condition[1], "pk", condition[1])
    match lookup:
        case "":
            return mine is not None and bool(mine == wanted)
        case "gt":
            return mine is not None and bool(mine > wanted)
    raise ValueError(
        f"{condition[0]!r} cannot be asked of a case in hand: _holds knows equality and __gt only."
    )


class Case(Ownership, Dialogue, Course, Ending, Settling, Shielding, Reaching, Erasing, Gathering):
    """One concern, its state and who is responsible. All moves are the ``@transition`` methods inherited here.

    A case is never written except by ``cases.actions``.
    """

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            # Named here and not by ``unique=True``, which on PostgreSQL makes a second index for searches by beginning.
            models.UniqueConstraint(fields=["reference"], name="one_case_a_reference"),
            models.UniqueConstraint(fields=["filing_key"], name="one_case_a_filing"),
            models.CheckConstraint(
                name="an_outcome_exactly_when_closed",
                condition=Q(state="closed") & ~Q(outcome="") | ~Q(state="closed") & Q(outcome=""),
            ),
            models.CheckConstraint(
                name="an_end_exactly_when_ended",
                condition=Q(state__in=["closed", "withdrawn"], ended_at__isnull=False)
                | ~Q(state__in=["closed", "withdrawn"]) & Q(ended_at__isnull=True),
            ),
        ]
        # Each offered order, over all cases and over the open and the ended ones alone: most lists show one of the
        # two, and an order in which the others come first would have to be read past them.
        indexes = [
            models.Index(fields=["due_on", "id"], name="case_due"),
            models.Index(fields=["-received_at", "-id"], name="case_received"),
            models.Index(fields=["-updated_at", "-id"], name="case_updated"),
            models.Index(fields=["due_on", "id"], name="case_open_due", condition=Q(state__in=OPEN)),
            models.Index(
                fields=["received_at", "id"], name="case_open_received", condition=Q(state__in=OPEN)
            ),
            models.Index(fields=["updated_at", "id"], name="case_open_updated", condition=Q(state__in=OPEN)),
            models.Index(fields=["due_on", "id"], name="case_ended_due", condition=Q(state__in=ENDED)),
            models.Index(
                fields=["received_at", "id"], name="case_ended_received", condition=Q(state__in=ENDED)
            ),
            models.Index(
                fields=["updated_at", "id"], name="case_ended_updated", condition=Q(state__in=ENDED)
            ),
            # Filters that pick the late end of an order.
            models.Index(
                fields=["state", "due_on", "id"], name="case_state_due", condition=Q(state__in=OPEN)
            ),
            models.Index(fields=["waiting_for", "due_on", "id"], name="case_waiting_due"),
            models.Index(
                fields=["due_on", "id"], name="case_enquiry", condition=Q(enquiry=True, state__in=OPEN)
            ),
            models.Index(fields=["category"], name="case_category"),
            models.Index(fields=["division"], name="case_division"),
            models.Index(fields=["office"], name="case_office"),
            models.Index(fields=["co_office"], name="case_co_office", condition=Q(co_office__isnull=False)),
            models.Index(fields=["moving_to"], name="case_moving_to", condition=Q(moving_to__isnull=False)),
            models.Index(
                fields=["former_office"], name="case_former_office", condition=Q(former_office__isnull=False)
            ),
            models.Index(fields=["filed_by"], name="case_filed_by", condition=Q(filed_by__isnull=False)),
            models.Index(fields=["assignee", "due_on", "id"], name="case_assignee_due"),
            # What the sweep looks for.
            models.Index(fields=["alarm_on", "id"], name="case_alarm", condition=Q(alarm_on__isnull=False)),
            # The views at the side are counted from this one alone, without reading a case.
            models.Index(
                fields=[
                    "office",
                    "assignee",
                    "waiting_for",
                    "due_paused",
                    "due_on",
                    "due_time",
                    "state",
                    "id",
                ],
                name="case_open_views",
                condition=Q(state__in=OPEN),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


#: Cases by their ids under their row locks, always in the order of ids, so that two moves that touch the same two
#: wait for each other instead of dying together. Bare rows, without joins and without a filter by who asks: after
#: waiting for a lock PostgreSQL looks at the joins and conditions of before, and a case that meanwhile changed its
#: office would seem to have gone. ``sees`` answers of the row as it is under the lock.
locked_cases = Prepared(
    lambda *ids: Case.objects.select_for_update().filter(pk__in=ids).order_by("pk").defer("suggestion")
)
