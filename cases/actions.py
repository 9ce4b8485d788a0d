"""The one gate. A case changes in ``perform`` and begins in ``open_case``; nowhere else.

The order inside the gate is the contract of ``moves.md`` section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction

from cases import clocks, indexing, letters, live, notices, tracking
from cases.filing import Filing
from cases.models import Case, Event, Message, Note, Referral
from cases.models.case import locked_cases, sees
from cases.models.event import past_of
from cases.models.machine import is_internal
from cases.models.row import TRACKED, Told
from cases.permissions import Actor, ActorKind
from cases.refusals import (
    NotAllowed,
    NotPermitted,
    OtherContent,
    Stale,
    Unseen,
    VersionMissing,
    told_when_busy,
)
from cases.states import Erasure, State
from jobs import measures
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from text.reference import new_tracking_code

Subject = Case | Referral


@told_when_busy()
def perform(
    subject: Subject, move: str, /, *, by: Actor, version: int | None = None, note: str = "", **inputs: Any
) -> Event:
    """Make one move, or change nothing and say why.

    ``subject`` names the case or referral (it is read again under the lock; the object given is not changed).
    ``version`` is the ``seq`` of the last event a member of staff has seen; businesses, authorities and the
    system give none. ``note`` are internal words kept beside the move. ``inputs`` are the cleaned fields of the
    move's form. Raises a ``Refusal``. Returns the event, committed unless an outer transaction is open.
    """
    with transaction.atomic():
        held, target = _lock(subject, by, inputs)
        case = held.case
        if move == "reply" and case.state != State.AWAITING:
            move = "send_message"  # answered after the case moved on: nothing is lost
        meta = getattr(getattr(type(target), move, None), "_django_fsm", None)
        if meta is None or is_internal(meta):
            raise Unseen
        _check(case, target, meta, by, version)
        at = this_moment()
        if prepare := PREPARE.get(_key(target, move)):
            inputs = prepare(target, by, at, inputs)
        states = case.state, getattr(target, "state", "")
        told: Told = getattr(target, move)(by=by, at=at, **inputs)
        if isinstance(target, Referral):
            case.writes(target)
            if case.state not in (State.RECEIVED, State.CLOSED, State.WITHDRAWN):
                case.follow_referrals()
        if note:
            told.note = "\n\n".join(part for part in (told.note, note) if part)
        event = _record(held, move, told, by, at, states, target)
        for other, there in told.also:
            _record(held.others[other.pk], move, there, by, at, (other.state, ""), other)
        if finish := FINISH.get(_key(target, move)):
            finish(target, by, at, inputs)
        failpoint("before_commit")
    failpoint("after_commit")
    return event


def _key(subject: Subject, move: str) -> str:
    return f"{'referral' if isinstance(subject, Referral) else 'case'}.{move}"


@told_when_busy()
def recount(case: Case) -> bool:
    """Count the clocks of a case again because a calendar or a rule has changed; whether a date moved.

    A date that moved is an event of the system, so that its history still explains every date. Who may and what
    state do not matter: nothing is decided here.
    """
    with transaction.atomic():
        held = _Held.read(locked_cases(case.pk)[0])
        fresh = held.case
        _compute(fresh, held.past)
        moved = _snapshot(fresh) != held.before
        if moved:
            _record(held, "recount", Told(), Actor.system(), this_moment(), (fresh.state, ""), fresh)
        elif changed := held.changed():
            fresh.save(update_fields=changed)
        failpoint("before_commit")
    return moved


# --- locking and checking -------------------------------------------------------------------
class _Held:
    """A case under its lock: as it was read, and what has happened to it before."""

    def __init__(self, case: Case, past: list[Event]) -> None:
        self.case, self.past = case, past
        self.columns = _columns_of(case)
        self.before = _snapshot(case)
        #: Other cases that this move touches, by id, locked with it.
        self.others: dict[int, _Held] = {}
        if not any(event.move == "refer" for event in past):
            case.never_referred()

    @classmethod
    def read(cls, case: Case) -> _Held:
        return cls(case, past_of(case.pk))

    def changed(self) -> list[str]:
        """The columns that are not as they were read."""
        missing = object()
        columns = _columns_of(self.case)
        return [name for name, value in columns.items() if self.columns.get(name, missing) != value]


def _lock(subject: Subject, by: Actor, inputs: dict[str, Any]) -> tuple[_Held, Subject]:
    """Read the case again under its row lock; a referral locks its case and comes from the same reading.

    A second case that the move touches is locked too.
    """
    case_id = subject.case_id if isinstance(subject, Referral) else subject.pk
    name = next((n for n in ("into", "other") if isinstance(inputs.get(n), Case)), "")
    ids = {case_id, inputs[name].pk} if name else {case_id}
    rows = {row.pk: row for row in locked_cases(*sorted(ids)) if sees(by, row)}
    if rows.keys() != ids:
        raise Unseen
    held = _Held.read(rows[case_id])
    case = held.case
    if name:
        other = inputs[name] = rows[inputs[name].pk]
        held.others[other.pk] = held if other is case else _Held.read(other)
    if isinstance(subject, Case):
        return held, case
    referral = next((r for r in case.referrals_now if r.pk == subject.pk), None)
    if referral is None:
        raise Unseen
    return held, referral


def _check(case: Case, target: Subject, meta: Any, by: Actor, version: int | None) -> None:
    # Who may do it does not depend on the state: ask any of the move's ways for its predicate.
    ways = meta.transitions
    way: Any = meta.get_transition(target.state)
    asked = way or next(iter(ways.values()))
    if not asked.permission(target, by):
        raise NotPermitted
    if by.kind == ActorKind.STAFF:
        never_stale = (asked.custom or {}).get("never_stale", False)
        if version is None:
            raise VersionMissing
        if version != case.seq and not never_stale:
            raise Stale(**last_change(case))
    if way is None:
        raise NotAllowed(**last_change(case))
    for condition in way.conditions or ():
        if not condition(target):
            raise NotAllowed(condition.says, **last_change(case))


def last_change(case: Case) -> dict[str, Any]:
    last = case.events.select_related("by_user").order_by("-seq").first()
    return {
        "state": case.state,
        "version": case.seq,
        "by": str(last.by_user or last.by_kind) if last else "",
        "at": last.at if last else None,
    }


def _office_of(by: Actor, case: Case) -> str:
    """The office that outsiders see behind an act of ours; headquarters and the clock act for the owner."""
    if by.kind in (ActorKind.BUSINESS, ActorKind.AUTHORITY):
        return ""
    return (by.user.office_id if by.user else None) or case.office_id


# --- writing ----------------------------------------------------------------------------------
def _code(value: Any) -> Any:
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


_COLUMNS = frozenset(field.attname for field in Case._meta.concrete_fields)
#: The tracked columns by the name that events give them: reference rows and people by their key.
_TRACKED = {name: Case._meta.get_field(name).attname for name in TRACKED}  # type: ignore[union-attr]


def _columns_of(case: Case) -> dict[str, Any]:
    return {name: value for name, value in case.__dict__.items() if name in _COLUMNS}


def _snapshot(case: Case) -> dict[str, Any]:
    """The tracked columns as codes."""
    values = case.__dict__
    return {name: _code(values[column]) for name, column in _TRACKED.items()}


def _record(
    held: _Held,
    move: str,
    told: Told,
    by: Actor,
    at: datetime,
    states: tuple[str, str],
    target: Subject,
) -> Event:
    """Save the case, what the move wrote, its words and its event; plan mails; announce after the commit."""
    case = held.case
    referral = target if isinstance(target, Referral) else None
    files = list(told.files)
    case.seq += 1
    if told.kind:
        case.public_seq += 1
    case.updated_at = at
    if move != "erase" and case.erasure == Erasure.DONE and (told.text or told.note or files or case.unsaved):
        case.erasure = ""  # something of a person is held again, and can be erased again
    for row in case.unsaved:
        row.save()
    message = words = None
    if told.text or (files and told.kind):
        message = Message.objects.create(
            case=case,
            from_business=told.from_business,
            author=by.user,
            text=told.text,
            language=case.language,
            at=at,
        )
    if told.note:
        words = Note.objects.create(case=case, author=by.user, text=told.note, at=at)
    event = _new_event(
        case,
        by,
        at,
        public_seq=case.public_seq if told.kind else None,
        move=move,
        kind=told.kind,
        referral=referral,
        state_before=states[0],
        referral_before=states[1] if referral else "",
        referral_after=referral.state if referral else "",
        data=told.data,
        message=message,
        note=words,
    )
    for attachment in files:
        attachment.message, attachment.case, attachment.held_for = message, case, ""
        attachment.save()
    _compute(case, [*held.past, event])
    event.changes = _changes(held.before, case)
    case.save(update_fields=held.changed())
    event.save(force_insert=True)
    indexing.keep(case, told, event)
    _tell(case, event)
    return event


def _new_event(case: Case, by: Actor, at: datetime, **what: Any) -> Event:
    """The next event of a case, not saved yet: its number, who did it and when, and the state it leaves."""
    return Event(
        case=case,
        seq=case.seq,
        at=at,
        by_kind=by.kind,
        by_user=by.user,
        by_office=_office_of(by, case),
        on_behalf="business" if by.on_behalf else "",
        channel=by.channel,
        state_after=case.state,
        **what,
    )


def _tell(case: Case, event: Event) -> None:
    notices.plan(case, event)
    case.forget()
    transaction.on_commit(measures.moves.labels(event.move, event.by_kind).inc, robust=True)
    transaction.on_commit(lambda: live.announce(case, event), robust=True)


def _compute(case: Case, events: list[Event]) -> None:
    """Set what queues read, from the whole history; the last event may not be saved yet."""
    case.recompute()
    counted = clocks.clocks_of(case, events)
    due = clocks.due(case, counted)
    case.due_on, case.due_time, case.due_clock, case.due_paused = due.on, due.at, due.clock, due.paused
    case.alarm_on = clocks.next_alarm(case, counted)


def _changes(before: dict[str, Any], case: Case) -> dict[str, list[Any]]:
    return {k: [before.get(k), v] for k, v in _snapshot(case).items() if before.get(k) != v}


# --- the beginning ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Opened:
    """``tracking_code`` is readable only here; it is empty when the same filing came again."""

    case: Case
    tracking_code: str
    again: bool = False


@told_when_busy()
def open_case(filing: Filing, *, by: Actor, reissue: bool = False) -> Opened:
    """Accept a concern: from the commit of this function on it is a case, and is never lost.

    The same ``filing.key`` again gives the same case, however often and however simultaneously it is sent; the
    same key with other content raises ``OtherContent``. With ``reissue`` a repeated filing gets a fresh tracking
    code, which voids the earlier one; without an account only as long as ``_reissue`` says. Raises
    ``NotPermitted`` for anybody but a business or an officer for one.
    """
    if by.kind in (ActorKind.AUTHORITY, ActorKind.SYSTEM) or (
        by.user and by.is_staff and not by.user.works_cases
    ):
        raise NotPermitted
    for last_try in (False, False, True):
        if Case.objects.filter(filing_key=filing.key).exists():
            again = Case.objects.get(filing_key=filing.key)
            break
        try:
            with transaction.atomic():
                opened = _open(filing, by)
                failpoint("before_commit")
        except IntegrityError:
            # A unique column let exactly one of several simultaneous filings through: read that one. (A new
            # reference that is already taken, one in 35 bits, ends here too and is drawn again.)
            if last_try:
                raise
        else:
            failpoint("after_commit")
            return opened
    if again.filing_hash != filing.content_hash:
        raise OtherContent
    return Opened(again, _reissue(again, by) if reissue else "", again=True)


def _reissue(case: Case, by: Actor) -> str:
    """A fresh tracking code in place of the earlier one; empty if there may be none.

    Nothing tells callers without an account apart: whoever learns key and content must not take the code from a
    business that has long used it. So theirs is renewed for ``tracking.REISSUED_FOR`` only; an officer's, who hands
    the code on, until the business has used it.
    """
    rows = Case.objects.filter(pk=case.pk)
    if by.is_staff:
        rows = rows.filter(tracking_used=False)
    elif by.user is None:
        rows = rows.filter(received_at__gt=this_moment() - tracking.REISSUED_FOR)
    code = new_tracking_code()
    return code if rows.update(tracking_hash=tracking.hash_code(code), tracking_used=False) else ""


def _open(filing: Filing, by: Actor) -> Opened:
    at, code = this_moment(), new_tracking_code()
    case, rows = filing.build(at, tracking.hash_code(code), by)
    case.seq = case.public_seq = 1
    case.never_referred()
    data = filing.facts(case)
    event = _new_event(case, by, at, public_seq=1, move="open_case", kind="received", data=data)
    _compute(case, [event])
    event.changes = _changes({}, case)
    case.save(force_insert=True)
    for row in [*rows, event]:
        row.case = case  # type: ignore[attr-defined]
        row.save(force_insert=True)
    for attachment in filing.files:
        attachment.case, attachment.held_for = case, ""
        attachment.save()
    _tell(case, event)
    return Opened(case, code)


PREPARE: dict[str, Callable[[Any, Actor, datetime, dict[str, Any]], dict[str, Any]]] = {
    "referral.draft": letters.new_version,
    "referral.approve": letters.fix,
    "referral.send": letters.finalise,
    "referral.chase": letters.remind,
}
FINISH: dict[str, Callable[[Any, Actor, datetime, dict[str, Any]], None]] = {
    "case.refer": letters.begin,
    # Whoever has it open by an address that no longer holds is shut out at once.
    "case.set_contact": live.followers_look_again,
    "case.remove_reader": live.followers_look_again,
}
