"""Sockets whose session or case following ends by time, whose person is signed out, or that fail while being told."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from cases import open_page, switchboard, tracking
from cases.watching import Page
from jobs.clock import this_moment
from tests.cases.talking import closed, greet, hear, new_session, socket, sync, track
from tests.cast import file_case, make_cast, move, triage_inputs

pytestmark = [
    pytest.mark.both,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("server_loop"),
]


def ending(session, seconds):
    session.set_expiry(this_moment() + timedelta(seconds=seconds))
    session.save()
    return session


@asynccontextmanager
async def three_pages(case, on_queue, on_case, elsewhere):
    """Greeted: a queue and a case in sessions that will end, and a queue in one that will not."""
    async with (
        socket("/ws/queue/", on_queue) as queue,
        socket(f"/ws/cases/{case.reference}/", on_case) as page,
        socket("/ws/queue/", elsewhere) as another,
    ):
        for ws in (queue, page, another):
            await greet(ws)
        yield queue, page, another


async def test_t40_a_sign_in_that_ends_by_time_closes_its_sockets_within_five_seconds_without_a_beat():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(user=cast.amina)
    await sync(ending)(session, 2)
    over = time.monotonic() + 2
    elsewhere = await sync(new_session)(user=cast.amina)
    async with three_pages(case, session, session, elsewhere) as (queue, page, another):
        for ws in (queue, page):
            assert await closed(ws, timeout=7) == 4401
        assert over - 1 < time.monotonic() < over + 5
        assert await another.receive_nothing(timeout=0.1)


async def test_t40_a_sign_in_that_was_prolonged_meanwhile_keeps_its_socket_until_its_new_end():
    cast = await sync(make_cast)()
    session = await sync(new_session)(user=cast.amina)
    await sync(ending)(session, 2)
    async with socket("/ws/queue/", session) as ws:
        await greet(ws)
        await sync(ending)(session, 5)
        assert await ws.receive_nothing(timeout=3.5)
        assert await closed(ws, timeout=7) == 4401


async def test_a_case_followed_for_its_longest_closes_the_socket_within_five_seconds(monkeypatch):
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    monkeypatch.setattr(tracking, "OPEN_FOR", timedelta(seconds=3))
    async with socket(track(case), session) as ws:
        await greet(ws)
        assert await closed(ws, timeout=8) == 4401


async def test_t40_whoever_is_signed_out_everywhere_loses_every_socket_with_4401_within_five_seconds():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    sessions = [await sync(new_session)(user=user) for user in (cast.amina, cast.amina, cast.wing)]
    async with three_pages(case, *sessions) as (queue, page, another):
        await sync(cast.amina.end_sessions)()
        over = time.monotonic() + 5
        assert [await closed(ws) for ws in (queue, page)] == [4401, 4401]
        assert time.monotonic() < over
        assert await another.receive_nothing(timeout=0.1)


async def test_a_socket_that_fails_while_it_is_told_costs_the_others_of_its_batch_nothing(caplog):
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    board = switchboard.switchboard()
    sent = []

    async def broken(message):
        sent.append(message)
        raise OSError("gone")

    failing = open_page.OpenPage(
        Page.TRACK, case.reference, (await sync(new_session)(case.reference)).session_key, broken
    )
    async with (
        socket(track(case), await sync(new_session)(case.reference)) as before,
        socket(track(case), await sync(new_session)(case.reference)) as after,
    ):
        await greet(before)
        board.enter(failing)
        try:
            while not failing.admitted:
                await asyncio.sleep(0.02)
            failing.welcomed, failing.told = True, 1
            await greet(after)
            await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
            for ws in (before, after):
                assert await hear(ws) == {"t": "changed", "case": case.reference, "seq": 2}
            while not failing.closing:
                await asyncio.sleep(0.02)
        finally:
            board.leave(failing)
        assert sent[0]["type"] == "websocket.send"
        assert failing.closing == switchboard.FAILED
    assert "a socket could not be told" in caplog.text
