"""What the business says of our reply and of the end: settled, not settled, and how we handled it."""

from __future__ import annotations

from datetime import datetime

from cases import permissions as may
from cases.models.conditions import (
    no_answer_in_hand,
    no_open_referral,
    no_transfer_pending,
    not_accepted_yet,
    not_contested_yet,
    not_rated_yet,
    outcome_offered,
    reply_given,
)
from cases.models.row import CaseRow, Told, transition
from cases.permissions import Actor
from cases.states import ENDED, Outcome, Result, State, Verdict, Why


class Settling(CaseRow):
    class Meta:
        abstract = True

    @transition(
        "state",
        source=[State.ANSWERED, State.CLOSED],
        target=State.CLOSED,
        permission=may.business,
        conditions=[
            not_accepted_yet,
            outcome_offered,
            no_open_referral,
            no_answer_in_hand,
            no_transfer_pending,
        ],
        custom={"kinds": ["accepted"]},
    )
    def accept_outcome(self, *, by: Actor, at: datetime) -> Told:
        """Say that it is settled: an answered case closes with the outcome proposed, a closed one stays as it is."""
        if self.is_open:
            self.close_question(at, "dropped")
            self.ended_at, self.ended_by = at, None
            self.outcome, self.outcome_why = self.proposed_outcome, self.proposed_why()
        self.verdict = Verdict.ACCEPTED
        return Told("accepted", from_business=True, data={"outcome": self.outcome, "why": self.outcome_why})

    @transition(
        "state",
        source=State.ANSWERED,
        permission=may.business,
        conditions=[reply_given, not_contested_yet],
        custom={"kinds": ["contested"]},
    )
    def contest_outcome(self, *, by: Actor, at: datetime, text: str) -> Told:
        """Say that our reply does not settle it, and why: the next step is the office's."""
        self.verdict = Verdict.CONTESTED
        return Told("contested", text=text, from_business=True)

    @transition(
        "state",
        source=[State.ANSWERED, *ENDED],
        permission=may.business,
        conditions=[reply_given, not_rated_yet],
        custom={"kinds": ["rated"]},
    )
    def rate(self, *, by: Actor, at: datetime, score: str, text: str = "") -> Told:
        """``score`` is one of ``Score``, 1 to 5; once a round."""
        self.rated_round = self.round
        return Told("rated", text=text, from_business=True, data={"score": int(score)})

    def proposed_why(self) -> str:
        """Why a matter that closes as proposed was not resolved; empty for any other outcome."""
        if self.proposed_outcome != Outcome.NOT_RESOLVED:
            return ""
        refused = any(answer.result == Result.REFUSED for answer in self.answers_now)
        return Why.AUTHORITY_REFUSED if refused else Why.OTHER
