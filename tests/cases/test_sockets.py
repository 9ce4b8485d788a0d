"""The sockets through the real ASGI application: what they say, to whom, and when they close."""

import asyncio
import json
import random
import re
from contextlib import asynccontextmanager
from importlib import import_module

import pytest
from channels.db import database_sync_to_async
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.signals import user_logged_out

from cases import consumers, live, tracking
from cases.models import Case
from cases.permissions import Actor
from cases.states import State
from config.asgi import application
from tests.cast import file_case, make_case, make_cast, move, triage_inputs

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

sync = database_sync_to_async


@pytest.fixture(autouse=True)
def _a_layer_of_this_loop():
    """A layer keeps queues of the loop it was first used in; each test has its own loop."""
    channel_layers.backends.clear()
    yield
    channel_layers.backends.clear()


def new_session(*references, user=None):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    for reference in references:
        tracking.remember(session, reference)
    if user is not None:
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session


@asynccontextmanager
async def socket(path, session=None, origin=None):
    headers = [(b"origin", (origin or settings.SITE_ORIGIN).encode()), (b"host", b"127.0.0.1:8000")]
    if session is not None:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session.session_key}".encode()))
    communicator = WebsocketCommunicator(application, path, headers=headers)
    connected, _ = await communicator.connect(timeout=5)
    communicator.connected = connected
    try:
        yield communicator
    finally:
        await communicator.disconnect()


async def say(ws, after=0):
    await ws.send_to(text_data=json.dumps({"t": "hello", "after": after}))


async def hear(ws, timeout=5):
    return json.loads(await ws.receive_from(timeout=timeout))


async def closed(ws, timeout=5):
    answer = await ws.receive_output(timeout=timeout)
    assert answer["type"] == "websocket.close", answer
    return answer["code"]


def track(case):
    return f"/ws/track/{case.reference}/"


# --- following -----------------------------------------------------------------------------------
async def test_a_business_is_welcomed_with_the_number_of_its_last_public_event_and_told_of_the_next():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        assert await hear(ws) == {"t": "welcome", "seq": 1}
        await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
        assert await hear(ws) == {"t": "changed", "case": case.reference, "seq": 2}


async def test_an_internal_event_says_nothing_to_the_business():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        await sync(move)(case, "add_note", cast.staff("amina"), text="Between us.")
        await sync(move)(case, "claim", cast.staff("amina"))
        assert await ws.receive_nothing(timeout=0.3)


async def test_no_socket_ever_carries_content():
    cast = await sync(make_cast)()
    case = await sync(make_case)(State.ASSESSING, cast)
    business = await sync(new_session)(case.reference)
    staff = await sync(new_session)(user=cast.amina)
    heard = []
    async with (
        socket(track(case), business) as one,
        socket(f"/ws/cases/{case.reference}/", staff) as two,
        socket("/ws/queue/", staff) as three,
    ):
        for ws in (one, two, three):
            await say(ws)
            heard.append(await hear(ws))
        await sync(move)(case, "ask", cast.staff("amina"), text="Which declaration number?")
        heard += [await hear(ws) for ws in (one, two, three)]
    for message in heard:
        assert set(message) <= {"t", "case", "seq"}
        assert "declaration" not in json.dumps(message)


async def test_what_is_committed_between_reading_the_page_and_saying_hello_is_seen():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
        await say(ws, after=1)
        assert (await hear(ws))["seq"] == 2


async def test_a_doubled_poke_is_told_once():
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        message = [(live.track_group(case.reference), {"type": "poke", "case": case.reference, "seq": 1})]
        await sync(live._send)(message * 3)
        assert await ws.receive_nothing(timeout=0.3)


async def test_a_beat_carries_the_number_even_when_every_poke_was_lost(monkeypatch):
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.3)
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    monkeypatch.setattr(live, "_send", lambda messages: None)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
        beats = [await hear(ws), await hear(ws)]
        assert {"t": "beat", "seq": 2} in beats


# --- who may listen --------------------------------------------------------------------------------
async def test_t07_a_session_without_the_code_is_told_to_sign_in_whether_or_not_the_case_exists():
    case = await sync(file_case)()
    other = await sync(file_case)()
    session = await sync(new_session)(other.reference)
    for who in (None, session):
        for path in (track(case), "/ws/track/HKC-0000-0000/", "/ws/track/nonsense/"):
            async with socket(path, who) as ws:
                assert await closed(ws) == 4401


