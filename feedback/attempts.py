"""Opening a case with its tracking code, with a limit on wrong tries.

Source: trust.md T01 and T02. Wrong tries are counted per browser session and per reference-and-address pair, so
that nobody can lock another out, and per address. A try is counted before the code is compared and given back
when it was right: a hundred tries sent at once are compared no more often than a hundred sent one by one.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from cases import tracking
from cases.models import Case
from feedback.models import Attempt, Draft
from jobs.clock import this_moment

#: After each so many wrong tries of one session or pair everything is refused for a while.
TRIES = 5
FIRST_WAIT = timedelta(minutes=15)
LONG_WAIT = timedelta(hours=24)
#: An address may be a whole office: it is refused only for the rest of an hour with this many wrong tries.
TRIES_OF_ADDRESS = 20
HOUR = timedelta(hours=1)


class Refused(Exception):  # noqa: N818  # an answer, not a malfunction
    """Too many wrong tries; ``until`` is the moment from which a code is compared again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(frozen=True)
class Visitor:
    """Where a try comes from. ``session`` is empty for a caller without one (the API)."""

    address: str
    session: str = ""

    @classmethod
    def of(cls, request: HttpRequest, session: str = "") -> Visitor:
        return cls(_network(str(request.META.get("REMOTE_ADDR", ""))), session)


def case_opened_by(reference: str, code: str, visitor: Visitor) -> Case | None:
    """The case with this canonical reference if the sixteen digits are its tracking code, else None.

    An unknown reference takes the same time and leaves the same traces as a wrong code. Raises ``Refused``.
    """
    sources = _Sources.of(reference, visitor)
    _take_a_try(sources)
    case = Case.objects.filter(reference=reference).first()
    if not tracking.matches(code, case.tracking_hash if case else ""):
        return None
    _give_back(sources)
    return case


def draft_opened_by(code: str, visitor: Visitor) -> Draft | None:
    """The unsent form that these sixteen digits continue, else None. Raises ``Refused``."""
    narrow = (source_key("session", visitor.session),) if visitor.session else ()
    sources = _Sources(narrow, source_key("address", visitor.address))
    _take_a_try(sources)
    draft = Draft.of_resume_code(code)
    if draft is not None:
        _give_back(sources)
    return draft


def forget_old_attempts() -> int:
    """Delete the counts that no longer refuse anybody; returns how many."""
    return Attempt.objects.filter(last_at__lt=this_moment() - LONG_WAIT).delete()[0]


@dataclass(frozen=True)
class _Sources:
    narrow: tuple[str, ...]
    address: str

    @classmethod
    def of(cls, reference: str, visitor: Visitor) -> _Sources:
        narrow = [source_key("pair", reference, visitor.address)]
        if visitor.session:
            narrow.append(source_key("session", visitor.session))
        return cls(tuple(narrow), source_key("address", visitor.address))

    @property
    def all(self) -> list[str]:
        return sorted((*self.narrow, self.address))


def _take_a_try(sources: _Sources) -> None:
    now = this_moment()
    keys = sources.all
    with transaction.atomic():
        rows = in_turn(keys, now)
        waits = [row.refused_until for row in rows if row.refused_until and row.refused_until > now]
        if waits:
            raise Refused(max(waits))
        for row in rows:
            _count(row, now, of_address=row.source == sources.address)
        Attempt.objects.bulk_update(rows, ["wrong", "first_at", "last_at", "refused_until"])


def in_turn(keys: list[str], now: datetime) -> list[Attempt]:
    """The rows of these sources, locked: whoever else counts one of them waits. Inside a transaction."""
    Attempt.objects.bulk_create(
        [Attempt(source=key, first_at=now, last_at=now) for key in keys], ignore_conflicts=True
    )
    # Always locked in the same order, so that two tries wait for each other instead of dying together.
    return list(Attempt.objects.select_for_update().filter(source__in=keys).order_by("source"))


def _count(row: Attempt, now: datetime, *, of_address: bool) -> None:
    """One more try. The last that is allowed sets the wait at once; if it was right, the wait is taken back."""
    begins_anew = now - row.first_at >= HOUR if of_address else now - row.last_at >= LONG_WAIT
    if begins_anew:
        row.wrong, row.first_at = 0, now
    row.wrong += 1
    row.last_at, row.refused_until = now, None
    if of_address:
        if row.wrong >= TRIES_OF_ADDRESS:
            row.refused_until = row.first_at + HOUR
    elif row.wrong % TRIES == 0:
        row.refused_until = now + (FIRST_WAIT if row.wrong == TRIES else LONG_WAIT)


def _give_back(sources: _Sources) -> None:
    with transaction.atomic():
        Attempt.objects.filter(source__in=sources.narrow).delete()
        Attempt.objects.filter(source=sources.address, wrong__gt=0).update(
            wrong=models.F("wrong") - 1, refused_until=None
        )


def source_key(*parts: str) -> str:
    """The name of a source in the table: a keyed hash."""
    return salted_hmac("feedback.attempts", "\n".join(parts), algorithm="sha256").hexdigest()


def _network(address: str) -> str:
    """The address, for IPv6 its /64: one household or office holds that many."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
