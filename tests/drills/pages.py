"""Open pages as the script in the browser keeps them (static/src/js/live.js): a tool of the drills about sockets.

``Page`` holds a socket, fetches what it is missing by number, waits and polls as the script does, and remembers what it
has shown and when. ``Wire`` is a line in front of the site that can be cut or go dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import json
import random
import re
import statistics
import time
import urllib.parse
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import websockets

from tests.drills import Report

#: The waits of live.js before it connects again, in seconds, each taken half to one and a half times.
WAITS = (1, 2, 4, 8, 16, 30)
SILENCE_IS_DEAD = 45.0
POLL_EVERY = 30.0
_numbers = itertools.count(1)
_fetching = ThreadPoolExecutor(64, "fetching")

#: Run inside the set: people, cases each filed by a partner of its own, browser sessions that follow them. As JSON.
PREPARE = """
import json
from rest_framework.authtoken.models import Token
from accounts.models import Role, User
from cases.actions import open_case
from cases.permissions import Actor
from tests.cases.talking import new_session
from tests.cast import a_filing, make_cast, move, triage_inputs
cast = make_cast()
cases = []
for number in range(CASES):
    name = f"filer{number}"
    partner = User(username=name, name=name, email=f"{name}@example.invalid", role=Role.PARTNER)
    partner.set_unusable_password()
    partner.save()
    case = open_case(a_filing(), by=Actor.partner(partner)).case
    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    cases.append({
        "reference": case.reference,
        "token": Token.objects.create(user=partner).key,
        "sessions": [new_session(case.reference).session_key for _ in range(SESSIONS)],
    })
staff = {name: new_session(user=cast.users[name]).session_key for name in ("amina", "wing")}
print(json.dumps({"cases": cases, "staff": staff}))
"""
#: The same, later: what the business sees of each case according to the database.
SHOWN = """
import json
from cases.models import Event
rows = Event.objects.filter(public_seq__isnull=False).order_by("public_seq")
shown = {}
for reference, seq in rows.values_list("case__reference", "public_seq"):
    shown.setdefault(reference, []).append(seq)
print(json.dumps(shown))
"""
#: A process of the set that makes moves without going through a web process: EVENTS of them, PACE seconds apart.
MOVER = """
import itertools, json, time
from accounts.models import User
from cases.models import Case
from cases.permissions import Actor
from tests.cast import move
cases = list(Case.objects.order_by("pk"))
amina = Actor.staff(User.objects.get(username="amina"))
for number, case in zip(range(EVENTS), itertools.cycle(cases)):
    begun = time.time()
    event = move(case, "send_message", amina, text=f"Message {number}")
    print(json.dumps([case.reference, event.public_seq, begun]), flush=True)
    time.sleep(max(0, PACE - (time.time() - begun)))
