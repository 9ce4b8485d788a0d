"""One letter to one authority, from draft to answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from cases import permissions as may
from cases.clocks import local_day as _day
from cases.models.answer import Answer
from cases.models.conditions import (
    answer_not_accepted,
    approved_high_enough,
    authority_valid,
    case_is_open,
    has_letter,
    patience_exhausted,
    still_referable,
)
from cases.models.row import StateGuard, Told, transition
from cases.permissions import Actor, ActorKind
from cases.refusals import InputRefused
from cases.states import OUT, UNSENT, Channel, Disclose, ReferralKind, ReferralState, RefusalReason

if TYPE_CHECKING:
    from cases.models.letter import Letter, LetterVersion

S = ReferralState
_INTERNAL = {"internal": True}


class Referral(StateGuard):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="referrals")
    authority = models.ForeignKey("routing.Authority", on_delete=models.PROTECT, related_name="referrals")
    #: The office whose letterhead and number the letter carries; the co-handler's for its own letters.
    office = models.ForeignKey("routing.Office", on_delete=models.PROTECT, related_name="referrals")
    state = FSMField(default=S.DRAFTED, choices=S.choices, protected=True, max_length=20)
    kind = models.CharField(max_length=10, choices=ReferralKind.choices)
    disclose = models.CharField(max_length=10, choices=Disclose.choices, default=Disclose.NOTHING)
    is_lead = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    last_drafter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_hash = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=40, blank=True)
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    sent_on = models.DateField(null=True, blank=True)
    #: The day the first letter of a chain went out: the authority's clock runs from here.
    clock_from = models.DateField(null=True, blank=True)
    acknowledged_on = models.DateField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    #: The day of the last of them.
    chased_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    refusal_reason = models.CharField(max_length=20, choices=RefusalReason.choices, blank=True)
    successor_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successors"
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number or str(self.uuid)

    @property
    def is_out(self) -> bool:
        return self.state in OUT

    @property
    def may_be_answered(self) -> bool:
        """Out, given up on, or holding an answer of the authority's own that nobody has accepted."""
        if self.state in (*OUT, S.UNANSWERED):
            return True
        return any(a.referral_id == self.pk and a.waits_for_acceptance for a in self.case.answers_now)

    @property
    def last_version(self) -> LetterVersion | None:
        return self.versions.last()  # type: ignore[attr-defined,no-any-return]

    def _facts(self, **more: Any) -> dict[str, Any]:
        return {"authority": self.authority_id, "referral": str(self.uuid), **more}

    def _check_day(self, on: date | None) -> None:
        if on is not None and self.sent_on is not None and on < self.sent_on:
            raise InputRefused({"on": _("This cannot have been before the letter was sent.")})

    # --- the letter -----------------------------------------------------------------------
    @transition("state", source=S.DRAFTED, permission=may.office_or_cohandler, conditions=[case_is_open])
    def draft(
        self,
        *,
        by: Actor,
        at: datetime,
        subject: str,
        body: str,
        disclosed: list[str] | None = None,
        annexes: list[Any] | None = None,
        number: int,
    ) -> Told:
        """``number`` is the version's own, given by the gate under the lock."""
        self.last_drafter = by.user
        return Told(data=self._facts(version=number))

    @transition(
        "state",
        source=S.DRAFTED,
        target=S.APPROVED,
        permission=may.approver,
        conditions=[case_is_open, has_letter, authority_valid, still_referable],
    )
    def approve(self, *, by: Actor, at: datetime, content_hash: str) -> Told:
        """``content_hash`` fixes what was approved; the gate computes it after the disclosure guard passed."""
        self.approved_by, self.approved_hash = by.user, content_hash
        return Told(data=self._facts())

    @transition(
        "state",
        source=S.APPROVED,
        target=S.DRAFTED,
        permission=may.office_staff,
        conditions=[case_is_open],
    )
    def return_draft(self, *, by: Actor, at: datetime, comments: str) -> Told:
        self.approved_by, self.approved_hash = None, ""
        return Told(note=comments, data=self._facts())

    @transition(
        "state",
        source=S.APPROVED,
        target=S.SENT,
        permission=may.office_staff,
        conditions=[case_is_open, authority_valid, still_referable, approved_high_enough],
        custom={"kinds": ["referred"]},
    )
    def send(
        self,
        *,
        by: Actor,
        at: datetime,
        channel: str,
        sent_on: date,
        letter: Letter,
        files: Iterable[Any] = (),
    ) -> Told:
        """``letter`` is made by the gate: number taken, final bytes and hash, guard passed again.

        ``files`` are the evidence of sending, a receipt of the post office for instance; only staff see them.
        """
        for attachment in files:
            attachment.case, attachment.held_for = self.case, ""
            self.case.writes(attachment)
        self.channel, self.sent_on, self.clock_from = channel, sent_on, sent_on
        self.number = letter.text_number
        told = bool(letter.version.disclosed)
        return Told(
            "referred", data=self._facts(sent_on=sent_on.isoformat(), with_name=told, channel=channel)
        )

    @transition("state", source=[*UNSENT, *OUT], target=S.RECALLED, permission=may.recaller)
    def recall(self, *, by: Actor, at: datetime, reason: str = "") -> Told:
        was_sent = self.sent_on is not None
        if was_sent and not reason:
            raise InputRefused({"reason": _("Give the reason for taking back a letter that was sent.")})
        self.ended_on = _day(at)
        return Told("recalled" if was_sent else "", note=reason, data=self._facts())

    # --- the authority --------------------------------------------------------------------
    @transition(
        "state",
        source=S.SENT,
        target=S.ACKNOWLEDGED,
        permission=may.authority,
        conditions=[case_is_open],
        custom={"kinds": ["acknowledged"]},
    )
    def acknowledge(self, *, by: Actor, at: datetime, on: date | None = None, channel: str = "") -> Told:
        self._check_day(on)
        self.acknowledged_on = on or _day(at)
        return Told("acknowledged", data=self._facts(on=self.acknowledged_on.isoformat(), channel=channel))

    @transition(
        "state",
        source=OUT,
        permission=may.office_staff,
        conditions=[case_is_open],
        custom={"kinds": ["chased"]},
    )
    def chase(self, *, by: Actor, at: datetime, channel: str) -> Told:
        self.reminders += 1
        self.chased_on = _day(at)
        return Told("chased", data=self._facts(reminder=self.reminders, channel=channel))

    @transition(
        "state",
        source=OUT,
        target=S.ANSWERED,
        permission=may.authority_alone,
        conditions=[case_is_open],
    )
    def answer(self, *, by: Actor, at: datetime, text: str, files: Any = ()) -> Told:
        answer = self._new_answer(by=by, at=at, text=text, received_on=_day(at), channel="", result="")
        for attachment in files:
            attachment.answer, attachment.case, attachment.held_for = answer, self.case, ""
            self.case.writes(attachment)
        return Told(data=self._facts(received_on=_day(at).isoformat()))

    @transition(
        "state",
        source=S.ANSWERED,
        target=S.ACKNOWLEDGED,
        permission=may.office_staff,
        conditions=[case_is_open, answer_not_accepted],
    )
    def return_answer(self, *, by: Actor, at: datetime, reason: str) -> Told:
        for answer in self.case.answers_now:
            if answer.referral_id == self.pk and answer.waits_for_acceptance:
                answer.returned_at = at
                self.case.writes(answer)
        # Whoever answered has our letter: that clock does not run again.
        self.acknowledged_on = self.acknowledged_on or self.ended_on
        self.ended_on = None
        return Told(note=reason, data=self._facts())

    @transition(
        "state",
        source=OUT,
        target=S.REFUSED,
        permission=may.authority,
        conditions=[case_is_open],
        custom={"kinds": ["not_responsible", "refused"]},
    )
    def refuse(
        self,
        *,
        by: Actor,
        at: datetime,
        reason: str,
        responsible: str = "",
        text: str = "",
        on: date | None = None,
        channel: str = "",
    ) -> Told:
        self._check_day(on)
        self.refusal_reason, self.ended_on = reason, on or _day(at)
        note = "\n".join(part for part in (responsible, text) if part)
        kind = "refused"
        if reason == RefusalReason.NOT_RESPONSIBLE:
            self.case.bounces += 1
            kind = "not_responsible"
        return Told(kind, note=note, data=self._facts(reason=reason, on=self.ended_on.isoformat()))

    @transition(
        "state",
        source=OUT,
        target=S.TRANSFERRED,
        permission=may.authority,
        conditions=[case_is_open],
        custom={"kinds": ["passed_on"]},
    )
    def transfer(
        self, *, by: Actor, at: datetime, to: Any, on: date | None = None, channel: str = ""
    ) -> Told:
        """The authority passed the letter on itself: a linked successor is out at once, the clock runs on."""
        self._check_day(on)
        day = on or _day(at)
        self.ended_on = day
        successor = Referral(
            case=self.case,
            authority=to,
            office=self.office,
            state=S.SENT,
            kind=self.kind,
            disclose=self.disclose,
            is_lead=self.is_lead,
            made_at=at,
            number=self.number,
            channel=self.channel,
            sent_on=day,
            clock_from=self.clock_from,
            reminders=self.reminders,
            chased_on=self.chased_on,
            successor_of=self,
        )
        self.case.writes(successor)
        self.case.referrals_now.append(successor)
        return Told("passed_on", data=self._facts(to=to.pk, on=day.isoformat(), channel=channel))

    @transition(
        "state",
        source=OUT,
        target=S.UNANSWERED,
        permission=may.supervisor,
        conditions=[case_is_open, patience_exhausted],
        custom={"kinds": ["unanswered"]},
    )
    def give_up(self, *, by: Actor, at: datetime, reason: str) -> Told:
        self.ended_on = _day(at)
        return Told("unanswered", note=reason, data=self._facts())

    # --- steps that belong to a move of the case -------------------------------------------
    @transition("state", source=[*UNSENT, *OUT], target=S.RECALLED, permission=may.system, custom=_INTERNAL)
    def take_back(self, at: datetime) -> None:
        """Part of ``withdraw``."""
        self.ended_on = _day(at)

    @transition("state", source=S.APPROVED, target=S.DRAFTED, permission=may.system, custom=_INTERNAL)
    def fall_back(self) -> None:
        """Part of ``set_sharing``: what was approved would tell too much now."""
        self.approved_by, self.approved_hash = None, ""

    @transition(
        "state",
        source=[*OUT, S.UNANSWERED, S.ANSWERED],
        target=S.ANSWERED,
        permission=may.system,
        custom=_INTERNAL,
    )
    def take_answer(
        self,
        *,
        by: Actor,
        at: datetime,
        text: str,
        received_on: date,
        channel: str,
        result: str,
        accepted: bool,
    ) -> Answer:
        """Part of ``record_answer``: accepts the authority's own answer, or records one that came otherwise."""
        for answer in self.case.answers_now:
            if answer.referral_id == self.pk and answer.waits_for_acceptance:
                answer.accept(by, at, result)
                self.case.writes(answer)
                return answer
        answer = self._new_answer(
            by=by, at=at, text=text, received_on=received_on, channel=channel, result=result
        )
        answer.accept(by, at, result)
        self.case.writes(self)
        return answer

    def _new_answer(
        self, *, by: Actor, at: datetime, text: str, received_on: date, channel: str, result: str
    ) -> Answer:
        answer = Answer(
            referral=self,
            text=text,
            received_on=received_on,
            channel=channel,
            result=result,
            by_authority=by.kind == ActorKind.AUTHORITY,
            at=at,
        )
        self.ended_on = received_on
        self.case.writes(answer)
        self.case.answers_now.append(answer)
        return answer
