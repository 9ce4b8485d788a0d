"""What a business may ask for its personal data, who decides it, and what keeps a case from it.

Source: Personal Data (Privacy) Ordinance (Cap. 486), section 26: personal data that is no longer required for its
purpose is erased unless a law forbids it or the public interest is against it.
"""

from __future__ import annotations

from datetime import datetime

from cases import permissions as may
from cases.models.conditions import (
    erasure_asked,
    erasure_granted,
    no_erasure_pending,
    not_being_erased,
    not_on_hold,
    on_hold,
)
from cases.models.row import CaseRow, Told, transition
from cases.permissions import Actor
from cases.states import ENDED, OPEN, Erasure


class Erasing(CaseRow):
    class Meta:
        abstract = True

    @transition(
        "state",
        source=OPEN + ENDED,
        permission=may.business,
        conditions=[no_erasure_pending],
        custom={"kinds": ["erasure_asked"]},
    )
    def request_erasure(self, *, by: Actor, at: datetime, reason: str = "") -> Told:
        """Ask that who one is and what one wrote be erased; the case itself stays, without them."""
        self.erasure = Erasure.ASKED
        return Told("erasure_asked", text=reason, from_business=True)

    @transition(
        "state",
        source=ENDED,
        permission=may.erasure_decider,
        conditions=[erasure_asked, not_on_hold],
        custom={"kinds": ["erasure_granted"]},
    )
    def grant_erasure(self, *, by: Actor, at: datetime, reason: str) -> Told:
        """A second person says yes; the erasing itself is ``erase``, in the background."""
        self.erasure = Erasure.GRANTED
        return Told("erasure_granted", note=reason)

    @transition(
        "state",
        source=OPEN + ENDED,
        permission=may.erasure_decider,
        conditions=[erasure_asked],
        custom={"kinds": ["erasure_refused"]},
    )
    def refuse_erasure(self, *, by: Actor, at: datetime, ground: str, text: str) -> Told:
        """``ground`` is one of ``Ground``: section 26 knows no other. The business reads ``text``."""
        self.erasure = Erasure.REFUSED
        return Told("erasure_refused", text=text, data={"ground": ground})

    @transition(
        "state",
        source=ENDED,
        permission=may.system,
        conditions=[erasure_granted, not_on_hold],
        custom={"kinds": ["erased"]},
    )
    def erase(self, *, by: Actor, at: datetime) -> Told:
        """What stands in the case's own row; the rows around it go in the same transaction (``cases.erasing``).

        ``company_key`` stays: a keyed hash, by which reports go on counting distinct companies.
        """
        self.title, self.suggestion, self.filing_hash = self.reference, {}, ""
        self.erasure, self.erased_at = Erasure.DONE, at
        return Told("erased")

    @transition(
        "state",
        source=ENDED,
        permission=may.system,
        conditions=[not_being_erased, not_on_hold],
        custom={"kinds": ["retention_ended"]},
    )
    def end_retention(self, *, by: Actor, at: datetime) -> Told:
        """The time for which personal data is kept has passed, and an administrator approved the run."""
        self.erasure = Erasure.GRANTED
        return Told("retention_ended")

    @transition("state", source=OPEN + ENDED, permission=may.supervisor, conditions=[not_on_hold])
    def hold(self, *, by: Actor, at: datetime, reason: str) -> Told:
        """Keep everything, whatever is asked or due: a court, an audit or an inquiry needs it (legal hold)."""
        self.on_hold = True
        return Told(note=reason)

    @transition("state", source=OPEN + ENDED, permission=may.supervisor, conditions=[on_hold])
    def lift_hold(self, *, by: Actor, at: datetime, reason: str) -> Told:
        self.on_hold = False
        return Told(note=reason)
