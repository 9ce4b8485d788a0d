"""Moves that end a case, and those that open it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import GET_STATE

from cases import permissions as may
from cases.clocks import feedback_until, today
from cases.models.conditions import (
    is_enquiry,
    no_answer_in_hand,
    no_open_referral,
    no_reopen_asked,
    no_transfer_pending,
    not_being_erased,
    reopen_asked,
    within_feedback_limit,
)
from cases.models.row import CaseRow, Told, transition
from cases.permissions import Actor, ActorKind
from cases.refusals import InputRefused, NotPermitted
from cases.states import (
    ENDED,
    OPEN,
    OPEN_REFERRAL,
    WHY_NOT_RESOLVED,
    WHY_OUT_OF_SCOPE,
    Outcome,
    RefusalReason,
    Sharing,
    State,
    Why,
)


class Ending(CaseRow):
    class Meta:
        abstract = True

    def _end(self, by: Actor, at: datetime) -> None:
        self.close_question(at, "dropped")
        self.ended_at, self.ended_by = at, by.user
        self.reopen_asked, self.reopen_asked_at, self.verdict = "", None, ""

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
        if outcome not in (Outcome.NOT_RESOLVED, Outcome.OUT_OF_SCOPE):
            why = ""
        self._check_outcome(outcome, why, how, signpost)
        if by.kind == ActorKind.SYSTEM and not self._may_end_by_itself(outcome, why):
            raise NotPermitted
        self._end(by, at)
        self.outcome, self.outcome_why = outcome, why
        words = "\n\n".join(part for part in (text, how, signpost) if part)
        return Told("closed", text=words, data={"outcome": outcome, "why": why})

    @transition(
        "state",
        source=[State.RECEIVED, State.ASSESSING, State.AWAITING],
        target=State.CLOSED,
        permission=may.office_staff,
        conditions=[is_enquiry, no_open_referral, no_answer_in_hand, no_transfer_pending],
        custom={"kinds": ["closed"]},
    )
    def answer_enquiry(self, *, by: Actor, at: datetime, text: str) -> Told:
        """Answer a quick question: nothing is assessed and no authority asked. The business may ask to look again."""
        self._end(by, at)
        self.outcome, self.outcome_why = Outcome.EXPLAINED, ""
        return Told("closed", text=text, data={"outcome": self.outcome, "why": "", "enquiry": True})

    def _may_end_by_itself(self, outcome: str, why: str) -> bool:
        """What the clock may close (moves.md section 6): a question nobody answered, a reply nobody contested."""
        if why == Why.NO_REPLY:
            return self.open_question is not None and self.open_question.answer_by < today()
        relayed = [a.relayed_at for a in self.answers_now if a.relayed_at is not None]
        if not relayed or outcome != self.proposed_outcome or feedback_until(max(relayed)) >= today():
            return False
        # "Without a word": whoever has written since is answered by a person, not closed by a clock.
        reply = self.events.filter(move="relay_answer").order_by("-seq").values("seq")[:1]  # type: ignore[attr-defined]
        since = self.events.filter(seq__gt=reply).exclude(move="rate")  # type: ignore[attr-defined]
        return not since.filter(Q(by_kind=ActorKind.BUSINESS) | Q(on_behalf="business")).exists()

    def _check_outcome(self, outcome: str, why: str, how: str, signpost: str) -> None:
        """What each outcome needs (moves.md section 6)."""
        if outcome == Outcome.DUPLICATE:
            raise InputRefused({"outcome": _("Use “merge” for a concern handled with another one.")})
        silent = outcome == Outcome.NOT_RESOLVED and why == Why.NO_REPLY
        if self.triaged_at is None and not silent:
            raise InputRefused({"outcome": _("The case has not been assessed yet.")})
        if outcome in (Outcome.RESOLVED, Outcome.PARTLY) and not how:
            if not any(a.relayed_round is not None for a in self.answers_now):
                raise InputRefused({"how": _("Say how the office solved it: no answer was passed on.")})
        elif outcome == Outcome.NOT_RESOLVED and why not in WHY_NOT_RESOLVED:
            raise InputRefused({"why": _("Choose why it was not resolved.")})
        elif outcome == Outcome.NOT_RESOLVED and why == Why.AUTHORITY_REFUSED and self._only_sent_elsewhere():
            sentence = _(
                "“Not responsible” is no refusal of the matter: refer it to the body that is responsible."
            )
            raise InputRefused({"why": sentence})
        elif outcome == Outcome.OUT_OF_SCOPE:
            if why not in WHY_OUT_OF_SCOPE:
                raise InputRefused({"why": _("Choose why we could not take it up.")})
            if not signpost:
                raise InputRefused({"signpost": _("Say where the business can turn to.")})

    def _only_sent_elsewhere(self) -> bool:
        """Whether every authority that did not take the matter up said only that it is not responsible."""
        refusals = [r.refusal_reason for r in self.referrals_now if r.refusal_reason]
        return bool(refusals) and set(refusals) == {RefusalReason.NOT_RESPONSIBLE}

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
        if not may.office_staff(into, by):
            raise InputRefused({"into": _("Your office does not own the other case.")})
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
        """By the keyed hash of its name or number; without one on both sides, by the address it gave.

        Anonymous concerns give nothing that proves who filed them, so they are never the same business; nor are
        two companies that share the address of their agent.
        """
        if Sharing.ANONYMOUS in (self.sharing, other.sharing):
            return False
        if self.company_key and other.company_key:
            return bool(self.company_key == other.company_key)
        mine, theirs = self.contact.email, other.contact.email  # type: ignore[attr-defined]
        return bool(mine and mine.casefold() == theirs.casefold())

    @transition(
        "state",
        source=ENDED,
        permission=may.business,
        conditions=[no_reopen_asked, within_feedback_limit, not_being_erased],
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
        conditions=[not_being_erased],
        custom={"kinds": ["reopened"]},
    )
    def reopen(self, *, by: Actor, at: datetime, reason: str) -> Told:
        asked = bool(self.reopen_asked)
        self.reopen_asked, self.reopen_asked_at = "", None
        self.outcome = self.outcome_why = self.proposed_outcome = self.verdict = ""
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
