"""The sockets of this process: which of them a message concerns, and what each is told.

One subscription to the channel layer serves them all (``live.listen``); a message names groups, and the sockets in them
are found here. Whatever a socket is to be told is first looked up together with what others are to be told
(``watching.look``): in lanes, one batch after the other, pokes before beats.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

from django.db import Error as DatabaseError
from django.db import close_old_connections

from cases import live
from cases.open_page import NOTHING, Due, OpenPage
from cases.presence import Presence
from cases.watching import Answer, Page, Question, Sight, look
from jobs.clock import this_moment

logger = logging.getLogger(__name__)

#: Every page hears this often where it should stand; more often while pokes cannot arrive. Seconds.
BEAT_SECONDS, DEAF_BEAT_SECONDS = 20.0, 5.0
#: How often it is looked whose beat is due. Seconds.
TICK = 0.25
#: How often it is looked whose session has ended by time, so that its sockets close well within 5 seconds. Seconds.
ENDED_TICK = 1.0
#: How often this process says who is here, which also proves that the layer carries. Seconds.
MURMUR_SECONDS = 8.0
#: Sockets looked up at once: large enough to share queries, small enough that a poke never waits long.
BATCH = 500
#: A hello waits no longer than this for the subscription; without one the beats must do. Seconds.
SUBSCRIBING = 1.0
#: While the database is away, nobody is told anything and this is how often it is tried. Seconds.
DATABASE_AGAIN = 1.0
#: Close codes of the contract; what failed is tried again by connecting again.
BAD_MESSAGE, FAILED = 4400, 4012
#: Closed from the other side.
CLOSED = 1000

#: Two at a time, so that a poke need not wait for the beats; each holds one connection to the database.
_threads = ThreadPoolExecutor(2, "sockets")


def switchboard() -> Switchboard:
    """The one of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _boards:
        _boards[loop] = Switchboard()
    return _boards[loop]


class Lane:
    """Sockets that wait to be looked up, each once, first come first served."""

    def __init__(self, serve: Callable[[list[OpenPage]], Coroutine[Any, Any, None]]) -> None:
        self._serve = serve
        self._waiting: dict[OpenPage, None] = {}
        self._running: asyncio.Task[None] | None = None

    def put(self, sockets: Iterable[OpenPage], due: Due) -> None:
        for socket in sockets:
            socket.due |= due
            self._waiting[socket] = None
        if self._waiting and self._running is None:
            self._running = _task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = list(islice(self._waiting, BATCH))
                for socket in batch:
                    del self._waiting[socket]
                await self._serve(batch)
        finally:
            self._running = None


