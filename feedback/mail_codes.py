"""Asking for a code by e-mail, and typing it in.

Source: ux.md A1.5, trust.md T32. A code works for ten minutes, once, and only in the browser that asked for it: nobody
can use up or replace the code of another. Whoever asks is told the same whether the address is known here or not,
and whether a mail goes out or not; a mail goes out at most five times an hour to one address, twenty times an hour
for one network, and not again within thirty seconds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import get_language

from feedback.attempts import Visitor, in_turn, source_key
from feedback.code_mails import send_codes
from feedback.models import MailCode
from feedback.models.mail_codes import GOOD_FOR, TRIES
from jobs import measures
from jobs.clock import this_moment
from text.sealed import seal, unseal

HOUR = timedelta(hours=1)
AGAIN_AFTER = timedelta(seconds=30)
MAILS_TO_ADDRESS = 5
MAILS_OF_NETWORK = 20
#: So many codes of one session are known as having been replaced.
REMEMBERED = 5
#: In the session: for which addresses this browser asked for codes, and which rows they are.
ASKED = "mail_codes"


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    #: The code of an earlier mail of this browser.
    REPLACED = "replaced"
    OVER = "over"
    USED = "used"
    TOO_OFTEN = "too_often"


def ask(request: HttpRequest, purpose: str, address: str) -> None:
    """Have a code sent to this address, unless that would be one too many; nobody learns which."""
    earlier = _asked(request.session, purpose)
    known = earlier["codes"] if address_asked(request.session, purpose) == address else []
    code = _new_code(purpose, address, Visitor.of(request).address)
    _count(code, "limited" if code.withheld else "asked")
    if not (code.withheld and known):  # else the one before stays good
        known = [*known, code.pk.hex][-REMEMBERED:]
    held = request.session.get(ASKED, {})
    request.session[ASKED] = held | {purpose: {"address": seal(address), "codes": known}}


def address_asked(session: SessionBase, purpose: str) -> str:
    """The address for which this browser asked for a code; empty if it asked for none."""
    return unseal(_asked(session, purpose)["address"])


def try_code(session: SessionBase, purpose: str, digits: str) -> Verdict:
    """Whether these six digits are the code sent for this browser. RIGHT is said once.

    A try is counted before the code is compared: a hundred sent at once are compared no more often than five.
    """
    *replaced, newest = _asked(session, purpose)["codes"] or [uuid4().hex]
    pk, now = UUID(newest), this_moment()
    open_now = MailCode.objects.filter(pk=pk, used_at=None, at__gt=now - GOOD_FOR)
    counted = open_now.filter(tries__lt=TRIES).update(tries=F("tries") + 1)
    code = MailCode.objects.filter(pk=pk).first()
    if not counted or code is None:
        return _why_not(code)
    if code.is_said_by(digits):
        if not open_now.update(used_at=now):
            return Verdict.USED
        _count(code, "confirmed")
        return Verdict.RIGHT
    before = MailCode.objects.filter(pk__in=[UUID(one) for one in replaced])
    if any(one.is_said_by(digits) for one in before):
        return Verdict.REPLACED
    return Verdict.TOO_OFTEN if code.tries >= TRIES else Verdict.WRONG


def forget_asked(session: SessionBase, purpose: str) -> None:
    """Ask this browser for an address again."""
    held = session.get(ASKED, {})
    session[ASKED] = {name: asked for name, asked in held.items() if name != purpose}


def forget_old_codes() -> int:
    """Delete the codes that no longer work and no longer count; returns how many."""
    return MailCode.objects.filter(at__lt=this_moment() - HOUR).delete()[0]


def _count(code: MailCode, outcome: str) -> None:
    measures.mail_codes.labels(str(MailCode.Purpose(code.purpose).value), outcome).inc()


def _why_not(code: MailCode | None) -> Verdict:
    if code is None or (code.is_over and code.used_at is None):
        return Verdict.OVER
    return Verdict.USED if code.used_at else Verdict.TOO_OFTEN


def _asked(session: SessionBase, purpose: str) -> dict[str, Any]:
    asked: dict[str, Any] = session.get(ASKED, {}).get(purpose, {"address": "", "codes": []})
    return asked


def _new_code(purpose: str, address: str, network: str) -> MailCode:
    now = this_moment()
    to, by = source_key("mail to", address.lower()), source_key("mail of", network)
    with transaction.atomic():
        in_turn(sorted([to, by]), now)
        withheld = _too_many(purpose, to, by, now)
        code = MailCode.objects.create(
            purpose=purpose,
            address_source=to,
            network_source=by,
            language=get_language() or "en",
            at=now,
            withheld=withheld,
            address="" if withheld else address,
        )
        if not withheld:  # whether the address is known here makes no difference
            send_codes.enqueue()
    return code


def _too_many(purpose: str, to: str, by: str, now: datetime) -> bool:
    counted = MailCode.objects.filter(withheld=False, at__gt=now - HOUR)
    to_address = counted.filter(address_source=to)
    return (
        to_address.filter(purpose=purpose, at__gt=now - AGAIN_AFTER).exists()
        or to_address.count() >= MAILS_TO_ADDRESS
        or counted.filter(network_source=by).count() >= MAILS_OF_NETWORK
    )
