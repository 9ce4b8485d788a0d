"""2,000 idle sockets, a storm of 500 that come back at once, a minute of garbage, no files left (F21, F28, T22)."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import websockets

from tests.drills import Report, sized
from tests.drills.pages import Page, make_moves, prepare
from tests.drills.stack import ROOT, Stack
from tests.ports import free_port

IDLE, STORM = sized(2000, 400), sized(500, 200)
#: Sockets that one browser session may hold.
A_SESSION = 5
GARBAGE = float(sized(60, 15))
#: After a storm everybody is up to date again this soon; what one process may grow by in a minute of garbage.
SYNCED, GROWTH_MB = 30.0, 60.0
FILES, TRIED = 256, 300


def run(report: Report) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with report.place() as place:
        with Stack(place / "set", web=1, sockets=1, workers=1) as stack:
            prepared = prepare(stack, 1, IDLE // A_SESSION)
            asyncio.run(Crowd(stack, prepared["cases"][0], report).run())
            for name in ("sockets-1", "web-1"):
                report.expect("Traceback" not in stack.log(name), f"{name} wrote a traceback")
        no_files_left(place, report)


class Crowd:
    """Everybody follows one case, each handful of sockets from an address of its own."""

    def __init__(self, stack: Stack, case: dict[str, Any], report: Report) -> None:
        self.stack, self.report = stack, report
        self.reference = case["reference"]
        self.pages = [Page(stack, self.reference, key) for key in case["sessions"] for _ in range(A_SESSION)]
        self.lines: list[websockets.ClientConnection] = []
        #: The last number of the case, as the sockets were told.
        self.seq = 0

    async def run(self) -> None:
        before = self.memory()
        self.lines = await self.storm(self.pages, "connecting")
        await asyncio.sleep(3)
        each = (self.memory() - before) * 1024 / len(self.lines)
        self.report.measured(f"memory for each of {len(self.lines)} sockets", each, "KB")
        await self.poke()
        leaving = random.sample(range(len(self.lines)), STORM)
        await asyncio.gather(*(self.lines[n].close() for n in leaving))
        came_back = await self.storm([self.pages[n] for n in leaving], f"F21 storm of {STORM}")
        for place, line in zip(leaving, came_back, strict=False):
            self.lines[place] = line
        await self.poke()
        await self.beats()
        await asyncio.gather(*(line.close() for line in self.lines))
        await self.garbage()

    async def storm(self, pages: list[Page], name: str) -> list[websockets.ClientConnection]:
        """All at once; how long until the last has been welcomed. None may be refused."""
        begun = time.monotonic()
        met = await asyncio.gather(*(self.meet(page) for page in pages), return_exceptions=True)
        took = time.monotonic() - begun
        lines = [line for line in met if isinstance(line, websockets.ClientConnection)]
        self.report.did(f"sockets welcomed: {name}", len(lines))
        self.report.measured(f"until the last was welcomed: {name}", took, "s")
        refused = {repr(line)[:90] for line in met if not isinstance(line, websockets.ClientConnection)}
        self.report.expect(
            not refused, f"{name}: {len(pages) - len(lines)} were refused: {sorted(refused)[:3]}"
        )
        self.report.expect(took <= SYNCED, f"{name}: {took:.1f} s until all were up to date")
        return lines

    async def meet(self, page: Page) -> websockets.ClientConnection:
        line = await page.connect()
        await line.send('{"t":"hello","after":0}')
        self.seq = (await heard(line, ("welcome",), 0, SYNCED * 2))[1]
        return line

    async def poke(self) -> None:
        """One move that concerns every socket here: how long until the last has heard of it, by poke or by beat."""
        self.seq += 1
        waiting = [asyncio.create_task(heard(line, ("changed", "beat"), self.seq, 60)) for line in self.lines]
        begun = await make_moves(self.stack, 1, 0)
        at = await asyncio.gather(*waiting, return_exceptions=True)
        times = sorted(one[0] - next(iter(begun.values())) for one in at if isinstance(one, tuple))
        self.report.measured("from move to the middle socket", statistics.median(times), "s")
        self.report.measured("from move to the last socket", times[-1], "s")
        self.report.expect(len(times) == len(self.lines), f"{len(self.lines) - len(times)} were not told")

    async def beats(self) -> None:
        """Everybody hears a beat in time, however they came."""
        begun = time.time()
        waiting = (heard(line, ("beat",), 0, 45) for line in self.lines)
        at = await asyncio.gather(*waiting, return_exceptions=True)
        times = [one[0] - begun for one in at if isinstance(one, tuple)]
        self.report.did("beats heard", len(times))
        self.report.measured("longest wait for a beat", max(times), "s")
        self.report.expect(
            len(times) == len(self.lines), f"{len(self.lines) - len(times)} heard no beat in 45 s"
        )

    async def garbage(self) -> None:
        """T22: frames and bytes of every kind; meanwhile and afterwards a good page is served."""
        before = self.memory()
        end = time.monotonic() + GARBAGE
        sent = await asyncio.gather(*(self.throw(end, seed) for seed in range(8)))
        self.report.did("pieces of garbage thrown", sum(sent))
        begun = time.monotonic()
        good = await self.meet(Page(self.stack, self.reference, self.pages[0].session))
        self.report.measured("welcome of a good page afterwards", time.monotonic() - begun, "s")
        await good.close()
        grown = self.memory() - before
        self.report.measured("memory grown by garbage", grown, "MB")
        self.report.expect(grown <= GROWTH_MB, f"garbage made the process grow by {grown:.0f} MB")

    async def throw(self, end: float, seed: int) -> int:
        chance = random.Random(seed)
        thrown = 0
        while time.monotonic() < end:
            page = Page(self.stack, self.reference, chance.choice(self.pages).session)
            try:
                async with page.connect() as line, asyncio.timeout(5):
                    for _ in range(chance.randrange(1, 30)):
                        thrown += 1
                        if chance.random() < 0.1:
                            # Straight onto the wire: reserved bits, impossible opcodes, lengths that lie.
                            line.transport.write(chance.randbytes(chance.randrange(1, 200)))
                        else:
                            await line.send(a_frame(chance))
                        await asyncio.sleep(0.01)
            except (OSError, TimeoutError, RuntimeError, websockets.WebSocketException):
                continue  # closed on us, as it should be
        return thrown

    def memory(self) -> float:
        """Of the process that holds the sockets, in MB."""
        return sum(rss(pid) for pid in self.stack.pids("sockets-1"))


def a_frame(chance: random.Random) -> str | bytes:
    kinds: list[Callable[[], str | bytes]] = [
        lambda: chance.randbytes(chance.randrange(0, 20_000)),
        lambda: "x" * chance.randrange(0, 20_000),
        lambda: "[" * 10_000,
        lambda: json.dumps(
            {"t": chance.choice(["hello", "ack", "nope", None, 1]), "after": chance.random() * 1e9}
        ),
        lambda: json.dumps({"t": "hello", "after": chance.choice([-1, 2**70, "41", None, [], True])}),
        lambda: '{"t":"hello","after":1}',
        lambda: chance.choice(["", "null", "\x00", "\ud7ff", "NaN", "1e999", "\u202e{}"]),
    ]
    return chance.choice(kinds)()


async def heard(
    line: websockets.ClientConnection, kinds: tuple[str, ...], seq: int, patience: float
) -> tuple[float, int]:
    """When a message of these kinds came (seconds since 1970) that names at least ``seq``, and what it named."""
    async with asyncio.timeout(patience):
        while True:
            said = json.loads(await line.recv())
            if said["t"] in kinds and said["seq"] >= seq:
                return time.time(), said["seq"]


def rss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


class OneProcess:
    """``manage.py serve`` as the embedded default runs it, with at most so many files."""

    def __init__(self, place: Path, files: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = place / "files.log"
        self._files = files
        (place / "files").mkdir()
        self._env = {
            "PATH": os.environ["PATH"], "CAUSEWAY_EMBEDDED": "1", "CAUSEWAY_DATA": str(place / "files"),
            "SITE_ORIGIN": self.url, "DJANGO_SETTINGS_MODULE": "config.settings",
        }  # fmt: skip

    def manage(self, *arguments: str, timeout: float = 300.0) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self._env, check=True, timeout=timeout, capture_output=True, text=True,
        ).stdout  # fmt: skip

    def __enter__(self) -> OneProcess:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", f'ulimit -n {self._files}; exec "$0" manage.py serve --port {self.port}', sys.executable],
                cwd=ROOT, env=self._env, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 90
        while not self.answers() and time.monotonic() < deadline:
            time.sleep(0.3)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(45)

    def answers(self) -> bool:
        """Whether a page that reads the database is served within 10 seconds."""
        try:
            with urllib.request.urlopen(f"{self.url}/en/track/", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def no_files_left(place: Path, report: Report) -> None:
    """F28: the one-process server with 256 files and 300 sockets. Sockets are refused, pages are served."""
    server = OneProcess(place, FILES)
    server.manage("migrate", "-v0")
    server.manage("load_reference")
    case = prepare(server, 1, TRIED // A_SESSION)["cases"][0]
    pages = [Page(server, case["reference"], key) for key in case["sessions"] for _ in range(A_SESSION)]
    with server:
        asyncio.run(press(server, pages, report))
        report.expect(server.answers(), "F28: no page after the sockets had gone")
        report.expect(server.process.poll() is None, "F28: the server died")
    report.expect("Traceback" not in server.log.read_text(), "F28: the server wrote a traceback")


async def press(server: OneProcess, pages: list[Page], report: Report) -> None:
    async def enter(page: Page) -> websockets.ClientConnection | None:
        try:
            return await page.connect()
        except (OSError, TimeoutError, websockets.WebSocketException):
            return None

    lines = [line for line in await asyncio.gather(*(enter(page) for page in pages)) if line is not None]
    report.did(f"of {len(pages)} sockets let in with {FILES} files", len(lines))
    report.expect(0 < len(lines) < len(pages), f"F28: {len(lines)} of {len(pages)} sockets were let in")
    served = [await asyncio.to_thread(server.answers) for _ in range(10)]
    report.did("F28 pages served meanwhile", served.count(True))
    report.expect(all(served), f"F28: {served.count(False)} of 10 pages were not served")
    await asyncio.gather(*(line.close() for line in lines))
    await asyncio.sleep(2)
    line = await enter(pages[0])
    report.expect(line is not None, "F28: no socket was let in after the others had gone")
    if line is not None:
        await line.close()