async def test_t07_staff_see_only_cases_of_their_office():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    path = f"/ws/cases/{case.reference}/"
    for who, code in (
        (None, 4401),
        (cast.bo, 4404),
        (cast.olivia, 4404),
        (cast.ada, 4404),
        (cast.partner, 4404),
    ):
        session = await sync(new_session)(user=who) if who else None
        async with socket(path, session) as ws:
            assert await closed(ws) == code
    for who in (cast.amina, cast.hana):
        async with socket(path, await sync(new_session)(user=who)) as ws:
            await say(ws)
            assert await hear(ws) == {"t": "welcome", "seq": 1}


async def test_the_staff_number_counts_internal_events_too():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    async with socket(f"/ws/cases/{case.reference}/", await sync(new_session)(user=cast.amina)) as ws:
        await say(ws)
        await hear(ws)
        await sync(move)(case, "add_note", cast.staff("chi"), text="Between us.")
        assert await hear(ws) == {"t": "changed", "case": case.reference, "seq": 2}


async def test_a_queue_hears_of_cases_of_its_office_only():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    async with (
        socket("/ws/queue/", await sync(new_session)(user=cast.amina)) as guangdong,
        socket("/ws/queue/", await sync(new_session)(user=cast.bo)) as shanghai,
        socket("/ws/queue/", await sync(new_session)(user=cast.hana)) as headquarters,
    ):
        for ws in (guangdong, shanghai, headquarters):
            await say(ws)
            assert (await hear(ws))["t"] == "welcome"
        await sync(move)(case, "claim", cast.staff("amina"))
        expected = {"t": "changed", "case": case.reference, "seq": 2}
        assert await hear(guangdong) == expected
        assert await hear(headquarters) == expected
        assert await shanghai.receive_nothing(timeout=0.3)


async def test_a_new_case_reaches_an_open_queue():
    cast = await sync(make_cast)()
    async with socket("/ws/queue/", await sync(new_session)(user=cast.amina)) as ws:
        await say(ws)
        assert await hear(ws) == {"t": "welcome", "seq": 0}
        case = await sync(file_case)()
        assert await hear(ws) == {"t": "changed", "case": case.reference, "seq": 1}


# --- when they close -----------------------------------------------------------------------------------
async def test_t21_a_sign_out_of_the_case_closes_its_socket_at_once(client):
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        await sync(client.post)("/en/track/sign-out/")
        assert await closed(ws) == 4401


async def test_t21_a_sign_out_of_staff_closes_their_sockets_within_five_seconds():
    cast = await sync(make_cast)()
    session = await sync(new_session)(user=cast.amina)
    async with socket("/ws/queue/", session) as ws:
        await say(ws)
        await hear(ws)

        def sign_out():
            user_logged_out.send(type(cast.amina), request=None, user=cast.amina)
            session.flush()

        await sync(sign_out)()
        assert await closed(ws) == 4401


@pytest.mark.parametrize(
    "changes",
    [
        {"is_active": False},
        {"office_id": "SHETO"},
        {"role": "official", "office_id": None},
        {"password": "other"},
    ],
)
async def test_t07_a_person_whose_account_changed_is_cut_off_within_five_seconds(changes):
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    async with socket(f"/ws/cases/{case.reference}/", await sync(new_session)(user=cast.amina)) as ws:
        await say(ws)
        await hear(ws)

        def change():
            for name, value in changes.items():
                setattr(cast.amina, name, value)
            cast.amina.save()

        await sync(change)()
        assert await closed(ws) in (4401, 4404)


async def test_t07_a_case_that_leaves_the_office_closes_its_sockets_there():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    async with socket(f"/ws/cases/{case.reference}/", await sync(new_session)(user=cast.amina)) as ws:
        await say(ws)
        await hear(ws)
        # No move takes a case away from one day to the next: the former office reads on for 30 days.
        await sync(Case.objects.filter(pk=case.pk).update)(office_id="SHETO")
        await sync(live.look_again)(live.case_group(case.reference))
        assert await closed(ws) == 4404


async def test_a_session_that_ended_is_noticed_with_the_next_beat(monkeypatch):
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.2)
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        await sync(session.delete)()
        while (answer := await ws.receive_output(timeout=5))["type"] != "websocket.close":
            pass
        assert answer["code"] == 4401


async def test_who_never_says_hello_is_closed_with_the_first_beat(monkeypatch):
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.2)
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        assert await closed(ws) == 4400


# --- careless and hostile messages ----------------------------------------------------------------------
BAD = [
    "hello",
    "[]",
    "null",
    '{"t":"hello","after":-1}',
    '{"t":"hello","after":"1"}',
    '{"t":"hello","after":true}',
    '{"t":"hello","after":1,"x":2}',
    '{"t":"subscribe","case":"HKC-0000-0000"}',
    "[" * 16_000,
    '{"t":"hello","after":' + "9" * 16_000 + "}",
]


