"""Sockets that tell an open page that something changed, and never what: the page fetches that over HTTP.

The protocol is contracts.md, "Socket". The group is joined first and the database read second, so that what is
committed in between is seen at least once. Every poke and every beat looks again whether this page may still be
told anything: a session that ended or a case that left the office closes its socket.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter, deque
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase

from accounts.models import Role, User
from cases import live, tracking
from cases.models import Case
from text.reference import parse_reference

#: Close codes of the contract.
BAD_MESSAGE, SIGN_IN_AGAIN, NO_SUCH_CASE, TOO_MANY = 4400, 4401, 4404, 4429

BEAT_SECONDS = 20.0
#: More messages than this within the window close the socket; a page sends one when it connects.
MESSAGES, WINDOW_SECONDS = 20, 10.0
BAD_MESSAGES = 5
MESSAGE_BYTES = 16 * 1024
#: A sign-out is announced while the session still exists; looking a moment later finds it gone. Seconds.
MOMENT = 1.0

logger = logging.getLogger(__name__)
_open: Counter[str] = Counter()


class Closed(Exception):  # noqa: N818  # an answer, not a malfunction
    """This socket may not stay open; ``code`` says why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class LiveSocket(AsyncWebsocketConsumer):
    """What the three sockets have in common. A subclass says who may listen, to what, and where it stands."""

    #: Sockets that one browser session may hold open in this process; further pages poll.
    per_session = 20

    def allow(self, session: SessionBase) -> list[str]:
        """The groups to join. Raises ``Closed`` if this session may not listen. Runs in a thread."""
        raise NotImplementedError

    def stand(self) -> int:
        """The number the page must have reached to be up to date. Runs in a thread, after ``allow``."""
        raise NotImplementedError

    def told_of(self, reference: str) -> int | None:
        """The number to tell after a poke about this case, None for a case this page may not know of."""
        return self.stand()

    # --- connecting -------------------------------------------------------------------------
    async def connect(self) -> None:
        self.groups_joined: list[str] = []
        self.greeted = False
        self.told = -1
        self.bad = 0
        self.closing = False
        self.arrivals: deque[float] = deque()
        self.beats: asyncio.Task[None] | None = None
        self.session_key = str(self.scope["session"].session_key or "")
        _open[self.session_key] += 1
        # A refusal at the handshake reaches a browser without its code, so refusals come right after it.
        await self.accept()
        if self.session_key and _open[self.session_key] > self.per_session:
            await self.close(TOO_MANY)
            return
        if await self._may_stay():
            self.beats = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        if self.beats is not None:
            self.beats.cancel()
        _open[self.session_key] -= 1
        if _open[self.session_key] <= 0:
            del _open[self.session_key]
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def close(self, code: int | bool | None = None, reason: str | None = None) -> None:
        if not self.closing:
            self.closing = True
            await super().close(code, reason)

    # --- what the page says -------------------------------------------------------------------
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.closing:
            return
        now = time.monotonic()
        self.arrivals.append(now)
        while self.arrivals[0] < now - WINDOW_SECONDS:
            self.arrivals.popleft()
        if len(self.arrivals) > MESSAGES:
            await self.close(TOO_MANY)
        elif _is_hello(text_data):
            await self._greet()
        else:
            self.bad += 1
            if self.bad >= BAD_MESSAGES:
                await self.close(BAD_MESSAGE)

    async def _greet(self) -> None:
        groups = await self._looking(self._allowed)
        if groups is None:
            return
        for group in groups:
            if group not in self.groups_joined:
                await self.channel_layer.group_add(group, self.channel_name)
                self.groups_joined.append(group)
        seq = await self._looking(self.stand)
        if seq is not None:
            self.greeted = True
            self.told = max(self.told, seq)
            await self._say({"t": "welcome", "seq": seq})

    # --- what the layer says --------------------------------------------------------------------
    async def poke(self, message: dict[str, Any]) -> None:
        if self.closing or not self.greeted or not await self._may_stay():
            return
        reference = message["case"]
        seq = await self._looking(lambda: self.told_of(reference))
        if seq is not None:
            await self._tell(reference, seq)

    async def _tell(self, reference: str, seq: int) -> None:
        if seq > self.told:  # a doubled or late poke says nothing new
            self.told = seq
            await self._say({"t": "changed", "case": reference, "seq": seq})

    async def look_again(self, message: dict[str, Any]) -> None:
        """Somebody signed out or lost a right: see at once whether this socket may stay."""
        await asyncio.sleep(MOMENT)
        await self._may_stay()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if not self.greeted:  # it connected and never said a word
                await self.close(BAD_MESSAGE)
                return
            if not await self._may_stay():
                return
            seq = await self._looking(self.stand)
            if seq is None:
                return
            self.told = max(self.told, seq)
            await self._say({"t": "beat", "seq": seq})

    # --- looking -----------------------------------------------------------------------------------
    async def _may_stay(self) -> bool:
        return await self._looking(self._allowed) is not None

    def _allowed(self) -> list[str]:
        # Read anew each time: the session that was read at the handshake says nothing about now.
        engine = import_module(settings.SESSION_ENGINE)
        return self.allow(engine.SessionStore(self.session_key or None))

    async def _looking(self, look: Any) -> Any:
        """The answer of ``look`` from the database; None after closing the socket if it may not stay."""
        try:
            return await database_sync_to_async(look)()
        except Closed as closed:
            await self.close(closed.code)
        except Exception:
            # Also in the task of the beats nothing fails unseen: the page reconnects and catches up.
            logger.exception("socket could not look")
            await self.close(1011)
        return None

    async def _say(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(message, separators=(",", ":")))


