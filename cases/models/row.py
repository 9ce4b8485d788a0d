"""The columns of a case, without its moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django_fsm import FSMField, FSMFieldMixin
from django_fsm import transition as fsm_transition

from cases.states import (
    OUT,
    UNSENT,
    Erasure,
    FilerKind,
    Flag,
    Level,
    Outcome,
    Priority,
    Proceedings,
    Referable,
    ReopenKind,
    Sharing,
    State,
    Verdict,
    Waiting,
    Why,
    follow,
    waiting_for,
)

if TYPE_CHECKING:
    from cases.models.answer import Answer
    from cases.models.referral import Referral
    from cases.models.words import Extension, Question


#: The state machine's decorator; its stubs know no actor but Django's user, ours is ``Actor``.
transition: Callable[..., Any] = fsm_transition


@dataclass
class Told:
    """What a move leaves behind for the gate to write: words, codes, and who hears of it.

    ``kind`` is the public kind of the event, empty if the business sees nothing; ``text`` are words to or from
    the business; ``note`` are internal words; ``data`` holds codes, dates and ids only; ``files`` are stored
    attachments that belong to the words; ``also`` are events on other cases that change with this one.
    """

    kind: str = ""
    text: str = ""
    note: str = ""
    from_business: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    files: Iterable[Any] = ()
    also: list[tuple[Any, Told]] = field(default_factory=list)


class StateGuard(models.Model):
    """A protected state field that can be read again without ever becoming writable.

    The state machine's own mixin lifts the protection for the whole process while it refreshes; here only this
    instance's value is taken away and put back if the read fails.
    """

    class Meta:
        abstract = True

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        guarded = {
            f.attname for f in self._meta.concrete_fields if isinstance(f, FSMFieldMixin) and f.protected
        }
        if fields is None:
            deferred = self.get_deferred_fields()
            fields = [f.attname for f in self._meta.concrete_fields if f.attname not in deferred]
        taken = {n: self.__dict__.pop(n) for n in guarded & set(fields) if n in self.__dict__}
        try:
            super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        except BaseException:
            self.__dict__.update(taken)
            raise


class CaseRow(StateGuard):
    reference = models.CharField(max_length=14)
    state = FSMField(default=State.RECEIVED, choices=State.choices, protected=True, max_length=20)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    outcome_why = models.CharField(max_length=20, choices=Why.choices, blank=True)
    proposed_outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)

    # Two counters: every event has a seq, those the business sees a public_seq too. The version is the seq.
    seq = models.PositiveIntegerField(default=0)
    public_seq = models.PositiveIntegerField(default=0)

    # Every change of a case writes to each index of its table: a foreign key gets none by itself, ``Case`` names
    # those that a list needs.

    # Who is responsible
    office = models.ForeignKey(
        "routing.Office", on_delete=models.PROTECT, db_index=False, related_name="cases"
    )
    liaison_unit = models.ForeignKey(
        "routing.LiaisonUnit", on_delete=models.PROTECT, null=True, blank=True, db_index=False
    )
    co_office = models.ForeignKey(
        "routing.Office",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="cohandled_cases",
    )
    moving_to = models.ForeignKey(
        "routing.Office",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="arriving_cases",
    )
    former_office = models.ForeignKey(
        "routing.Office",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="former_cases",
    )
    former_office_reads_until = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="cases",
    )
    assigned_at = models.DateTimeField(null=True, blank=True)

    # What it is about
    title = models.CharField(max_length=200)
    category = models.ForeignKey(
        "routing.Category", on_delete=models.PROTECT, db_index=False, related_name="cases"
    )
    division = models.ForeignKey(
        "routing.Division", on_delete=models.PROTECT, db_index=False, related_name="cases"
    )
    level = models.CharField(max_length=10, choices=Level.choices, blank=True)
    #: A quick question: the office answers it in one move, and no authority hears of it. Assessing it ends this.
    enquiry = models.BooleanField(default=False)
    #: Why it looks automatic; empty if it does not. It is marked for a look, never dropped.
    flagged = models.CharField(max_length=10, choices=Flag.choices, blank=True)
    proceedings = models.CharField(max_length=20, choices=Proceedings.choices, default=Proceedings.NONE)
    referable = models.CharField(max_length=10, choices=Referable.choices, blank=True)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    escalation_level = models.PositiveSmallIntegerField(default=0)
    suggestion = models.JSONField(default=dict, blank=True)

    # Who it is from, without saying who
    filer_kind = models.CharField(max_length=10, choices=FilerKind.choices)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    sharing = models.CharField(max_length=12, choices=Sharing.choices)
    company_key = models.CharField(max_length=64, blank=True)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="filed_cases",
    )
    filing_key = models.CharField(max_length=200)
    filing_hash = models.CharField(max_length=64, blank=True)
    tracking_hash = models.CharField(max_length=255, blank=True)
    tracking_used = models.BooleanField(default=False)

    # When
    received_at = models.DateTimeField()
    triaged_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="ended_cases",
    )
    updated_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=1)
    bounces = models.PositiveSmallIntegerField(default=0)
    reopen_asked = models.CharField(max_length=10, choices=ReopenKind.choices, blank=True)
    reopen_asked_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    #: The round in which the business last rated how we handled it.
    rated_round = models.PositiveSmallIntegerField(null=True, blank=True)

    #: How far a request to erase personal data is; nothing before one.
    erasure = models.CharField(max_length=10, choices=Erasure.choices, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    #: A legal hold: nothing of this case is erased while it stands.
    on_hold = models.BooleanField(default=False)

    # Computed by the gate after every move, kept only so that queues can be filtered and sorted
    waiting_for = models.CharField(max_length=10, choices=Waiting.choices, default=Waiting.OFFICE)
    stage = models.CharField(max_length=20, choices=State.choices, default=State.RECEIVED)
    due_on = models.DateField(null=True, blank=True)
    #: Of a limit in working hours: the hour of that day, Hong Kong time. Empty: the end of the day.
    due_time = models.TimeField(null=True, blank=True)
    due_clock = models.CharField(max_length=40, blank=True)
    due_paused = models.BooleanField(default=False)
    #: The first day on which a clock asks for something that the sweep has not looked at yet.
    alarm_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def version(self) -> int:
        """The number a member of staff gives with a move: the last event they have seen."""
        return self.seq

    @property
    def is_open(self) -> bool:
        return self.state not in (State.CLOSED, State.WITHDRAWN)

    @property
    def is_ended(self) -> bool:
        return not self.is_open

    # --- what the moves decide on, read once --------------------------------------------
    @cached_property
    def referrals_now(self) -> list[Referral]:
        """This case's referrals, each bound to this very object, oldest first."""
        if self.pk is None:
            return []
        rows = list(
            self.referrals.select_related("authority__type", "office").order_by("pk")  # type: ignore[attr-defined]
        )
        for row in rows:
            row.case = self
        return rows

    @cached_property
    def answers_now(self) -> list[Answer]:
        if not self.referrals_now:
            return []
        answer_model = self._meta.apps.get_model("cases", "Answer")
        by_id = {r.pk: r for r in self.referrals_now}
        rows = list(answer_model.objects.filter(referral__case_id=self.pk).order_by("pk"))
        for row in rows:
            row.referral = by_id[row.referral_id]
        return rows

    @cached_property
    def open_question(self) -> Question | None:
        if self.state != State.AWAITING:
            return None
        return self.questions.filter(closed_at=None).first()  # type: ignore[attr-defined]

    @cached_property
    def extensions_pending(self) -> list[Extension]:
        return list(self.extensions.filter(decision=""))  # type: ignore[attr-defined]

    @cached_property
    def unsaved(self) -> list[models.Model]:
        """Rows a move made or changed; the gate saves them in this order."""
        return []

    def writes(self, row: models.Model) -> None:
        if row not in self.unsaved:
            self.unsaved.append(row)

    def never_referred(self) -> None:
        """Spare reading referrals and answers where the history shows that there are none."""
        self.referrals_now, self.answers_now = [], []

    def forget(self) -> None:
        """Drop everything read for a move, after the gate has saved it."""
        for name in ("referrals_now", "answers_now", "open_question", "extensions_pending", "unsaved"):
            self.__dict__.pop(name, None)

    # --- what follows ---------------------------------------------------------------------
    def following(self) -> State:
        """The state the question and the referrals give; an ended case stays as it is."""
        if self.is_ended:
            return State(self.state)
        return self._follow(question_open=self.open_question is not None)

    def reopened_state(self) -> State:
        return self._follow(question_open=False)

    def _follow(self, *, question_open: bool) -> State:
        return follow(
            question_open=question_open,
            referrals=self.referrals_now,
            answers=self.answers_now,
            opened_round=self.round,
        )

    def recompute(self) -> None:
        """Set what queues read: public stage and whose turn it is."""
        if self.state == State.AWAITING:
            self.stage = self._follow(question_open=False)
        else:
            self.stage = self.state
        self.waiting_for = waiting_for(
            self.state,
            authority_has_letter=self.is_open and any(r.state in OUT for r in self.referrals_now),
            answer_to_relay=self.is_open and bool(self.answers_to_relay()),
            contested=self.verdict == Verdict.CONTESTED,
            reopen_pending=bool(self.reopen_asked) or self.erasure == Erasure.ASKED,
        )

    # --- questions that several moves ask ---------------------------------------------------
    def answers_to_relay(self) -> list[Answer]:
        return [a for a in self.answers_now if a.is_accepted and a.relayed_round is None]

    def answers_to_accept(self) -> list[Answer]:
        return [a for a in self.answers_now if a.waits_for_acceptance]

    def unsent_referrals(self) -> list[Referral]:
        return [r for r in self.referrals_now if r.state in UNSENT]

    def referrals_out(self) -> list[Referral]:
        return [r for r in self.referrals_now if r.state in OUT]

    def took_part(self, user: Any) -> bool:
        """Whether this person ever made a move in this case."""
        return self.events.filter(by_user=user).exists()  # type: ignore[attr-defined]

    def close_question(self, at: datetime, how: str) -> None:
        question = self.open_question
        if question is not None:
            question.closed_at, question.closed_how = at, how
            self.writes(question)
        self.open_question = None


#: Columns whose every change is recorded in the event that made it, as codes.
TRACKED = [
    "state",
    "outcome",
    "outcome_why",
    "proposed_outcome",
    "office",
    "liaison_unit",
    "co_office",
    "moving_to",
    "assignee",
    "category",
    "division",
    "level",
    "proceedings",
    "referable",
    "priority",
    "escalation_level",
    "language",
    "sharing",
    "filer_kind",
    "enquiry",
    "round",
    "bounces",
    "reopen_asked",
    "verdict",
    "erasure",
    "on_hold",
    "rated_round",
    "received_at",
    "waiting_for",
    "stage",
    "due_on",
    "due_time",
    "due_clock",
    "due_paused",
]
