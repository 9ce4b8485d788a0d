"""A channel layer that drops, doubles and reorders, and clients whose network is cut or goes dead (F11, F20, input 84)."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import websockets

from tests.drills import Report, sized
from tests.drills.pages import Page, Wire, delays, make_moves, opened, p95, prepare, settle, until
from tests.drills.stack import Stack

CASES, SESSIONS = 10, 5
EVENTS = sized(300, 60)
PACE = 0.2
#: How long the network is away, once for each; a page notices a dead line after 45 s. Seconds.
CUTS = (1.0, float(sized(60, 15)))
DEAD = float(sized(120, 60))
#: Everything is shown again this soon: the longest wait of the script, half as long again, and a beat. Seconds.
HEALED = 70.0
#: Nobody seems to look at a case this long after their line went dead. Seconds.
GONE = 30.0


def run(report: Report) -> None:
    with report.place() as place:
        asyncio.run(lossy(place, report))
        asyncio.run(lost_network(place, report))


async def lossy(place: Path, report: Report) -> None:
    """A fifth of all messages lost, a tenth doubled, all late by chance, and so in another order."""
    settings = {"DJANGO_SETTINGS_MODULE": "tests.drills.lossy_settings"}
    with Stack(place / "lossy", web=1, sockets=2, workers=1, env=settings) as stack:
        prepared = prepare(stack, CASES, SESSIONS)
        pages = pages_of(stack, prepared)
        async with opened(pages):
            begun = await make_moves(stack, EVENTS, PACE)
            await settle(stack, pages, report, "F11 lossy layer", HEALED)
            seen = delays(pages, begun)
            report.did("events shown over a lossy layer", len(seen))
            report.measured("F11 from move to page, p95", p95(seen), "s")
            report.measured("F11 from move to page, longest", seen[-1], "s")


async def lost_network(place: Path, report: Report) -> None:
    with Stack(place / "network", web=1, sockets=2, workers=1) as stack:
        prepared = prepare(stack, CASES, SESSIONS)
        front = Page(stack, "", "").way
        async with Wire(front) as wire:
            pages = pages_of(stack, prepared, wire.way)
            async with opened(pages):
                for seconds in CUTS:
                    await trouble(stack, pages, wire, "cut", seconds, report)
                await trouble(stack, pages, wire, "dead", DEAD, report)
            await half_open(stack, prepared, wire, report)


async def trouble(
    stack: Stack, pages: list[Page], wire: Wire, state: str, seconds: float, report: Report
) -> None:
    """F20: moves are made before, during and after."""
    events = int(seconds / PACE / 2) + 20
    moving = asyncio.create_task(make_moves(stack, events, PACE))
    await asyncio.sleep(4)
    wire.turn(state)
    await asyncio.sleep(seconds)
    wire.turn("whole")
    begun = await moving
    name = f"F20 network {state} for {seconds:.0f} s"
    await settle(stack, pages, report, name, HEALED)
    report.did(f"events during {name}", len(begun))


async def half_open(stack: Stack, prepared: dict[str, Any], wire: Wire, report: Report) -> None:
    """Input 84: the line of one of two people goes dead without a word; the other is told within half a minute."""
    reference = prepared["cases"][0]["reference"]
    path = f"/ws/cases/{reference}/"
    amina = Page(stack, reference, prepared["staff"]["amina"])
    wing = Page(stack, reference, prepared["staff"]["wing"], wire.way)
    async with amina.connect(path) as hers, wing.connect(path) as his:
        for socket in (hers, his):
            await socket.send(json.dumps({"t": "hello", "after": 0}))
        if not await people(hers, ["Wing"], 10):
            report.violation("presence: Amina is not told of Wing")
        wire.turn("dead")
        begun = time.monotonic()
        gone = await people(hers, [], GONE + 15)
        report.measured("input 84 until somebody on a dead line is gone", time.monotonic() - begun, "s")
        report.expect(gone and time.monotonic() - begun <= GONE, "input 84: presence outlived a dead line")
        wire.turn("whole")
        with_code = await until(lambda: his.close_code is not None, 60)
        report.expect(with_code, "input 84: a half-open socket was never closed")


async def people(socket: websockets.ClientConnection, names: list[str], patience: float) -> bool:
    """Whether the socket is told in time that these people are here."""
    try:
        async with asyncio.timeout(patience):
            while True:
                said = json.loads(await socket.recv())
                if said == {"t": "presence", "people": names}:
                    return True
    except TimeoutError:
        return False


def pages_of(stack: Stack, prepared: dict[str, Any], way: tuple[str, int] = ("", 0)) -> list[Page]:
    return [
        Page(stack, case["reference"], key, way) for case in prepared["cases"] for key in case["sessions"]
    ]
