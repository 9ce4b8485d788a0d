"""The service's time: the clock of the database, which all its machines share, whatever this machine's says.

Source: trust.md P11. Each time a process takes a connection it hears the database's time and remembers how far its
own clock is off, so that asking the time costs no query. Less than ``TOLERATED`` is left alone: clocks that are kept
right differ by that much, and so does the time a question takes. On SQLite there is only this machine's clock.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

TOLERATED = timedelta(seconds=2)

_ahead = timedelta(0)


def this_moment() -> datetime:
    """This moment in UTC, to within ``TOLERATED`` of the database's clock."""
    return timezone.now() - _ahead


def this_day() -> date:
    """Today in the time zone of the site."""
    return timezone.localdate(this_moment())


def hear(database: datetime, asked: float, answered: float) -> None:
    """Remember what the database's clock said; ``asked`` and ``answered`` are this machine's ``time.time()``."""
    global _ahead
    ahead = timedelta(seconds=(asked + answered) / 2 - database.timestamp())
    _ahead = ahead if abs(ahead) > TOLERATED else timedelta(0)