class Switchboard:
    """Lives in one event loop; its tasks run while there are sockets."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        self.presence = Presence()
        self.groups: dict[str, set[OpenPage]] = {}
        self.listening = asyncio.Event()
        self._sockets: set[OpenPage] = set()
        #: Welcomed sockets in the order of their last beat.
        self._beats: deque[OpenPage] = deque()
        self._pokes, self._rest = Lane(self._serve), Lane(self._serve)
        self._life: asyncio.Task[None] | None = None
        #: Words on their way out; the loop itself would not hold on to them.
        self._saying: set[asyncio.Task[None]] = set()

    # --- coming and going -----------------------------------------------------------------------
    def enter(self, socket: OpenPage) -> None:
        """A socket has opened. It is looked up at once, and welcomed after its hello."""
        self._sockets.add(socket)
        if self._life is None or self._life.done() or self._life.cancelling():
            self._life = _task(self._live(self._life))
        self._join(socket, live.session_group(socket.session_key))
        self._beats.append(socket)
        self._pokes.put([socket], Due.LOOK)

    def leave(self, socket: OpenPage) -> None:
        socket.closing = socket.closing or CLOSED
        self._sockets.discard(socket)
        for group in socket.groups:
            members = self.groups[group]
            members.discard(socket)
            if not members:
                del self.groups[group]
        if socket.person is not None and socket.page is Page.CASE:
            self._people_changed(socket.reference, self.presence.leave(socket.reference, socket.person))
        if not self._sockets:
            self._beats.clear()
            if self._life is not None:
                self._life.cancel()

    async def _live(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            # Its parting from the layer must not undo our subscription.
            await asyncio.wait([before])
        async with asyncio.TaskGroup() as tasks:
            for work in (live.listen(self.hear, self.listening), self._beat(), self._end(), self._murmur()):
                tasks.create_task(work)

    def welcome(self, socket: OpenPage) -> None:
        """The page has said hello; the answer follows when it has been looked up."""
        socket.hello = True
        if socket.admitted:
            self._pokes.put([socket], Due.WELCOME)

    def _join(self, socket: OpenPage, group: str) -> None:
        socket.groups.append(group)
        self.groups.setdefault(group, set()).add(socket)

    def _admit(self, socket: OpenPage, answer: Answer) -> None:
        """It may stay: from now on it hears of its case or queue. Only then is it looked up where it stands."""
        socket.admitted, socket.person, socket.sight = True, answer.person, answer.sight
        if answer.person is not None:
            self._join(socket, live.user_group(answer.person))
        self._join(socket, _group_of(socket, answer.sight))
        if socket.page is Page.CASE and answer.person is not None:
            self._people_changed(socket.reference, self.presence.arrive(socket.reference, answer.person))
            self._pokes.put([socket], Due.PEOPLE)
        if socket.hello:
            self._pokes.put([socket], Due.WELCOME)

    # --- what the layer says ------------------------------------------------------------------------
    def hear(self, message: live.Message) -> None:
        """A message of the channel layer. Kinds this release does not know are passed over."""
        kind = message.get("type")
        if kind == "pokes":
            for poke in message["pokes"]:
                self._poke(poke["case"], poke["seq"], poke["groups"])
        elif kind == "files":
            self._pokes.put(self._members(message["groups"]), Due.FILES)
        elif kind == "look":
            self._pokes.put(self._members(message["groups"]), Due.LOOK)
        elif kind == "here" and message["from"] == self.name:
            self.listening.set()
        elif kind == "here":
            now = time.monotonic()
            for reference in self.presence.hear(message["from"], message["cases"], message["whole"], now):
                self._people_differ(reference)

    def _poke(self, reference: str, seq: int, groups: list[str]) -> None:
        concerned = []
        for socket in self._members(groups):
            if socket.page is Page.QUEUE:
                socket.named.add(reference)
            elif socket.welcomed and seq <= socket.told:
                continue  # doubled or late: the page has been told already
            concerned.append(socket)
        self._pokes.put(concerned, Due.NEWS)

    def _members(self, groups: Iterable[str]) -> set[OpenPage]:
        return set().union(*(self.groups.get(group, ()) for group in groups))

    # --- who is here ----------------------------------------------------------------------------------
    def _people_changed(self, reference: str, changed: bool) -> None:
        """Somebody of this process came or went: the others are told at once."""
        if changed:
            self._people_differ(reference)
            self._say(self.presence.here([reference]), whole=False)

    def _people_differ(self, reference: str) -> None:
        self._pokes.put(self.groups.get(live.case_group(reference), ()), Due.PEOPLE)

    def _say(self, cases: dict[str, list[int]], whole: bool) -> None:
        message = {"type": "here", "from": self.name, "whole": whole, "cases": cases}
        task = _task(self._say_in_time(message))
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def _say_in_time(self, message: live.Message) -> None:
        try:
            async with asyncio.timeout(live.PATIENCE):
                await live.say(message)
        except Exception:
            self.listening.clear()  # until it hears itself again

    async def _murmur(self) -> None:
        while True:
            self._say(self.presence.here(), whole=True)
            for reference in self.presence.forget_silent(time.monotonic()):
                self._people_differ(reference)
            await asyncio.sleep(MURMUR_SECONDS)

    # --- beats ------------------------------------------------------------------------------------------
    async def _beat(self) -> None:
        """Puts those whose beat is due into the slow lane, few at a time even if they all came in one second."""
        while True:
            await asyncio.sleep(TICK)
            every = BEAT_SECONDS if self.listening.is_set() else min(DEAF_BEAT_SECONDS, BEAT_SECONDS)
            now = time.monotonic()
            due: list[OpenPage] = []
            at_most = 50 + 2 * int(len(self._beats) * TICK / every)
            while self._beats and self._beats[0].beaten <= now - every and len(due) < at_most:
                socket = self._beats.popleft()
                if socket.closing:
                    continue
                socket.beaten = now
                self._beats.append(socket)
                due.append(socket)
            self._rest.put(due, Due.BEAT)

    async def _end(self) -> None:
        """Looks again at those whose session should be over by now: it is, or something was done in it meanwhile."""
        while True:
            await asyncio.sleep(ENDED_TICK)
            now = this_moment()
            over = [
                socket for socket in self._sockets if socket.ends_at is not None and socket.ends_at <= now
            ]
            for socket in over:
                socket.ends_at = None  # until the answer says anew
            self._pokes.put(over, Due.LOOK)

    # --- looking and telling --------------------------------------------------------------------------------
    async def _serve(self, sockets: list[OpenPage]) -> None:
        if not self.listening.is_set() and any(Due.WELCOME in socket.due for socket in sockets):
            await self._wait_for_subscription()
        batch = [(socket, socket.due) for socket in sockets if socket.due and not socket.closing]
        questions, heard = [], []
        for socket, _ in batch:
            socket.due = NOTHING
            heard.append(socket.named)
            socket.named = set()
            questions.append(self._question(socket, heard[-1]))
        try:
            answers = await asyncio.get_running_loop().run_in_executor(_threads, _look, questions)
        except DatabaseError as trouble:
            logger.warning("sockets wait for the database: %s", type(trouble).__name__)
            await asyncio.sleep(DATABASE_AGAIN)
            for (socket, due), named in zip(batch, heard, strict=True):
                socket.named |= named
                self._pokes.put([socket], due)
            return
        except Exception:
            # Nothing fails unseen: the pages reconnect and catch up.
            logger.exception("sockets could not be looked up")
            answers = [Answer(FAILED)] * len(batch)
        for number, ((socket, due), answer) in enumerate(zip(batch, answers, strict=True)):
            try:
                await self._tell(socket, due, answer)
            except Exception:
                # One that can no longer be told anything must not cost the others their words.
                logger.exception("a socket could not be told")
                with contextlib.suppress(Exception):
                    await socket.close(FAILED)
            if number % 50 == 49:
                await asyncio.sleep(0)  # what was said leaves, and nobody else waits for long

    async def _wait_for_subscription(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SUBSCRIBING):
                await self.listening.wait()

    def _question(self, socket: OpenPage, named: set[str]) -> Question:
        people = self.presence.people(socket.reference) if socket.page is Page.CASE else frozenset()
        return Question(
            socket.page,
            socket.reference,
            socket.session_key,
            socket.sight,
            tuple(named),
            people - {socket.person},
        )

    async def _tell(self, socket: OpenPage, due: Due, answer: Answer) -> None:
        if socket.closing:
            return
        if answer.code:
            await socket.close(answer.code)
            return
        socket.ends_at = answer.ends_at
        if not socket.admitted:
            self._admit(socket, answer)
            return
        if Due.WELCOME in due:
            socket.welcomed, socket.told = True, answer.seq
            await socket.say({"t": "welcome", "seq": answer.seq})
        if not socket.welcomed:
            if Due.BEAT in due:  # it connected and never said a word
                await socket.close(BAD_MESSAGE)
            return
        if Due.NEWS in due:
            await self._tell_news(socket, answer)
        if Due.FILES in due:
            await socket.say({"t": "files"})
        if Due.BEAT in due:
            socket.told = max(socket.told, answer.seq)
            await socket.say({"t": "beat", "seq": answer.seq})
        if socket.page is Page.CASE and answer.people != socket.people:
            socket.people = answer.people
            await socket.say({"t": "presence", "people": answer.people})

    async def _tell_news(self, socket: OpenPage, answer: Answer) -> None:
        for reference, seq in answer.named.items():
            await socket.say({"t": "changed", "case": reference, "seq": seq})
        if socket.page is not Page.QUEUE and answer.seq > socket.told:
            socket.told = answer.seq
            await socket.say({"t": "changed", "case": socket.reference, "seq": answer.seq})


_boards: WeakKeyDictionary[asyncio.AbstractEventLoop, Switchboard] = WeakKeyDictionary()


def _task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Without the context of the socket that happened to cause it: what it logs is not that socket's."""
    return asyncio.create_task(work, context=Context())


def _group_of(socket: OpenPage, sight: Sight | None) -> str:
    if socket.page is Page.TRACK:
        return live.track_group(socket.reference)
    if socket.page is Page.CASE:
        return live.case_group(socket.reference)
    office = sight[1] if sight else None
    return live.queue_group(office) if office else live.everyone_group()


def _look(questions: Sequence[Question]) -> list[Answer]:
    close_old_connections()
    try:
        return look(questions)
    finally:
        close_old_connections()
