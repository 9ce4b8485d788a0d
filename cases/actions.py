"""The one gate. A case changes in ``perform`` and begins in ``open_case``; nowhere else.

The order inside the gate is the contract of ``moves.md`` section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cases import clocks, letters, live, notices, tracking
from cases.filing import Filing
from cases.models import Case, Event, Message, Note, Referral
from cases.models.machine import is_internal
from cases.models.row import TRACKED, Told
from cases.permissions import Actor, ActorKind
from cases.refusals import NotAllowed, NotPermitted, OtherContent, Stale, Unseen, VersionMissing
from cases.states import State
from jobs.failpoints import failpoint
from text.reference import new_tracking_code

Subject = Case | Referral


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
        case, target = _lock(subject, by, inputs)
        if move == "reply" and case.state != State.AWAITING:
            move = "send_message"  # answered after the case moved on: nothing is lost
        meta = getattr(getattr(type(target), move, None), "_django_fsm", None)
        if meta is None or is_internal(meta):
            raise Unseen
        _check(case, target, move, meta, by, version)
        at = timezone.now()
        if prepare := PREPARE.get(_key(target, move)):
            inputs = prepare(target, by, at, inputs)
        before, states = _snapshot(case), (case.state, getattr(target, "state", ""))
        told: Told = getattr(target, move)(by=by, at=at, **inputs)
        if isinstance(target, Referral):
            case.writes(target)
            if case.state not in (State.RECEIVED, State.CLOSED, State.WITHDRAWN):
                case.follow_referrals()
        if note:
            told.note = "\n\n".join(part for part in (told.note, note) if part)
        event = _record(case, move, told, by, at, before, states, target)
        for other, there in told.also:
            _record(other, move, there, by, at, _snapshot_of_locked(other), (other.state, ""), other)
        if finish := FINISH.get(_key(target, move)):
            finish(target, by, at, inputs)
        failpoint("before_commit")
    failpoint("after_commit")
    return event


def _key(subject: Subject, move: str) -> str:
    return f"{'referral' if isinstance(subject, Referral) else 'case'}.{move}"


# --- locking and checking -------------------------------------------------------------------
def _lock(subject: Subject, by: Actor, inputs: dict[str, Any]) -> tuple[Case, Subject]:
    """Read the case again under its row lock; a referral locks its case and comes from the same reading.

    A second case that the move touches is locked too, always in the order of ids, so that two merges or links in
    opposite directions wait for each other instead of dying together.
    """
    case_id = subject.case_id if isinstance(subject, Referral) else subject.pk
    name = next((n for n in ("into", "other") if isinstance(inputs.get(n), Case)), "")
    ids = sorted({case_id, inputs[name].pk} if name else {case_id})
    # The bare rows, without joins: after waiting for a lock PostgreSQL looks at the joins of before, and a case
    # that meanwhile changed its office would seem to have gone. Who may see is asked afterwards, of what is now.
    rows = {row.pk: row for row in Case.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    visible = set(Case.objects.visible_to(by).filter(pk__in=ids).values_list("pk", flat=True))
    if visible != set(ids):
        raise Unseen
    case = rows[case_id]
    if name:
        other = inputs[name] = rows[inputs[name].pk]
        other.__dict__["_before"] = _snapshot(other)
    if isinstance(subject, Case):
        return case, case
    referral = next((r for r in case.referrals_now if r.pk == subject.pk), None)
    if referral is None:
        raise Unseen
    return case, referral


def _check(case: Case, target: Subject, move: str, meta: Any, by: Actor, version: int | None) -> None:
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
            raise Stale(**_last_change(case))
    if way is None:
        raise NotAllowed(**_last_change(case))
    for condition in way.conditions or ():
        if not condition(target):
            raise NotAllowed(condition.says, **_last_change(case))


def _last_change(case: Case) -> dict[str, Any]:
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
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def _snapshot(case: Case) -> dict[str, Any]:
    """The tracked columns as codes: reference rows and people by their key, without reading them."""
    fields = {name: Case._meta.get_field(name).attname for name in TRACKED}  # type: ignore[union-attr]
    return {name: _code(getattr(case, column)) for name, column in fields.items()}


def _snapshot_of_locked(other: Case) -> dict[str, Any]:
    before: dict[str, Any] = other.__dict__.pop("_before")
    return before


def _record(
    case: Case,
    move: str,
    told: Told,
    by: Actor,
    at: datetime,
    before: dict[str, Any],
    states: tuple[str, str],
    target: Subject,
) -> Event:
    """Save the case, what the move wrote, its words and its event; plan mails; announce after the commit."""
    referral = target if isinstance(target, Referral) else None
    case.seq += 1
    if told.kind:
        case.public_seq += 1
    case.updated_at = at
    for row in case.unsaved:
        row.save()
    message = words = None
    files = list(told.files)
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
    event = Event(
        case=case,
        seq=case.seq,
        public_seq=case.public_seq if told.kind else None,
        at=at,
        by_kind=by.kind,
        by_user=by.user,
        by_office=_office_of(by, case),
        on_behalf="business" if by.on_behalf else "",
        channel=by.channel,
        move=move,
        kind=told.kind,
        referral=referral,
        state_before=states[0] if case.seq > 1 else "",
        state_after=case.state,
        referral_before=states[1] if referral else "",
        referral_after=referral.state if referral else "",
        data=told.data,
        message=message,
        note=words,
    )
    for attachment in files:
        attachment.message, attachment.case, attachment.held_for = message, case, ""
        attachment.save()
    case.recompute()
    past = list(case.events.order_by("seq")) if case.seq > 1 else []
    due = clocks.due(case, clocks.clocks_of(case, [*past, event]))
    case.due_on, case.due_clock, case.due_paused = due.on, due.clock, due.paused
    after = _snapshot(case)
    event.changes = {k: [before.get(k), v] for k, v in after.items() if before.get(k) != v}
    case.save()
    event.save(force_insert=True)
    notices.plan(case, event)
    case.forget()
    transaction.on_commit(lambda: live.announce(case, event), robust=True)
    return event


# --- the beginning ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Opened:
    """``tracking_code`` is readable only here; it is empty when the same filing came again."""

    case: Case
    tracking_code: str
    again: bool = False


def open_case(filing: Filing, *, by: Actor, reissue: bool = False) -> Opened:
    """Accept a concern: from the commit of this function on it is a case, and is never lost.

    The same ``filing.key`` again gives the same case, however often and however simultaneously it is sent; the
    same key with other content raises ``OtherContent``. With ``reissue`` a repeated filing gets a fresh tracking
    code, which voids the earlier one. Raises ``NotPermitted`` for anybody but a business or an officer for one.
    """
    if by.kind in (ActorKind.AUTHORITY, ActorKind.SYSTEM) or (
        by.user and by.is_staff and not by.user.works_cases
    ):
        raise NotPermitted
    for last_try in (False, False, True):
        again = Case.objects.filter(filing_key=filing.key).first()
        if again is not None:
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
    assert again is not None
    if again.filing_hash != filing.content_hash:
        raise OtherContent
    code = ""
    if reissue:
        code = new_tracking_code()
        Case.objects.filter(pk=again.pk).update(tracking_hash=tracking.hash_code(code), tracking_used=False)
    return Opened(again, code, again=True)


def _open(filing: Filing, by: Actor) -> Opened:
    at, code = timezone.now(), new_tracking_code()
    case, rows = filing.build(at, tracking.hash_code(code), by)
    case.save(force_insert=True)
    for row in rows:
        row.case = case  # type: ignore[attr-defined]
        row.save(force_insert=True)
    for attachment in filing.files:
        attachment.case, attachment.held_for = case, ""
        attachment.save()
    _record(
        case, "open_case", Told("received", data={"office": case.office.code}), by, at, {}, ("", ""), case
    )
    return Opened(case, code)


PREPARE: dict[str, Callable[[Any, Actor, datetime, dict[str, Any]], dict[str, Any]]] = {
    "referral.draft": letters.new_version,
    "referral.approve": letters.fix,
    "referral.send": letters.finalise,
}
FINISH: dict[str, Callable[[Any, Actor, datetime, dict[str, Any]], None]] = {
    "case.refer": letters.begin,
}
