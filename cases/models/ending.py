"""Moves that end a case, and those that open it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_fsm import GET_STATE

from cases import permissions as may
from cases.models.conditions import (
    no_answer_in_hand,
    no_open_referral,
    no_reopen_asked,
    no_transfer_pending,
    reopen_asked,
    within_feedback_limit,
)
from cases.models.row import CaseRow, Told, transition
from cases.permissions import Actor
from cases.refusals import InputRefused
from cases.states import (
    ENDED,
    OPEN,
    OPEN_REFERRAL,
    WHY_NOT_RESOLVED,
    WHY_OUT_OF_SCOPE,
    Outcome,
    State,
    Why,
)


class Ending(CaseRow):
    class Meta:
        abstract = True

    def _end(self, by: Actor, at: datetime) -> None:
        self.close_question(at, "dropped")
        self.ended_at, self.ended_by = at, by.user
        self.reopen_asked, self.reopen_asked_at = "", None

    @transition(
        "state",
        source=[State.ASSESSING, State.AWAITING, State.ANSWERED],
        target=State.CLOSED,
        permission=may.any_of(may.office_staff, may.system),
        conditions=[no_open_referral, no_answer_in_hand, no_transfer_pending],
        custom={"kinds": ["closed"]},
    )
    def close(
        self,
        *,
        by: Actor,
        at: datetime,
        outcome: str,
        text: str,
        why: str = "",
        how: str = "",
        signpost: str = "",
    ) -> Told:
        self._check_outcome(outcome, why, how, signpost)
        self._end(by, at)
        self.outcome, self.outcome_why = outcome, why
        words = "\n\n".join(part for part in (text, how, signpost) if part)
        return Told("closed", text=words, data={"outcome": outcome, "why": why})

    def _check_outcome(self, outcome: str, why: str, how: str, signpost: str) -> None:
        """What each outcome needs (moves.md section 6)."""
        if outcome == Outcome.DUPLICATE:
            raise InputRefused({"outcome": _("Use “merge” for a concern handled with another one.")})
        if self.triaged_at is None and why != Why.NO_REPLY:
            raise InputRefused({"outcome": _("The case has not been assessed yet.")})
        if outcome in (Outcome.RESOLVED, Outcome.PARTLY) and not how:
            if not any(a.relayed_round is not None for a in self.answers_now):
                raise InputRefused({"how": _("Say how the office solved it: no answer was passed on.")})
        elif outcome == Outcome.NOT_RESOLVED and why not in WHY_NOT_RESOLVED:
            raise InputRefused({"why": _("Choose why it was not resolved.")})
        elif outcome == Outcome.OUT_OF_SCOPE:
            if why not in WHY_OUT_OF_SCOPE:
                raise InputRefused({"why": _("Choose why we could not take it up.")})
            if not signpost:
                raise InputRefused({"signpost": _("Say where the business can turn to.")})

    @transition(
        "state",
        source=OPEN,
        target=State.WITHDRAWN,
        permission=may.business,
        custom={"kinds": ["withdrawn"]},
    )
    def withdraw(self, *, by: Actor, at: datetime, reason: str = "") -> Told:
        letters_out = []
        for referral in self.referrals_now:
            if referral.state in OPEN_REFERRAL:
                if referral.sent_on is not None:
                    letters_out.append(str(referral.uuid))
                referral.take_back(at)
                self.writes(referral)
        self.moving_to = None
        self._end(by, at)
        return Told("withdrawn", text=reason, from_business=True, data={"tell_authorities": letters_out})

    @transition(
        "state",
        source=[State.RECEIVED, State.ASSESSING, State.ANSWERED],
        target=State.CLOSED,
        permission=may.office_staff,
        conditions=[no_open_referral, no_transfer_pending],
        custom={"kinds": ["merged"], "locks": "into"},
    )
    def merge(self, *, by: Actor, at: datetime, into: Any) -> Told:
        if into.pk == self.pk:
            raise InputRefused({"into": _("A case cannot be merged into itself.")})
        if not into.is_open:
            raise InputRefused({"into": _("The other case is not open.")})
        if not self.same_business_as(into):
            raise InputRefused(
                {"into": _("Only concerns that the same business filed can be merged. Link them instead.")}
            )
        self._end(by, at)
        self.outcome, self.outcome_why = Outcome.DUPLICATE, ""
        into.received_at = min(into.received_at, self.received_at)
        there = Told(data={"merged": self.reference})
        return Told("merged", data={"into": into.reference}, also=[(into, there)])

    def same_business_as(self, other: Any) -> bool:
        """By the keyed hash of its name or number, by the address it gave, or by the partner that filed both.

        Anonymous concerns give nothing to compare, so they are never the same business.
        """
        if self.company_key and self.company_key == other.company_key:
            return True
        mine, theirs = getattr(self, "contact", None), getattr(other, "contact", None)
        if mine is None or theirs is None or not mine.email:
            return False
        return bool(mine.email.casefold() == theirs.email.casefold())

    @transition(
        "state",
        source=ENDED,
        permission=may.business,
        conditions=[no_reopen_asked, within_feedback_limit],
        custom={"kinds": ["reopen_asked"]},
    )
    def request_reopen(self, *, by: Actor, at: datetime, reason: str, kind: str = "reopen") -> Told:
        self.reopen_asked, self.reopen_asked_at = kind, at
        return Told("reopen_asked", text=reason, from_business=True, data={"kind": kind})

    @transition(
        "state",
        source=ENDED,
        target=GET_STATE(
            lambda case, *args, **kwargs: case.reopened_state(),
            states=[State.ASSESSING, State.REFERRED, State.ANSWERED],
        ),
        permission=may.reviewer,
        custom={"kinds": ["reopened"]},
    )
    def reopen(self, *, by: Actor, at: datetime, reason: str) -> Told:
        asked = bool(self.reopen_asked)
        self.reopen_asked, self.reopen_asked_at = "", None
        self.outcome = self.outcome_why = self.proposed_outcome = ""
        self.ended_at, self.ended_by = None, None
        self.round += 1
        if asked:
            return Told("reopened", text=reason)
        return Told("reopened", note=reason)

    @transition(
        "state",
        source=ENDED,
        permission=may.reviewer,
        conditions=[reopen_asked],
        custom={"kinds": ["reopen_declined"]},
    )
    def decline_reopen(self, *, by: Actor, at: datetime, text: str) -> Told:
        self.reopen_asked, self.reopen_asked_at = "", None
        return Told("reopen_declined", text=text)
