"""Words being written, kept as they are typed, and messages that wait a little before they go.

Source: ux.md A3.1 (composer, undo). Nothing here is in the history of the case: a message is in it once it went.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django_tasks import task

from accounts.models import User
from cases import live
from cases.actions import last_change, perform
from cases.models import Attachment, Case, Composed, HeldMessage
from cases.models.case import locked_cases, sees
from cases.models.machine import moves_open_to
from cases.permissions import Actor
from cases.refusals import Busy, NotPermitted, Refusal, Stale, Unseen, VersionMissing
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from jobs.periodic import every

log = logging.getLogger(__name__)

#: Longer than any form takes; more is not kept, and the page says so.
MOST = 20_000
AT_ONCE = 100


# --- words being written --------------------------------------------------------------------
def keep(user: User, case: Case, move: str, text: str, held: str = "") -> Composed | None:
    """Keep what stands in the form of a move now, in place of what stood there; nothing is kept of nothing."""
    if not text.strip() and not held:
        forget(user, case, move)
        return None
    changes: dict[str, Any] = {"text": text, "saved_at": this_moment()} | ({"held": held} if held else {})
    row, _made = Composed.objects.update_or_create(user=user, case=case, move=move, defaults=changes)
    return row


def kept(user: User, case: Case, move: str) -> Composed | None:
    return Composed.objects.filter(user=user, case=case, move=move).first()


def forget(user: User, case: Case, move: str) -> None:
    Composed.objects.filter(user=user, case=case, move=move).delete()


# --- messages that wait ---------------------------------------------------------------------
def hold(case: Case, user: User, version: int | None, text: str, held: str) -> HeldMessage:
    """Let a message to the business wait for ``UNDO_SECONDS``; ``held`` names its files.

    ``version`` is what the author had seen, as for a move. Raises the ``Refusal`` that the move would.
    """
    actor = Actor.staff(user)
    with transaction.atomic():
        fresh = locked_cases(case.pk)[0]
        if not sees(actor, fresh):
            raise Unseen
        if version is None:
            raise VersionMissing
        if version != fresh.seq:
            raise Stale(**last_change(fresh))
        if "send_message" not in moves_open_to(fresh, actor):
            raise NotPermitted
        now = this_moment()
        row = HeldMessage.objects.create(
            case=fresh,
            user=user,
            text=text,
            held=held,
            public_seq=fresh.public_seq,
            at=now,
            goes_at=now + timedelta(seconds=settings.UNDO_SECONDS),
        )
        forget(user, fresh, "send_message")
    return row


def undo(case: Case, user: User, uuid: UUID) -> bool:
    """Take a waiting message back; its words are in the form again. False if it has gone, or is not this person's."""
    with transaction.atomic():
        row = _waiting().select_for_update().filter(case=case, user=user, uuid=uuid).first()
        if row is None:
            return False
        _put_back(row, HeldMessage.State.UNDONE)
    return True


def send_now(case: Case, user: User, uuid: UUID) -> bool:
    """Do not wait for the rest of the time."""
    mine = _waiting().filter(case=case, user=user, uuid=uuid)
    return bool(mine.update(goes_at=this_moment())) and send_held_messages() > 0


def settle(case: Case, user: User, uuid: UUID) -> None:
    """The author has read why it did not go."""
    stopped = HeldMessage.objects.filter(case=case, user=user, uuid=uuid, state=HeldMessage.State.STOPPED)
    stopped.update(state=HeldMessage.State.SETTLED, text="")


def of_case(case: Case) -> list[HeldMessage]:
    """Those that wait, and those that were stopped and whose authors do not know it yet."""
    rows = HeldMessage.objects.filter(case=case, state__in=HeldMessage.SHOWN)
    return list(rows.select_related("user").order_by("at"))


@every(seconds=10)
@task
def send_held() -> None:
    """Send what has waited long enough. Broken off anywhere, the next run goes on."""
    send_held_messages()


def send_held_messages() -> int:
    """Returns how many went. Each goes in a transaction with its row: it goes once, or is still there to go."""
    sent = 0
    due = _waiting().filter(goes_at__lte=this_moment()).order_by("goes_at").values_list("pk", flat=True)
    for pk in list(due[:AT_ONCE]):
        try:
            sent += _send(pk)
        except Exception:
            log.exception("held message %s could not be sent", pk)
    return sent


def _send(pk: UUID) -> bool:
    with transaction.atomic():
        row = _waiting().select_for_update(of=("self",)).select_related("case", "user").filter(pk=pk).first()
        if row is None:
            return False
        case = locked_cases(row.case_id)[0]
        if case.public_seq != row.public_seq:
            _stop(row, "crossed")
            return False
        files = list(Attachment.objects.filter(held_for=row.held, case=None)) if row.held else []
        more = {"text": row.text, **({"files": files} if files else {})}
        try:
            row.event = perform(case, "send_message", by=Actor.staff(row.user), version=case.seq, **more)
        except Busy:
            raise  # it is tried again
        except Refusal as refused:
            _stop(row, refused.code)
            return False
        row.state, row.text = HeldMessage.State.SENT, ""
        row.save(update_fields=["state", "text", "event"])
        failpoint("held_message")
    return True


def _stop(row: HeldMessage, why: str) -> None:
    log.info("held message %s is not sent: %s", row.pk, why)
    row.why = why
    _put_back(row, HeldMessage.State.STOPPED)
    reference = row.case.reference
    transaction.on_commit(lambda: live.look_again(live.case_group(reference)), robust=True)


def _put_back(row: HeldMessage, state: HeldMessage.State) -> None:
    """Its words stand before what its author has begun to write since."""
    begun = kept(row.user, row.case, "send_message")
    words = "\n\n".join(part for part in (row.text, begun.text if begun else "") if part)
    keep(row.user, row.case, "send_message", words, row.held)
    row.state, row.text = state, ""
    row.save(update_fields=["state", "text", "why"])


def _waiting() -> Any:
    return HeldMessage.objects.filter(state=HeldMessage.State.WAITING)
