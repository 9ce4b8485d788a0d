"""Who has a concern open by an e-mail address: its business, or somebody the business lets read it.

Both hold for as long as the address does: it is asked anew with each page and each word to a socket.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from cases import tracking
from cases.models import Contact, Reader
from cases.states import Sharing
from text.sealed import seal, unseal

#: In the session: by which address, sealed, a concern was opened, as its business and as one who may read it.
BY_ADDRESS = "opened_by_address"
READING = "reading_by_address"


@dataclass(frozen=True)
class Opening:
    reference: str
    address: str
    #: May read and do nothing.
    reads: bool


def open_by_address(session: SessionBase, reference: str, address: str, *, reads: bool) -> None:
    """Follow the concern in this session by an address that was shown to be theirs."""
    close(session, reference)
    tracking.remember(session, reference)
    held = READING if reads else BY_ADDRESS
    session[held] = {**session.get(held, {}), reference: seal(address)}


def opened_by_code(session: SessionBase, reference: str) -> None:
    """The tracking code was entered: it opens the concern whatever becomes of an address."""
    for held in (READING, BY_ADDRESS):
        session[held] = {ref: by for ref, by in session.get(held, {}).items() if ref != reference}


def close(session: SessionBase, reference: str) -> None:
    opened_by_code(session, reference)
    tracking.forget_one(session, reference)


def opening_of(session: SessionBase | Mapping[str, Any], reference: str) -> Opening | None:
    """By which address this session has the concern open; None if by its tracking code."""
    for held, reads in ((READING, True), (BY_ADDRESS, False)):
        sealed = session.get(held, {}).get(reference)
        if sealed is not None:
            return Opening(reference, unseal(sealed).lower(), reads)
    return None


def standing(openings: Iterable[Opening]) -> set[Opening]:
    """Those that still hold. Two queries at most, however many are asked about."""
    asked = set(openings)
    own = {one.reference for one in asked if not one.reads}
    read = {one.reference for one in asked if one.reads}
    found: set[Opening] = set()
    if own:
        given = Contact.objects.filter(case__reference__in=own).exclude(email_confirmed_at=None)
        given = given.exclude(case__sharing=Sharing.ANONYMOUS)
        for reference, address in given.values_list("case__reference", "email"):
            found.add(Opening(reference, address.lower(), False))
    if read:
        invited = Reader.objects.filter(case__reference__in=read, ended_at=None)
        for reference, address in invited.values_list("case__reference", "email"):
            found.add(Opening(reference, address.lower(), True))
    return {one for one in asked if one.address and one in found}
