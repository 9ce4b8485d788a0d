"""What looks as if a program had filed it: it is taken like everything else, and marked for an officer's look.

Source: trust.md, bad input 39. No puzzle is asked of anybody: what puzzles need is not reached from the Mainland, and
those who cannot see them would be kept out.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import HttpRequest

from cases.states import Flag
from feedback.attempts import HOUR, Visitor, in_turn, source_key
from jobs.clock import this_moment

#: Nobody answers the questions in less.
HUMAN_SECONDS = 2
#: A network may be a whole chamber of commerce: more than these are only marked.
FILINGS_OF_NETWORK = 10


def looks_automatic(request: HttpRequest, began_at: datetime) -> str:
    """The ``Flag`` of a form that was begun at that moment, or nothing. Counts it, in a transaction of its own.

    Call it before the transaction of the filing: the row of a network must not be held while a concern is written.
    """
    often = _filed_often(Visitor.of(request).address)
    if request.POST.get("website"):
        return Flag.HONEYPOT
    if (this_moment() - began_at).total_seconds() < HUMAN_SECONDS:
        return Flag.HURRY
    return Flag.MANY if often else ""


def _filed_often(network: str) -> bool:
    now = this_moment()
    with transaction.atomic():
        (row,) = in_turn([source_key("filed from", network)], now)
        if now - row.first_at >= HOUR:
            row.wrong, row.first_at = 0, now
        row.wrong, row.last_at = row.wrong + 1, now
        row.save(update_fields=["wrong", "first_at", "last_at"])
    return row.wrong > FILINGS_OF_NETWORK