@pytest.mark.parametrize("bad", BAD)
async def test_t22_the_fifth_bad_message_closes_and_the_earlier_ones_are_borne(bad):
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        for _ in range(4):
            await ws.send_to(text_data=bad)
        await say(ws)
        assert (await hear(ws))["t"] == "welcome"
        await ws.send_to(text_data=bad)
        assert await closed(ws) == 4400


async def test_t22_bytes_are_a_bad_message():
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        for _ in range(5):
            await ws.send_to(bytes_data=b'{"t":"hello"}')
        assert await closed(ws) == 4400


async def test_t22_the_twenty_first_message_within_ten_seconds_closes():
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        for _ in range(20):
            await say(ws)
            assert (await hear(ws))["t"] == "welcome"
        await say(ws)
        assert await closed(ws) == 4429


async def test_t22_the_sixth_socket_of_one_session_is_refused_and_a_closed_one_makes_room():
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with (
        socket(track(case), session),
        socket(track(case), session),
        socket(track(case), session),
        socket(track(case), session),
    ):
        async with socket(track(case), session) as fifth:
            async with socket(track(case), session) as sixth:
                assert await closed(sixth) == 4429
            await say(fifth)
            assert (await hear(fifth))["t"] == "welcome"
        async with socket(track(case), session) as again:
            await say(again)
            assert (await hear(again))["t"] == "welcome"
    assert not consumers._open


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
async def test_t20_another_origin_does_not_even_connect(origin):
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference), origin=origin) as ws:
        assert not ws.connected


# --- a layer one cannot rely on ---------------------------------------------------------------------------
async def test_f10_a_move_is_made_and_answered_while_the_layer_is_down(monkeypatch):
    cast = await sync(make_cast)()
    case = await sync(file_case)()

    class DeadLayer:
        async def group_send(self, group, message):
            raise ConnectionError("no layer")

    monkeypatch.setattr(live, "get_channel_layer", lambda: DeadLayer())
    event = await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
    assert event.seq == 2
    await sync(live.look_again)(live.track_group(case.reference))


async def test_f10_a_layer_that_hangs_holds_nobody_up_for_long(monkeypatch):
    case = await sync(file_case)()

    class HangingLayer:
        async def group_send(self, group, message):
            await asyncio.sleep(60)

    monkeypatch.setattr(live, "get_channel_layer", lambda: HangingLayer())
    began = asyncio.get_running_loop().time()
    await sync(move)(case, "withdraw", Actor.business(case))
    assert asyncio.get_running_loop().time() - began < 2


async def show(client, case, ws, shown, until_quiet):
    """What the page's script does: fetch what is missing whenever a greater number is named."""
    last = max(shown, default=0)
    loop = asyncio.get_running_loop()
    end = loop.time() + until_quiet
    while loop.time() < end:
        if ws.output_queue.empty():
            await asyncio.sleep(0.02)
            continue
        message = await hear(ws)
        if message["seq"] > last:
            answer = await sync(client.get)(f"/en/track/{case.reference}/events/?after={last}")
            numbers = sorted(int(n) for n in re.findall(r'<li data-seq="(\d+)"', answer.content.decode()))
            shown += [n for n in numbers if n > last]
            last = max(last, int(answer["X-Last-Seq"]))


@pytest.mark.parametrize("seed", range(3))
async def test_f11_what_is_shown_is_what_the_database_holds_under_a_lossy_layer(
    seed, settings, client, monkeypatch
):
    lossy = {"BACKEND": "tests.lossy_layer.LossyLayer", "CONFIG": {"seed": seed, "capacity": 1000}}
    settings.CHANNEL_LAYERS = {"default": lossy}
    channel_layers.backends.clear()
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 1.0)
    cast = await sync(make_cast)()
    case = await sync(make_case)(State.ASSESSING, cast)
    session = await sync(new_session)(case.reference)
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    shown = []
    async with socket(track(case), session) as ws:
        await say(ws)
        watching = asyncio.create_task(show(client, case, ws, shown, 6))
        chance = random.Random(seed)
        for n in range(20):
            by, name = chance.choice(
                [
                    (Actor.business(case), "send_message"),
                    (cast.staff("amina"), "send_message"),
                    (cast.staff("amina"), "add_note"),
                ]
            )
            await sync(move)(case, name, by, text=f"Message {n}")
        await watching
    public = sync(
        lambda: list(
            case.events.filter(public_seq__isnull=False)
            .order_by("public_seq")
            .values_list("public_seq", flat=True)
        )
    )
    assert shown == await public()
