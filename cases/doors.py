"""How many sockets this process lets in: in all, of one browser session, and from one address.

All limits are of one process; with several, a client may hold as many times more. That is meant: what they protect is
the process, and counting across processes would cost a round trip for each socket. A page that is refused polls.
"""

from __future__ import annotations

import logging
import resource
import time
from collections import Counter

logger = logging.getLogger(__name__)

#: Sockets of one browser session: a business follows a few cases, a caseworker has many tabs.
OF_A_FOLLOWER, OF_STAFF = 5, 40
#: Sockets of businesses from one address. Staff are not counted: a whole office may sit behind one.
OF_AN_ADDRESS = 20
#: Who is refused more often than this within a window is not even let in, staff by session, others by address.
REFUSALS, REFUSALS_WINDOW = 60, 60.0
#: File descriptors kept free for pages, the database and the log.
KEPT_FREE = 64


class Doors:
    """Counts who is in. ``staff`` says whether the socket is one for people who sign in."""

    def __init__(self) -> None:
        self.inside = 0
        self._sessions: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._window = 0.0

    def is_shut(self, staff: bool, session_key: str, address: str) -> bool:
        """Whether nobody, or not this one, is let in at all: the handshake is refused."""
        self._turn_window()
        return self.inside >= _room() or self._refused[_who(staff, session_key, address)] >= REFUSALS

    def enter(self, staff: bool, session_key: str, address: str) -> bool:
        """Count one in; False if it is one too many and must leave at once. Always paired with ``leave``."""
        self.inside += 1
        self._sessions[session_key] += 1
        within = not session_key or self._sessions[session_key] <= (OF_STAFF if staff else OF_A_FOLLOWER)
        if not staff:
            self._addresses[address] += 1
            within = within and self._addresses[address] <= OF_AN_ADDRESS
        return within

    def leave(self, staff: bool, session_key: str, address: str) -> None:
        self.inside -= 1
        _count_down(self._sessions, session_key)
        if not staff:
            _count_down(self._addresses, address)

    def refused(self, staff: bool, session_key: str, address: str) -> None:
        """Somebody asked for what they may not have. Many such are an attack: it is shut out and logged once."""
        self._turn_window()
        who = _who(staff, session_key, address)
        self._refused[who] += 1
        if self._refused[who] == REFUSALS:
            logger.error("%s sockets refused within a minute: more are shut out", REFUSALS)

    def _turn_window(self) -> None:
        now = time.monotonic()
        if now - self._window > REFUSALS_WINDOW:
            self._window = now
            self._refused.clear()


def _who(staff: bool, session_key: str, address: str) -> str:
    return f"session {session_key}" if staff and session_key else f"address {address}"


def _room() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - KEPT_FREE


def _count_down(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
