"""What an error of the database means to whoever asked: it is away, it is busy, or the fault is ours."""

from __future__ import annotations

from enum import Enum

from django.db import InterfaceError, OperationalError

#: PostgreSQL's codes for a lock not to be had in ``lock_timeout`` and for a deadlock resolved against us.
_BUSY_STATES = {"55P03", "40P01"}
#: What SQLite calls a file that is locked, and one that cannot be used now. It has no other outages.
_BUSY_NAMES = ("SQLITE_BUSY", "SQLITE_LOCKED")
_AWAY_NAMES = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")


class Outage(Enum):
    """AWAY: try again in a while. BUSY: somebody holds the row, try again at once. Nothing was changed."""

    AWAY = "away"
    BUSY = "busy"


def outage_of(error: BaseException | None) -> Outage | None:
    """The outage behind an error, also one raised while another was handled; None for any other fault."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OperationalError | InterfaceError):
            return _meaning(error)
        error = error.__cause__ or error.__context__
    return None


def _meaning(error: OperationalError | InterfaceError) -> Outage | None:
    cause = error.__cause__
    if (name := getattr(cause, "sqlite_errorname", None)) is not None:
        if name.startswith(_BUSY_NAMES):
            return Outage.BUSY
        return Outage.AWAY if name.startswith(_AWAY_NAMES) else None
    if getattr(cause, "sqlstate", None) in _BUSY_STATES:
        return Outage.BUSY
    return Outage.AWAY
