"""A move that is made once, however often its call arrives: the ``Idempotency-Key`` header."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from cases.models import Case, Event, Referral, SentCall
from cases.permissions import Actor
from cases.refusals import OtherContent, Refusal
from jobs.clock import this_moment

KEY_HEADER = "Idempotency-Key"
#: Header of an answer that was given before.
REPLAYED_HEADER = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class KeyRefused(Refusal):
    """The key that makes a repeated request harmless is missing or not usable."""

    status = 400
    code = "idempotency_key"
    message = _("Send an Idempotency-Key header of 1 to 200 visible ASCII characters.")


def key_of(request: Request) -> str | None:
    """The caller's key, None if there is none; raises ``KeyRefused`` for one that cannot be used."""
    key = request.headers.get(KEY_HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise KeyRefused
    return key


@dataclass(frozen=True)
class Call:
    """One call as its caller named it."""

    caller: str
    key: str
    content: str

    @classmethod
    def of(cls, request: Request, subject: Case | Referral, move: str, actor: Actor) -> Call | None:
        """None for a call without a key, which is done as often as it comes. Raises ``KeyRefused``."""
        key = key_of(request)
        if key is None:
            return None
        caller = f"user:{actor.user.pk}" if actor.user else f"case:{actor.case_id}"
        asked = [type(subject).__name__, subject.pk, move, request.data]
        return cls(caller, _digest(key), _digest(json.dumps(asked, sort_keys=True)))

    def answered(self) -> Event | None:
        """The event of this call, if it was done before; raises ``OtherContent`` if that asked something else."""
        found = SentCall.objects.filter(caller=self.caller, key=self.key).select_related("event").first()
        if found is None:
            return None
        if found.content != self.content:
            raise OtherContent(_("This key was already used for another request."))
        return found.event


def make_once(call: Call | None, make: Callable[[], Event]) -> tuple[Event, bool]:
    """The event of ``make``, or of the earlier call with this key; and whether it was an earlier one.

    The call is remembered in the transaction of its move. Of two at once the second waits for the first at the
    row lock of the case; then it is refused, or its key is taken, and it gets the first one's event.
    """
    if call is None:
        return make(), False
    if earlier := call.answered():
        return earlier, True
    try:
        with transaction.atomic():
            event = make()
            SentCall.objects.create(
                caller=call.caller, key=call.key, content=call.content, event=event, at=this_moment()
            )
            return event, False
    except (IntegrityError, Refusal):
        if earlier := call.answered():
            return earlier, True
        raise


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