class TrackSocket(LiveSocket):
    """A business following its case; all numbers are those of public events."""

    per_session = 5

    def allow(self, session: SessionBase) -> list[str]:
        reference = self.scope["url_route"]["kwargs"]["reference"]
        if not tracking.may_follow(session, reference):
            raise Closed(SIGN_IN_AGAIN)
        self.reference = reference
        return [live.track_group(reference)]

    def stand(self) -> int:
        seq = Case.objects.filter(reference=self.reference).values_list("public_seq", flat=True).first()
        if seq is None:
            raise Closed(NO_SUCH_CASE)
        return seq


class StaffSocket(LiveSocket):
    """A signed-in person who works on cases."""

    user: User | None = None

    def allow(self, session: SessionBase) -> list[str]:
        user = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]
        if not isinstance(user, User):
            raise Closed(SIGN_IN_AGAIN)
        if not user.works_cases:
            raise Closed(NO_SUCH_CASE)
        before, self.user = self.user, user
        if before is not None and (before.role, before.office_id) != (user.role, user.office_id):
            raise Closed(SIGN_IN_AGAIN)
        return [live.user_group(user.pk)]


class CaseSocket(StaffSocket):
    """A case page: told while the person may see the case."""

    def allow(self, session: SessionBase) -> list[str]:
        groups = super().allow(session)
        self.reference = parse_reference(self.scope["url_route"]["kwargs"]["reference"])
        if (
            not self.reference
            or not Case.objects.visible_to(self.user).filter(reference=self.reference).exists()
        ):
            raise Closed(NO_SUCH_CASE)
        return [*groups, live.case_group(self.reference)]

    def stand(self) -> int:
        seq = (
            Case.objects.visible_to(self.user)
            .filter(reference=self.reference)
            .values_list("seq", flat=True)
            .first()
        )
        if seq is None:
            raise Closed(NO_SUCH_CASE)
        return seq


class QueueSocket(StaffSocket):
    """A queue page: told of every change of a case the person may see.

    A queue has no number of its own: ``welcome`` and ``beat`` carry the time of its last change in milliseconds
    since 1970, which only ever grows; ``changed`` carries the number of the case it names.
    """

    def allow(self, session: SessionBase) -> list[str]:
        groups = super().allow(session)
        assert self.user is not None
        if self.user.role == Role.HEADQUARTERS:
            return [*groups, live.everyone_group()]
        return [*groups, live.queue_group(self.user.office_id or "")]

    def stand(self) -> int:
        at = (
            Case.objects.visible_to(self.user)
            .order_by("-updated_at")
            .values_list("updated_at", flat=True)
            .first()
        )
        return int(at.timestamp() * 1000) if at else 0

    def told_of(self, reference: str) -> int | None:
        return (
            Case.objects.visible_to(self.user)
            .filter(reference=reference)
            .values_list("seq", flat=True)
            .first()
        )

    async def _tell(self, reference: str, seq: int) -> None:
        await self._say({"t": "changed", "case": reference, "seq": seq})


def _is_hello(text: str | None) -> bool:
    if text is None or len(text) > MESSAGE_BYTES:
        return False
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(message, dict) or message.get("t") != "hello" or set(message) - {"t", "after"}:
        return False
    after = message.get("after", 0)
    return isinstance(after, int) and not isinstance(after, bool) and after >= 0
