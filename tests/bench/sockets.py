"""Open pages beside bare Daphne: connecting all at once, memory, a change that concerns all of them or only ten.

``BENCH_SOCKETS`` is how many pages are open on each of the two servers.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from unittest.mock import patch

from accounts.models import User
from cases import live
from cases.actions import open_case
from cases.models import Case
from cases.permissions import Actor
from tests.bench.measuring import a_filing, line
from tests.cases.talking import new_session
from tests.cast import move
from tests.ports import free_port, listens

ROOT = Path(__file__).resolve().parents[2]
SOCKETS = int(os.environ.get("BENCH_SOCKETS", "2000"))
PASSES = int(os.environ.get("BENCH_PASSES", "20"))
CARING = 10
#: Sockets of one browser session, and of one address: the product's own limits.
A_SESSION, AN_ADDRESS = 5, 20


class Ear(asyncio.Protocol):
    """The least a browser does: shakes hands, answers pings, notes the last number it heard, and when."""

    def __init__(self, greeting: bytes, hello: bytes) -> None:
        self.greeting, self.hello = greeting, hello
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.seq, self.heard = 0, 0.0
        self._open, self._rest = False, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.greeting)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if not self._open:
            head, found, rest = self._rest.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head:
                self.ready.set_exception(ConnectionError(head.split(b"\r\n")[0].decode()))
                return
            self._open, self._rest = True, rest
            self.say(self.hello)
        while len(self._rest) >= 2 and len(self._rest) >= 2 + self._rest[1]:
            kind, length = self._rest[0] & 15, self._rest[1]
            words, self._rest = self._rest[2 : 2 + length], self._rest[2 + length :]
            self._hear(kind, words)

    def _hear(self, kind: int, words: bytes) -> None:
        if kind == 9:
            self.say(words, kind=10)
            return
        # What a beat names first is not told again by a poke.
        seq = int(words.rpartition(b'"seq":')[2].rstrip(b"}"))
        if seq > self.seq:
            self.seq, self.heard = seq, time.perf_counter()
        if not self.ready.done():
            self.ready.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed"))

    def say(self, words: bytes, kind: int = 1) -> None:
        self.transport.write(bytes([0x80 | kind, 0x80 | len(words), 0, 0, 0, 0]) + words)


class Crowd:
    """So many ears at one server; ``sessions`` name the cookie and the path of each."""

    def __init__(self, port: int, pid: int, hello: bytes, pages: list[tuple[str, str]]) -> None:
        self.port, self.pid, self.hello, self.pages = port, pid, hello, pages
        self.ears: list[Ear] = []

    async def enter(self) -> float:
        """Milliseconds until the last of all, at once, was welcomed."""
        begun = time.perf_counter()
        self.ears = list(await asyncio.gather(*(self._enter(n, *page) for n, page in enumerate(self.pages))))
        return (time.perf_counter() - begun) * 1000

    async def _enter(self, number: int, path: str, session: str) -> Ear:
        head = [
            f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Origin: http://127.0.0.1:{self.port}",
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"Cookie: session={session}",
        ]  # fmt: skip
        group = number // AN_ADDRESS
        greeting = "\r\n".join([*head, "", ""]).encode()
        _, ear = await asyncio.get_running_loop().create_connection(
            lambda: Ear(greeting, self.hello), "127.0.0.1", self.port,
            local_addr=(f"127.2.{group // 250}.{1 + group % 250}", 0),
        )  # fmt: skip
        await asyncio.wait_for(ear.ready, 120)
        return ear

    async def told(self, begin: Callable[[], Awaitable[None]], who: list[Ear], seq: int) -> float:
        """Milliseconds from ``begin`` until the last of ``who`` has heard of ``seq``."""
        begun = time.perf_counter()
        await begin()
        while any(ear.seq < seq for ear in who):
            if time.perf_counter() > begun + 30:
                raise TimeoutError(
                    f"{sum(ear.seq < seq for ear in who)} of {len(who)} were not told of {seq}"
                )
            await asyncio.sleep(0.001)
        return (max(ear.heard for ear in who) - begun) * 1000

    def memory(self) -> float:
        """Resident, in KB."""
        for row in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if row.startswith("VmRSS"):
                return float(row.split()[1])
        raise ProcessLookupError(self.pid)


def sockets() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    everybody, few = (open_case(a_filing(), by=Actor.new_business()).case for _ in range(2))
    pages = [(f"/ws/track/{everybody.reference}/", key) for key in keys(everybody, SOCKETS - CARING)]
    pages += [(f"/ws/track/{few.reference}/", key) for key in keys(few, CARING)]
    with serving("manage.py", "serve", "--no-worker", "--port") as ours, serving(
        "-m", "daphne", "--verbosity", "0", "tests.bench.bare_sockets:application", "--port"
    ) as bare:  # fmt: skip
        here = Crowd(*ours, b'{"t":"hello","after":0}', pages)
        there = Crowd(*bare, b"hello", [("/", "none")] * (SOCKETS - CARING) + [("/few", "none")] * CARING)
        asyncio.run(compare(here, there, everybody, few))


async def compare(here: Crowd, there: Crowd, everybody: Case, few: Case) -> None:
    memory = [crowd.memory() for crowd in (here, there)]
    took = [await crowd.enter() for crowd in (here, there)]
    line(f"{SOCKETS:,} pages connect at once, last welcomed", took[0], "ms", "bare Daphne", took[1])
    await asyncio.sleep(2)
    each = [(crowd.memory() - before) / SOCKETS for crowd, before in zip((here, there), memory, strict=True)]
    line("memory for each socket", each[0], "KB", "bare Daphne", each[1])
    for words, case, who, said in (
        (f"change told to {SOCKETS - CARING:,} pages, last one", everybody, slice(0, -CARING), b"all"),
        (f"change that {CARING} of {SOCKETS:,} care about", few, slice(-CARING, None), b"few"),
    ):
        times: list[list[float]] = [[], []]
        for _ in range(PASSES):
            seq, begin = await asyncio.to_thread(changed, case)
            times[0].append(await here.told(begin, here.ears[who], seq))
            words_said = saying(there.ears[0], said)
            times[1].append(await there.told(words_said, there.ears[who], there.ears[-1].seq + 1))
            await asyncio.sleep(0.2)
        line(
            f"{words}, median", statistics.median(times[0]), "ms", "bare Daphne", statistics.median(times[1])
        )
        p95 = [statistics.quantiles(each, n=20)[-1] for each in times]
        line(f"{words}, p95", p95[0], "ms", "bare Daphne", p95[1])


def changed(case: Case) -> tuple[int, Callable[[], Awaitable[None]]]:
    """The public number of a change that has been committed; it is announced when the second is called."""
    with patch("cases.live.announce") as announced:
        event = move(case, "send_message", Actor.staff(User.objects.get(username="amina")), text="Bench.")
    told = announced.call_args.args
    assert event.public_seq is not None
    return event.public_seq, lambda: asyncio.to_thread(live.announce, *told)


def saying(ear: Ear, words: bytes) -> Callable[[], Awaitable[None]]:
    async def say() -> None:
        ear.say(words)

    return say


def keys(case: Case, pages: int) -> list[str]:
    made = [new_session(case.reference).session_key for _ in range(-(-pages // A_SESSION))]
    return [key for key in made for _ in range(A_SESSION)][:pages]


@contextlib.contextmanager
def serving(*command: str) -> Iterator[tuple[int, int]]:
    """A server of its own; its port and process id."""
    port = free_port()
    env = {
        **os.environ,
        "SITE_ORIGIN": f"http://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    process = subprocess.Popen(
        ["bash", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "serving", sys.executable, *command, str(port)],
        cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert listens(port, process), "the server ended"
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


BENCHES = {"sockets": sockets}
