"""Moves by which the business and the office talk, and officers write to themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django_fsm import GET_STATE

from cases import permissions as may
from cases.clocks import default_answer_by, today
from cases.models.row import CaseRow, Told, transition
from cases.models.words import Question
from cases.permissions import Actor, ActorKind
from cases.refusals import NotPermitted
from cases.states import ENDED, FOLLOWING, OPEN, State

#: Where the question and the referrals lead (moves.md section 1); an ended case stays where it is.
follow_target = GET_STATE(lambda case, *args, **kwargs: case.following(), states=[*FOLLOWING, *ENDED])


class Dialogue(CaseRow):
    class Meta:
        abstract = True

    @transition(
        "state",
        source=[State.RECEIVED, State.ASSESSING, State.REFERRED, State.ANSWERED],
        target=State.AWAITING,
        permission=may.office_staff,
        custom={"kinds": ["question"]},
    )
    def ask(self, *, by: Actor, at: datetime, text: str, answer_by: date | None = None) -> Told:
        answer_by = answer_by or default_answer_by(at)
        question = Question(case_id=self.pk, seq=self.seq + 1, asked_at=at, answer_by=answer_by)
        self.writes(question)
        self.open_question = question
        return Told("question", text=text, data={"answer_by": answer_by.isoformat()})

    @transition(
        "state",
        source=State.AWAITING,
        target=follow_target,
        permission=may.business,
        custom={"kinds": ["reply"]},
    )
    def reply(self, *, by: Actor, at: datetime, text: str = "", files: Iterable[Any] = ()) -> Told:
        self.close_question(at, "answered")
        return Told("reply", text=text, files=files, from_business=True)

    @transition(
        "state",
        source=State.AWAITING,
        target=follow_target,
        permission=may.any_of(may.office_staff, may.system),
        custom={"kinds": ["question_dropped"]},
    )
    def drop_question(self, *, by: Actor, at: datetime, reason: str = "") -> Told:
        question = self.open_question
        if by.kind == ActorKind.SYSTEM and not (
            question and question.answer_by < today() and self.referrals_out()
        ):
            raise NotPermitted  # the clock drops only a late question while a letter is out
        self.close_question(at, "dropped")
        return Told("question_dropped", note=reason)

    @transition("state", source=OPEN + ENDED, permission=may.works_on, custom={"never_stale": True})
    def add_note(self, *, by: Actor, at: datetime, text: str) -> Told:
        return Told(note=text)

    @transition("state", source=OPEN + ENDED, permission=may.writer, custom={"kinds": ["message"]})
    def send_message(self, *, by: Actor, at: datetime, text: str = "", files: Iterable[Any] = ()) -> Told:
        incoming = by.kind == ActorKind.BUSINESS or by.on_behalf
        data = {} if incoming else {"office": self.office.code}
        return Told("message", text=text, files=files, from_business=incoming, data=data)
