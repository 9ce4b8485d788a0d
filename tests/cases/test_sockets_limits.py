"""Careless and hostile clients (trust.md T22 and inputs 76 to 87): what each limit does, and to whom it does not."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest

from cases import consumers, doors, switchboard
from tests.cases.talking import closed, greet, hear, new_session, say, socket, sync, track
from tests.cast import file_case, make_cast, move, triage_inputs

pytestmark = [
    pytest.mark.both,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("server_loop"),
]


BAD = [
    "hello",
    "\ufeff{}",
    '{"after":1}',
    '{"t":null}',
    '{"t":"nope"}',
    '{"t":"ack","seq":99}',
    '{"t":"hello","after":1e30}',
    '{"t":"hello","after":"41"}',
    '{"t":"hello","after":null}',
    '{"t":"hello","after":NaN}',
    '{"t":"hello","t":"x"}',
    "[]",
    "null",
    '{"t":"hello","after":-1}',
    '{"t":"hello","after":true}',
    '{"t":"hello","after":1,"x":2}',
    '{"t":"subscribe","case":"HKC-0000-0000"}',
    "[" * 16_000,
    '{"t":"hello","after":' + "9" * 16_000 + "}",
]


@pytest.mark.parametrize("bad", BAD)
async def test_bad_input_78_and_79_four_bad_messages_are_answered_with_an_error_and_the_fifth_closes(bad):
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        await greet(ws)
        for _ in range(4):
            await ws.send_to(text_data=bad)
            assert await hear(ws) == {"t": "error", "code": "bad_message"}
        await ws.send_to(text_data=bad)
        assert await closed(ws) == 4400


async def test_bad_input_78_bytes_are_a_bad_message():
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        for _ in range(5):
            await ws.send_to(bytes_data=b'{"t":"hello"}')
        for _ in range(4):
            assert (await hear(ws))["t"] == "error"
        assert await closed(ws) == 4400


@pytest.mark.parametrize("after", [0, 1, 99, 10**30])
async def test_bad_input_79_a_number_beyond_the_last_is_answered_with_the_last_and_nothing_is_skipped(after):
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        assert await greet(ws, after) == 1
        await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
        assert await hear(ws) == {"t": "changed", "case": case.reference, "seq": 2}


async def test_bad_input_81_of_two_hundred_messages_in_a_second_the_twenty_first_closes():
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        await greet(ws)
        for _ in range(199):
            await say(ws)
        assert await closed(ws) == 4429


async def test_bad_input_83_a_second_hello_is_passed_over():
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        await greet(ws)
        for _ in range(19):
            await say(ws, after=99)
        assert await ws.receive_nothing(timeout=0.3)


async def test_bad_input_87_the_sixth_socket_of_one_session_is_refused_the_others_live_and_a_closed_one_makes_room():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with AsyncExitStack() as stack:
        five = [await stack.enter_async_context(socket(track(case), session)) for _ in range(5)]
        async with socket(track(case), session) as sixth:
            assert await closed(sixth) == 4429
        for ws in five:
            await greet(ws)
        await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
        for ws in five:
            assert (await hear(ws))["t"] == "changed"
        await five.pop().disconnect()
        async with socket(track(case), session) as again:
            await greet(again)


async def test_t22_the_twenty_first_follower_from_one_address_is_refused_but_staff_and_other_addresses_are_not():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    sessions = [await sync(new_session)(case.reference) for _ in range(21)]
    staff = await sync(new_session)(user=cast.amina)
    async with AsyncExitStack() as stack:
        for session in sessions[:20]:
            await stack.enter_async_context(socket(track(case), session))
        async with socket(track(case), sessions[20]) as one_too_many:
            assert await closed(one_too_many) == 4429
        async with socket("/ws/queue/", staff) as ws:
            await greet(ws)
        async with socket(track(case), sessions[20], address="192.0.2.2") as elsewhere:
            await greet(elsewhere)


async def test_t22_a_proxy_names_the_address_and_nobody_else_can(settings):
    settings.TRUSTED_PROXIES = ["192.0.2.99"]
    scope = {"client": ["192.0.2.99", 1], "headers": [(b"x-forwarded-for", b"198.51.100.7")]}
    assert consumers._address(scope) == "198.51.100.7"
    assert consumers._address(scope | {"client": ["192.0.2.1", 1]}) == "192.0.2.1"


async def test_bad_input_77_and_82_whoever_keeps_asking_for_what_is_not_theirs_is_shut_out_with_one_alarm(
    monkeypatch, caplog
):
    monkeypatch.setattr(doors, "REFUSALS", 10)
    monkeypatch.setattr(consumers, "doors", doors.Doors())
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    bo = await sync(new_session)(user=cast.bo)
    for _ in range(10):
        async with socket(f"/ws/cases/{case.reference}/", bo) as ws:
            assert await closed(ws) == 4404
        async with socket(track(case)) as ws:
            assert await closed(ws) == 4401
    for path, session in ((f"/ws/cases/{case.reference}/", bo), (track(case), None)):
        async with socket(path, session) as ws:
            assert not ws.connected
    assert len([line for line in caplog.records if "shut out" in line.message]) == 2
    # Others at the same address go on.
    async with socket("/ws/queue/", await sync(new_session)(user=cast.amina)) as ws:
        await greet(ws)


@pytest.mark.parametrize("key", ["", "x", "'; DROP TABLE", "a" * 31 + "\x00", "é" * 32, "9" * 4000])
async def test_bad_input_77_a_made_up_session_is_nobody_and_disturbs_nobody(key):
    case = await sync(file_case)()

    class MadeUp:
        session_key = key

    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        async with socket(track(case), MadeUp()) as other:
            assert await closed(other) == 4401
        await greet(ws)


async def test_t22_who_never_says_hello_is_closed_with_the_first_beat(monkeypatch):
    monkeypatch.setattr(switchboard, "BEAT_SECONDS", 0.2)
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        assert await closed(ws) == 4400


async def test_f28_when_files_run_out_new_sockets_are_refused_and_open_ones_live(monkeypatch):
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        await greet(ws)
        monkeypatch.setattr(doors, "_room", lambda: 1)
        async with socket(track(case), await sync(new_session)(case.reference)) as late:
            assert not late.connected
        await ws.send_to(text_data=json.dumps({"t": "?"}))
        assert (await hear(ws))["t"] == "error"


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://127.0.0.1:8000",
        "http://127.0.0.1:8001",
        "http://evil.127.0.0.1:8000",
        "http://example.org",
    ],
)
async def test_bad_input_76_t20_another_origin_does_not_even_connect(origin):
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference), origin=origin) as ws:
        assert not ws.connected


async def test_t20_a_handshake_without_any_origin_is_refused():
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference), origin="") as ws:
        assert not ws.connected


async def test_a_socket_that_vanishes_while_it_is_looked_up_leaves_nothing_behind():
    case = await sync(file_case)()
    for _ in range(10):
        async with socket(track(case), await sync(new_session)(case.reference)) as ws:
            await say(ws)
    await asyncio.sleep(0.2)
    board = switchboard.switchboard()
    assert not board.groups
    assert not board._sockets
