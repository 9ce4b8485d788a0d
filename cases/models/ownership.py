"""Moves that say who has a case, and how urgently."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from cases import permissions as may
from cases.clocks import clocks_of, local_day, office_works_on
from cases.models.conditions import (
    can_rise,
    extension_pending,
    is_raised,
    no_transfer_pending,
    no_unsent_letter,
    nobody_has_it,
    somebody_has_it,
    transfer_pending,
)
from cases.models.row import CaseRow, Told, transition
from cases.models.words import Extension
from cases.permissions import Actor
from cases.refusals import InputRefused, NotPermitted
from cases.states import OPEN
from routing.coverage import office_calendars
from text.dates import long_date

#: How long the former office may still read a case it handed over (moves.md section 8).
FORMER_OFFICE_READS = timedelta(days=30)
#: A date further away than this is a slip of the pen.
A_YEAR = timedelta(days=365)


class Ownership(CaseRow):
    class Meta:
        abstract = True

    @transition("state", source=OPEN, permission=may.office_staff, conditions=[nobody_has_it])
    def claim(self, *, by: Actor, at: datetime) -> Told:
        self.assignee, self.assigned_at = by.user, at
        return Told()

    @transition(
        "state",
        source=OPEN,
        permission=may.any_of(may.assignee_or_supervisor, may.system),
        conditions=[somebody_has_it],
    )
    def release(self, *, by: Actor, at: datetime, of: Any = None) -> Told:
        self._still_of(of)
        self.assignee, self.assigned_at = None, at
        return Told()

    @transition("state", source=OPEN, permission=may.any_of(may.assignee_or_supervisor, may.system))
    def assign(self, *, by: Actor, at: datetime, user: Any, reason: str = "", of: Any = None) -> Told:
        self._still_of(of)
        if not user.is_active or user.office_id != self.office_id or not user.works_cases:
            raise InputRefused({"user": _("Choose somebody who works in the office that owns the case.")})
        self.assignee, self.assigned_at = user, at
        return Told(note=reason)

    def _still_of(self, leaver: Any) -> None:
        """Whoever hands over the cases of ``leaver`` takes none that somebody else was given meanwhile."""
        if leaver is not None and self.assignee_id != leaver.pk:
            raise InputRefused({"of": _("Somebody else has this case now.")})

    @transition(
        "state",
        source=OPEN,
        permission=may.office_staff,
        conditions=[no_transfer_pending, no_unsent_letter],
        custom={"kinds": ["moving"]},
    )
    def transfer(self, *, by: Actor, at: datetime, to_office: Any, reason: str) -> Told:
        if to_office.pk == self.office_id:
            raise InputRefused({"to_office": _("Choose another office: this one already has the case.")})
        self.moving_to = to_office
        return Told("moving", note=reason, data={"office": to_office.code})

    @transition(
        "state",
        source=OPEN,
        permission=may.receiving_office,
        conditions=[transfer_pending],
        custom={"kinds": ["moved"]},
    )
    def accept_transfer(self, *, by: Actor, at: datetime, assignee: Any = None) -> Told:
        receiving = self.moving_to
        assert receiving is not None  # the condition has seen to it
        if assignee is not None and assignee.office_id != receiving.pk:
            raise InputRefused({"assignee": _("Choose somebody who works in your office.")})
        self.former_office, self.former_office_reads_until = self.office, at + FORMER_OFFICE_READS
        self.office, self.moving_to, self.liaison_unit = receiving, None, None
        self.assignee, self.assigned_at = assignee, at
        if self.co_office_id == receiving.pk:
            self.co_office = None
        return Told("moved", data={"office": receiving.code})

    @transition(
        "state",
        source=OPEN,
        permission=may.receiving_office,
        conditions=[transfer_pending],
        custom={"kinds": ["stays"]},
    )
    def return_transfer(self, *, by: Actor, at: datetime, reason: str) -> Told:
        self.moving_to = None
        return Told("stays", note=reason, data={"office": self.office.code})

    @transition("state", source=OPEN, permission=may.office_staff)
    def set_priority(self, *, by: Actor, at: datetime, priority: str, reason: str = "") -> Told:
        self.priority = priority
        return Told(note=reason)

    @transition(
        "state",
        source=OPEN,
        permission=may.any_of(may.office_staff, may.system),
        conditions=[can_rise],
        custom={"kinds": ["raised"]},
    )
    def escalate(
        self, *, by: Actor, at: datetime, level: int, reason: str = "", rule: dict[str, Any] | None = None
    ) -> Told:
        """``rule`` are the codes and days by which the clock raises; a person gives a reason."""
        if level <= self.escalation_level or level > 5:
            raise InputRefused({"level": _("Choose a level above the present one.")})
        if level > self.escalation_level + 1 and not may.supervisor(self, by):
            raise NotPermitted(_("Only a supervisor may skip a level."))
        self.escalation_level = level
        by_rule = {"rule": rule} if rule else {}
        return Told("raised" if level >= 2 else "", note=reason, data={"level": level, **by_rule})

    @transition("state", source=OPEN, permission=may.supervisor, conditions=[is_raised])
    def deescalate(self, *, by: Actor, at: datetime, reason: str) -> Told:
        self.escalation_level -= 1
        return Told(note=reason, data={"level": self.escalation_level})

    @transition("state", source=OPEN, permission=may.office_staff)
    def request_extension(self, *, by: Actor, at: datetime, clock: str, new_date: date, reason: str) -> Told:
        assert by.user is not None
        if any(e.clock == clock for e in self.extensions_pending):
            raise InputRefused({"clock": _("A later date for this clock has already been asked for.")})
        self._check_later(clock, new_date, at)
        self.writes(Extension(case_id=self.pk, clock=clock, new_date=new_date, asked_by=by.user, asked_at=at))
        return Told(note=reason, data={"clock": clock, "new_date": new_date.isoformat()})

    @transition(
        "state",
        source=OPEN,
        permission=may.supervisor,
        conditions=[extension_pending],
        custom={"kinds": ["extended"]},
    )
    def grant_extension(
        self, *, by: Actor, at: datetime, clock: str, text: str, new_date: date | None = None
    ) -> Told:
        extension = self._decide_extension(clock, by, at, "granted")
        extension.new_date = new_date or extension.new_date
        self._check_later(clock, extension.new_date, at)
        day = extension.new_date.isoformat()
        return Told("extended", text=text, data={"clock": clock, "new_date": day})

    @transition("state", source=OPEN, permission=may.supervisor, conditions=[extension_pending])
    def refuse_extension(self, *, by: Actor, at: datetime, clock: str, reason: str) -> Told:
        self._decide_extension(clock, by, at, "refused")
        return Told(note=reason, data={"clock": clock})

    def _check_later(self, clock: str, day: date, at: datetime) -> None:
        """A later date is for a clock that runs, later than its limit as it is counted now, and one to work on.

        Looked at anew when it is granted: the day may have passed, and another office may own the case.
        """
        if why := why_not_that_day(self.office_id, day, local_day(at)):
            raise InputRefused({"new_date": why})
        events = self.events.all()  # type: ignore[attr-defined]
        running = [c for c in clocks_of(self, events) if c.stage == clock and c.is_running]  # type: ignore[arg-type]
        if not running:
            raise InputRefused({"clock": _("This clock does not run now.")})
        limit = running[-1].limit
        if limit is not None and day <= limit:
            words = gettext("The present limit is %(date)s. Choose a later day.")
            raise InputRefused({"new_date": words % {"date": long_date(limit, get_language() or "en")}})

    def _decide_extension(self, clock: str, by: Actor, at: datetime, decision: str) -> Any:
        assert by.user is not None
        extension = next((e for e in self.extensions_pending if e.clock == clock), None)
        if extension is None:
            raise InputRefused({"clock": _("No later date has been asked for.")})
        if extension.asked_by_id == by.user.pk:
            raise NotPermitted(_("Another officer than the one who asked must decide this."))
        extension.decision, extension.decided_by, extension.decided_at = decision, by.user, at
        self.writes(extension)
        return extension


def why_not_that_day(office_id: str, day: date, on: date) -> Any:
    """Why an office cannot, on the day ``on``, put a date off until ``day``: a sentence, or None if it can."""
    if day <= on or not office_works_on(office_calendars()[office_id], day):
        return _("Choose a working day in the future.")
    if day > on + A_YEAR:
        return _("Choose a day within a year.")
    return None
