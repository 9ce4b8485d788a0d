"""A business's concern from the moment it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Role
from cases.models.course import Course
from cases.models.dialogue import Dialogue
from cases.models.ending import Ending
from cases.models.ownership import Ownership
from cases.permissions import Actor, ActorKind

if TYPE_CHECKING:
    from accounts.models import User


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, who: User | Actor | Any) -> CaseQuerySet:
        """The cases this person or actor may see; every query for anybody starts here.

        Officials, administrators and people who are not signed in see none.
        """
        if isinstance(who, Actor):
            if who.kind == ActorKind.SYSTEM:
                return self
            if who.kind != ActorKind.STAFF:
                if who.case_id is not None:
                    return self.filter(pk=who.case_id)
                return self.filter(filed_by=who.user) if who.user is not None else self.none()
            who = who.user
        role = getattr(who, "role", None)
        if not getattr(who, "is_active", False):
            return self.none()
        if role == Role.HEADQUARTERS:
            return self
        if role in (Role.CASEWORKER, Role.SUPERVISOR):
            office = getattr(who, "office_id", None)
            return self.filter(
                Q(office=office)
                | Q(co_office=office)
                | Q(moving_to=office)
                | Q(former_office=office, former_office_reads_until__gt=timezone.now())
            )
        if role == Role.PARTNER:
            return self.filter(filed_by=who)
        return self.none()

    def open(self) -> CaseQuerySet:
        return self.exclude(state__in=["closed", "withdrawn"])


class Case(Ownership, Dialogue, Course, Ending):
    """One concern, its state and who is responsible. All moves are the ``@transition`` methods inherited here.

    A case is never written except by ``cases.actions``.
    """

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
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
        indexes = [
            models.Index(fields=["office", "due_on", "id"], name="case_office_due"),
            models.Index(fields=["office", "-received_at", "-id"], name="case_office_received"),
            models.Index(fields=["office", "-updated_at", "-id"], name="case_office_updated"),
            models.Index(fields=["due_on", "id"], name="case_due"),
            models.Index(fields=["-received_at", "-id"], name="case_received"),
            models.Index(fields=["-updated_at", "-id"], name="case_updated"),
            models.Index(fields=["assignee", "due_on", "id"], name="case_assignee_due"),
            # Counting who waits for an authority must not read the table to find that nobody does.
            models.Index(fields=["waiting_for", "office"], name="case_waiting"),
        ]

    def __str__(self) -> str:
        return self.reference
