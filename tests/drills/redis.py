"""Live updates and a Redis that is flushed, restarted and away; 50 pages, each event shown once (F09, F10, P5)."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from signal import SIGCONT as CONT
from signal import SIGSTOP as STOP
from typing import Any

from tests.drills import Report, sized
from tests.drills.ledger import Ledger
from tests.drills.pages import Page, delays, make_moves, opened, p95, prepare, settle, until
from tests.drills.stack import Stack
from tests.drills.wire import Line, Site

CASES, SESSIONS = 10, 5
EVENTS = sized(1000, 100)
#: Seconds between two moves; how long Redis stays away, and how long each other stage lasts.
PACE = 0.2
AWAY = float(sized(600, 40))
STAGE = float(sized(60, 25))
#: Live pages are up to date again this soon after Redis is back; a POST is answered this soon without it. Seconds.
RESYNC, POST_P95 = 45.0, 2.0


def run(report: Report) -> None:
    with report.place() as place, Stack(place / "set", web=1, sockets=2, workers=1) as stack:
        prepared = prepare(stack, CASES, SESSIONS)
        asyncio.run(Campaign(stack, prepared, place, report).run())


class Campaign:
    def __init__(self, stack: Stack, prepared: dict[str, Any], place: Path, report: Report) -> None:
        self.stack, self.report = stack, report
        self.site = Site(stack.url, Ledger(place / "ledger.jsonl"), report)
        self.cases = prepared["cases"]
        self.pages = [Page(stack, case["reference"], key) for case in self.cases for key in case["sessions"]]
        self.ended = threading.Event()

    async def run(self) -> None:
        async with opened(self.pages):
            await self.connected()
            await self.stage("F09 flush", lambda: self.command("FLUSHALL"), STAGE)
            await self.stage("F09 restart", self.stack.redis.restart, STAGE)
            await self.stage("F09 killed and started again", self.kill_and_start, STAGE)
            await self.stage("F10 hangs", partial(self.signal, STOP), STAGE, partial(self.signal, CONT))
            await self.stage("F10 away", self.stack.redis.stop, AWAY, self.stack.redis.start)
        codes = Counter(code for page in self.pages for code in page.codes)
        self.report.measured("sockets the server closed", sum(codes.values()), f"{dict(codes)}")
        for name in ("web-1", "sockets-1", "sockets-2"):
            crashed = self.stack.log(name).count("Internal Server Error")
            self.report.expect(not crashed, f"{name} answered 500 {crashed} times")

    async def connected(self) -> None:
        begun = await make_moves(self.stack, EVENTS, PACE)
        await settle(self.stack, self.pages, self.report, "connected", 10)
        seen = delays(self.pages, begun)
        self.report.did("events shown on pages that are connected", len(seen))
        told = delays(self.pages, begun, "told")
        self.report.measured("P5 from move to word on the socket, p95", p95(told), "s")
        self.report.measured("P5 from move to page, p95", p95(seen), "s")
        self.report.measured("P5 from move to page, longest", seen[-1], "s")
        self.report.expect(p95(seen) <= 2.0, f"P5 connected: p95 is {p95(seen):.2f} s")

    async def stage(
        self, name: str, trouble: Callable[[], object], lasts: float, mend: Callable[[], object] | None = None
    ) -> None:
        """Businesses write through the site for so long, while the trouble comes and, at the end, is mended."""
        self.ended.clear()
        posting = asyncio.create_task(asyncio.to_thread(self.post))
        await asyncio.sleep(2)
        await asyncio.to_thread(trouble)
        await asyncio.sleep(lasts)
        self.ended.set()
        times, refused = await posting
        if mend:
            await asyncio.to_thread(mend)
        self.report.did(f"messages sent: {name}", len(times))
        self.report.expect(not refused, f"{name}: messages were answered {dict(refused)}")
        self.report.measured(f"POST p95: {name}", p95(times), "s")
        self.report.expect(p95(times) <= POST_P95, f"{name}: POST p95 is {p95(times):.2f} s")
        self.report.expect(len(times) > lasts / 3, f"{name}: only {len(times)} messages could be sent")
        await settle(self.stack, self.pages, self.report, name, RESYNC)
        # Live again, and not by polling: what is sent now is shown at once.
        await until(lambda: False, 3)
        begun = await make_moves(self.stack, 20, PACE)
        await settle(self.stack, self.pages, self.report, f"{name}, afterwards", RESYNC)
        self.report.measured(
            f"from move to page afterwards, p95: {name}", p95(delays(self.pages, begun)), "s"
        )

    def post(self) -> tuple[list[float], Counter[int]]:
        """Partners send messages: how long each took, in seconds, and answers that were not 200."""
        lines = [Line(self.site, case["token"]) for case in self.cases]
        times = []
        refused: Counter[int] = Counter()
        while not self.ended.is_set():
            number = random.randrange(len(lines))
            path = f"/api/v1/concerns/{self.cases[number]['reference']}/moves/send_message/"
            begun = time.monotonic()
            answer = lines[number].send_json(path, {"text": "Any news?"}, uuid.uuid4().hex, again=False)
            times.append(time.monotonic() - begun)
            if answer is None or answer.status != 200:
                refused[answer.status if answer else 0] += 1
            self.ended.wait(0.4)
        return times, refused

    def kill_and_start(self) -> None:
        self.stack.redis.stop("kill")
        self.stack.redis.start()

    def command(self, *words: str) -> None:
        subprocess.run(["redis-cli", "-p", str(self.stack.port("redis")), *words], check=True, timeout=10)

    def signal(self, number: int) -> None:
        for pid in self.stack.pids("redis"):
            os.kill(pid, number)