"""


class Stack(Protocol):
    """What a page needs of the set, or of a single server: where it is, and its ``manage.py``."""

    url: str

    def manage(self, *arguments: str, timeout: float = ...) -> str: ...


def prepare(stack: Stack, cases: int, sessions: int) -> dict[str, Any]:
    said = stack.manage(
        "shell", "-v0", "-c", PREPARE.replace("CASES", str(cases)).replace("SESSIONS", str(sessions))
    )
    prepared: dict[str, Any] = json.loads(said.splitlines()[-1])
    return prepared


def shown_by_database(stack: Stack) -> dict[str, list[int]]:
    shown: dict[str, list[int]] = json.loads(stack.manage("shell", "-v0", "-c", SHOWN).splitlines()[-1])
    return shown


async def make_moves(stack: Stack, events: int, pace: float) -> dict[tuple[str, int], float]:
    """When each event was begun (seconds since 1970), by case and public number."""
    code = MOVER.replace("EVENTS", str(events)).replace("PACE", str(pace))
    said = await asyncio.to_thread(stack.manage, "shell", "-v0", "-c", code, timeout=events * pace * 3 + 120)
    rows = [json.loads(line) for line in said.splitlines() if line.startswith("[")]
    return {(reference, seq): begun for reference, seq, begun in rows}


def own_address() -> str:
    """An address of this machine for each client, as clients have in the world."""
    number = next(_numbers)
    return f"127.{1 + number // 60000 % 200}.{1 + number // 250 % 250}.{1 + number % 250}"


@dataclass
class Page:
    """A business's page of one case. ``way`` is host and port to connect to, the site's own unless there is a wire."""

    stack: Stack
    reference: str
    session: str
    way: tuple[str, int] = ("", 0)
    shown: list[int] = field(default_factory=list)
    #: When each number was shown, in seconds since 1970.
    at: dict[int, float] = field(default_factory=dict)
    #: When the socket first named each number; a later number says all before it.
    told: dict[int, float] = field(default_factory=dict)
    last: int = 0
    welcomes: int = 0
    welcomed_at: float = 0.0
    codes: list[int] = field(default_factory=list)
    address: str = field(default_factory=own_address)

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.stack.url)
        self.way = self.way if self.way[1] else (parts.hostname or "", parts.port or 80)
        self._fetching: asyncio.Task[None] | None = None
        self._again = False

    async def keep_open(self) -> None:
        """Until cancelled."""
        failures = 0
        polling: asyncio.Task[None] | None = None
        try:
            while True:
                try:
                    async with self.connect() as socket:
                        await socket.send(json.dumps({"t": "hello", "after": self.last}))
                        while True:
                            said = json.loads(await asyncio.wait_for(socket.recv(), SILENCE_IS_DEAD))
                            if said["t"] == "welcome":
                                self.welcomes += 1
                                self.welcomed_at = time.time()
                                failures = 0
                                if polling is not None:
                                    polling.cancel()
                                    polling = None
                            if said["t"] in ("welcome", "changed", "beat") and said["seq"] > self.last:
                                self.told.setdefault(said["seq"], time.time())
                                self.catch_up()
                except (OSError, TimeoutError, websockets.WebSocketException) as broken:
                    if isinstance(broken, websockets.ConnectionClosed) and broken.rcvd:
                        self.codes.append(broken.rcvd.code)
                failures += 1
                if failures >= 3 and polling is None:
                    polling = asyncio.create_task(self._poll())
                await asyncio.sleep(WAITS[min(failures - 1, len(WAITS) - 1)] * (0.5 + random.random()))
        finally:
            if polling is not None:
                polling.cancel()

    def connect(self, path: str = "") -> websockets.connect:
        return websockets.connect(
            f"ws://{urllib.parse.urlsplit(self.stack.url).netloc}{path or f'/ws/track/{self.reference}/'}",
            host=self.way[0], port=self.way[1], origin=self.stack.url, open_timeout=20, close_timeout=1,
            ping_interval=None, compression=None, local_addr=(self.address, 0), proxy=None,
            additional_headers={"Cookie": f"session={self.session}"},
        )  # fmt: skip

    def catch_up(self) -> None:
        """One request at a time; what is named meanwhile asks once more afterwards."""
        self._again = True
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch_all())

    async def _fetch_all(self) -> None:
        while self._again:
            self._again = False
            try:
                found = await asyncio.get_running_loop().run_in_executor(_fetching, self._fetch)
            except (OSError, http.client.HTTPException):
                return  # the next beat or poll asks again
            for seq in found:
                if seq > self.last:
                    self.last = seq
                    self.shown.append(seq)
                    self.at[seq] = time.time()

    def _fetch(self) -> list[int]:
        line = http.client.HTTPConnection(*self.way, timeout=20, source_address=(self.address, 0))
        try:
            headers = {"Cookie": f"session={self.session}", "X-Requested-With": "fetch"}
            headers["Host"] = urllib.parse.urlsplit(self.stack.url).netloc
            line.request("GET", f"/en/track/{self.reference}/events/?after={self.last}", headers=headers)
            answer = line.getresponse()
            content = answer.read().decode()
        finally:
            line.close()
        if answer.status != 200:
            raise http.client.HTTPException(f"{answer.status}")
        return sorted(int(number) for number in re.findall(r'<li data-seq="(\d+)"', content))

    async def _poll(self) -> None:
        while True:
            self.catch_up()
            await asyncio.sleep(POLL_EVERY)


@contextlib.asynccontextmanager
async def opened(pages: Sequence[Page]) -> Any:
    """All pages open and welcomed; closed at the end."""
    tasks = [asyncio.create_task(page.keep_open()) for page in pages]
    try:
        await until(lambda: all(page.welcomes for page in pages), 90)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(holds: Callable[[], bool], patience: float) -> bool:
    """Whether it came to hold in time (seconds)."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


async def settle(stack: Stack, pages: Sequence[Page], report: Report, what: str, patience: float) -> None:
    """P5: what each page has shown becomes what the database holds, in order and each once, within ``patience``."""
    expected = await asyncio.to_thread(shown_by_database, stack)
    begun = time.monotonic()
    await until(lambda: all(page.last >= expected[page.reference][-1] for page in pages), patience)
    report.measured(f"until all pages show everything: {what}", time.monotonic() - begun, "s")
    for page in pages:
        if page.shown != expected[page.reference]:
            missing = sorted(set(expected[page.reference]) - set(page.shown))[:5]
            report.violation(
                f"P5 {what}: {page.reference} shows {len(page.shown)} of {len(expected[page.reference])}, missing {missing}"
            )


def delays(pages: Sequence[Page], begun: dict[tuple[str, int], float], what: str = "at") -> list[float]:
    """Seconds from the beginning of each move to its being shown (``at``) or named (``told``), on each page."""
    return sorted(
        getattr(page, what)[seq] - at
        for page in pages
        for (reference, seq), at in begun.items()
        if page.reference == reference and seq in getattr(page, what)
    )


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else (values[0] if values else 0.0)


class Wire:
    """A line to ``target`` on a port of its own. ``cut`` breaks what is open and refuses more; ``dead`` lets nothing
    through without telling either end, as a lost network does; ``whole`` is as it should be."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.state = "whole"
        self._open: set[asyncio.StreamWriter] = set()
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        self.way = ("127.0.0.1", self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self.turn("cut")
        self._server.close()

    def turn(self, state: str) -> None:
        self.state = state
        self._moved.set()
        self._moved = asyncio.Event()
        if state == "cut":
            for writer in list(self._open):
                writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.state == "cut":
            writer.transport.abort()
            return
        await self._while_dead()
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._open |= both
        try:
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        finally:
            self._open -= both
            for end in both:
                end.transport.abort()

    async def _while_dead(self) -> None:
        while self.state == "dead":
            await self._moved.wait()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._while_dead()
                writer.write(data)
                await writer.drain()
        await self._while_dead()
        with contextlib.suppress(OSError):
            writer.write_eof()
