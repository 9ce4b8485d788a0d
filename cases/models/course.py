"""Moves that carry the matter itself forward: triage, referral, the authority's answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import permissions as may
from cases.clocks import feedback_until
from cases.models.conditions import (
    has_answer_to_relay,
    has_answerable_referral,
    may_be_referred,
    no_transfer_pending,
    triaged,
)
from cases.models.dialogue import follow_target
from cases.models.event import Note
from cases.models.referral import Referral
from cases.models.row import CaseRow, Told, transition
from cases.models.words import CaseLink
from cases.permissions import Actor
from cases.refusals import InputRefused, NotPermitted
from cases.states import ENDED, FOLLOWING, OPEN, Level, Proceedings, Referable, State
from routing.coverage import national_office


class Course(CaseRow):
    class Meta:
        abstract = True

    @transition(
        "state",
        source=[State.RECEIVED, State.ASSESSING],
        target=State.ASSESSING,
        permission=may.office_staff,
        custom={"kinds": ["assessing"]},
    )
    def triage(
        self,
        *,
        by: Actor,
        at: datetime,
        category: Any,
        division: Any,
        level: str,
        proceedings: str,
        referable: str,
        reason: str = "",
        priority: str = "",
    ) -> Told:
        first = self.triaged_at is None
        data: dict[str, Any] = {}
        if proceedings in (Proceedings.COURT, Proceedings.ARBITRATION):
            referable, data["forced"] = Referable.NO, proceedings
        elif category.referable == Referable.NO:
            referable, data["forced"] = Referable.NO, "category"
        if referable != Referable.YES and not reason and "forced" not in data:
            raise InputRefused({"reason": _("Give the reason why it cannot be referred freely.")})
        self.category, self.division, self.level = category, division, level
        self.proceedings, self.referable = proceedings, referable
        self.priority = priority or self.priority
        self.triaged_at = self.triaged_at or at
        self.enquiry = False
        if level == Level.NATIONAL:
            beijing = national_office()
            if beijing.pk != self.office_id:
                self.co_office = beijing
        return Told("assessing" if first else "", note=reason, data=data)

    @transition("state", source=OPEN, permission=may.office_staff)
    def correct(
        self,
        *,
        by: Actor,
        at: datetime,
        reason: str,
        category: Any = None,
        division: Any = None,
        level: str = "",
        title: str = "",
        language: str = "",
        filer_kind: str = "",
    ) -> Told:
        new = {
            "category": category,
            "division": division,
            "level": level,
            "title": title,
            "language": language,
            "filer_kind": filer_kind,
        }
        changed = {k: v for k, v in new.items() if v and v != getattr(self, k)}
        if not changed:
            raise InputRefused({"reason": _("Change at least one fact.")})
        if category is not None and category.referable == Referable.NO:
            self.referable = Referable.NO  # as in triage: such a category is never referred
        if "title" in changed:  # words stand in rows of their own, also the old ones
            self.writes(Note(case_id=self.pk, author=by.user, text=self.title, at=at))
        for name, value in changed.items():
            setattr(self, name, value)
        return Told(note=reason, data={"corrected": sorted(changed)})

    @transition("state", source=OPEN + ENDED, permission=may.office_staff)
    def link(self, *, by: Actor, at: datetime, other: Any, reason: str = "") -> Told:
        one, two = sorted([self.pk, other.pk])
        if one == two:
            raise InputRefused({"other": _("A case cannot be linked with itself.")})
        if CaseLink.objects.filter(one_id=one, other_id=two).exists():
            raise InputRefused({"other": _("These cases are already linked.")})
        self.writes(CaseLink(one_id=one, other_id=two))
        return Told(note=reason, data={"other": other.reference})

    @transition("state", source=OPEN + ENDED, permission=may.office_staff)
    def unlink(self, *, by: Actor, at: datetime, other: Any, reason: str = "") -> Told:
        one, two = sorted([self.pk, other.pk])
        gone, _rows = CaseLink.objects.filter(one_id=one, other_id=two).delete()
        if not gone:
            raise InputRefused({"other": _("These cases are not linked.")})
        return Told(note=reason, data={"other": other.reference})

    @transition(
        "state",
        source=[State.ASSESSING, State.REFERRED, State.ANSWERED],
        permission=may.refers,
        conditions=[triaged, may_be_referred, no_transfer_pending],
    )
    def refer(
        self, *, by: Actor, at: datetime, authorities: list[Any], kind: str, disclose: str, lead: Any = None
    ) -> Told:
        if not may.office_staff(self, by) and any(a.level != Level.NATIONAL for a in authorities):
            raise NotPermitted(_("A co-handling office refers to national bodies only."))
        if disclose == "identity" and self.sharing != "named":
            raise InputRefused({"disclose": _("The business has not agreed that its identity is told.")})
        lead = lead or authorities[0]
        if lead not in authorities:
            raise InputRefused({"lead": _("The lead must be one of the authorities chosen.")})
        for authority in authorities:
            referral = Referral(
                case=self,  # type: ignore[misc]  # this very object, seen by mypy as its base
                authority=authority,
                kind=kind,
                disclose=disclose,
                is_lead=authority == lead,
                office=by.user.office if by.user and by.user.office_id else self.office,
                made_at=at,
            )
            self.writes(referral)
            self.referrals_now.append(referral)
        codes = [a.pk for a in authorities]
        return Told(data={"authorities": codes, "lead": lead.pk, "kind": kind, "disclose": disclose})

    @transition(
        "state",
        source=FOLLOWING + ENDED,
        target=follow_target,
        permission=may.office_staff,
        conditions=[has_answerable_referral],
        custom={"kinds": ["answer"]},
    )
    def record_answer(
        self,
        *,
        by: Actor,
        at: datetime,
        referral: Any,
        received_on: date,
        channel: str,
        result: str,
        text: str,
        files: Iterable[Any] = (),
    ) -> Told:
        mine = next((r for r in self.referrals_now if r.pk == referral.pk), None)
        if mine is None or not mine.may_be_answered:
            raise InputRefused({"referral": _("No answer can be recorded for this referral.")})
        if received_on < (mine.sent_on or received_on):
            raise InputRefused({"received_on": _("The answer cannot have come before the letter was sent.")})
        answer = mine.take_answer(
            by=by, at=at, text=text, received_on=received_on, channel=channel, result=result, accepted=True
        )
        for attachment in files:
            attachment.answer, attachment.case, attachment.held_for = answer, self, ""
            self.writes(attachment)
        # The authority's own words stand; what an officer wrote while accepting them is kept as a note.
        remark = text if text != answer.text else ""
        data = {
            "authority": mine.authority_id,
            "referral": str(mine.uuid),
            "received_on": received_on.isoformat(),
            "channel": channel,
            "result": result,
            "late": self.is_ended,
        }
        return Told("answer", note=remark, data=data)

    @transition(
        "state",
        source=[State.ANSWERED, State.REFERRED],
        permission=may.office_staff,
        conditions=[has_answer_to_relay],
        custom={"kinds": ["relayed"]},
    )
    def relay_answer(
        self,
        *,
        by: Actor,
        at: datetime,
        referrals: list[Any],
        text: str,
        proposed_outcome: str,
        files: Iterable[Any] = (),
    ) -> Told:
        chosen = {r.pk for r in referrals}
        answers = [a for a in self.answers_to_relay() if a.referral_id in chosen]
        if not chosen or {a.referral_id for a in answers} != chosen:
            raise InputRefused({"referrals": _("Choose referrals whose answer waits to be passed on.")})
        for answer in answers:
            answer.relayed_round, answer.relayed_at = self.round, at
            self.writes(answer)
        self.proposed_outcome, self.verdict = proposed_outcome, ""
        data = {"proposed_outcome": proposed_outcome, "tell_us_by": feedback_until(at).isoformat()}
        return Told("relayed", text=text, files=files, data=data)

    @transition(
        "state", source=FOLLOWING, target=follow_target, permission=may.system, custom={"internal": True}
    )
    def follow_referrals(self) -> None:
        """Run by the gate after a referral's move, under the case's lock; it is no event of its own."""
