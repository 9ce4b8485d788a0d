"""A channel layer one cannot rely on: dead, hanging, forgetful, restarted (trust.md F09, F10, F11)."""

import asyncio
import random
import re

import pytest
from channels.layers import channel_layers

from cases import live, switchboard
from cases.permissions import Actor
from cases.states import State
from tests.cases.talking import hear, new_session, say, socket, sync, track
from tests.cast import file_case, make_case, make_cast, move, triage_inputs

pytestmark = [
    pytest.mark.both,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("server_loop"),
]


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


async def show(client, case, ws, shown, enough):
    """What the page's script does, until ``enough``: fetch what is missing whenever a greater number is named."""
    last = 0
    while not enough(last):
        message = await hear(ws, timeout=30)
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
    monkeypatch.setattr(switchboard, "BEAT_SECONDS", 1.0)
    cast = await sync(make_cast)()
    case = await sync(make_case)(State.ASSESSING, cast)
    session = await sync(new_session)(case.reference)
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    shown = []
    async with socket(track(case), session) as ws:
        await say(ws)
        expected = []
        watching = asyncio.create_task(
            show(client, case, ws, shown, lambda last: expected and last >= expected[-1])
        )
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
        public = case.events.filter(public_seq__isnull=False).order_by("public_seq")
        expected += await sync(lambda: list(public.values_list("public_seq", flat=True)))()
        await asyncio.wait_for(watching, 60)
    assert shown == expected


async def test_the_only_page_of_a_process_is_reloaded_and_still_hears_at_once():
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    for number in range(2, 7):
        async with socket(track(case), session) as ws:
            await say(ws)
            assert (await hear(ws))["seq"] == number - 1
            await sync(move)(case, "send_message", Actor.business(case), text=f"Message {number}")
            assert await hear(ws, timeout=3) == {"t": "changed", "case": case.reference, "seq": number}


async def test_f09_a_layer_that_forgets_everything_is_noticed_and_subscribed_to_again(monkeypatch):
    monkeypatch.setattr(live, "SILENCE", 0.5)
    monkeypatch.setattr(live, "AGAIN", 0.1)
    monkeypatch.setattr(switchboard, "MURMUR_SECONDS", 0.2)
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        await say(ws)
        await hear(ws)
        await channel_layers["default"].flush()
        await asyncio.sleep(1.5)
        await sync(move)(case, "send_message", Actor.business(case), text="Still there?")
        assert await hear(ws, timeout=3) == {"t": "changed", "case": case.reference, "seq": 2}
