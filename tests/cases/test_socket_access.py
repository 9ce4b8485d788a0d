"""T07: every socket × role against the same table, through the real application; and what a business hears."""

import json

import pytest
from channels.db import database_sync_to_async
from channels.layers import channel_layers
from django.conf import settings

from cases.models import Case
from tests.access.canaries import Canaries
from tests.access.routes import sockets
from tests.access.table import table
from tests.access.world import ROLES, build_world
from tests.cases.talking import closed, hear, say, socket
from tests.cast import move

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("server_loop")]
sync = database_sync_to_async


class Key:
    """A session as ``socket`` takes it."""

    def __init__(self, cookies):
        self.session_key = cookies.get(settings.SESSION_COOKIE_NAME, "none")


@pytest.fixture(autouse=True)
def _a_layer_of_this_loop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    channel_layers.backends.clear()
    yield
    channel_layers.backends.clear()


def test_t07_every_socket_stands_in_the_table_and_no_other():
    assert {line.address for line in table() if line.address.startswith("/ws/")} == set(sockets())


async def test_t07_a_socket_welcomes_whom_the_table_names_and_closes_on_all_others():
    world, wrong = await sync(build_world)(), []
    for line in table():
        if not line.address.startswith("/ws/"):
            continue
        address = line.address.replace("<reference>", world.case.reference)
        for role in ROLES:
            async with socket(address, Key(world.cookies[role])) as ws:
                await say(ws)
                first = await ws.receive_output(timeout=5)
                let_in = first["type"] == "websocket.send" and json.loads(first["text"])["t"] == "welcome"
                if let_in != line.allows(role, "SOCKET"):
                    wrong.append(f"line {line.number}: {address} as {role}: {first}")
                if not let_in and first.get("code") not in (4401, 4404):
                    wrong.append(f"line {line.number}: {address} as {role} closed with {first}")
    assert not wrong, "\n".join(wrong)


async def test_t11_no_frame_to_the_business_holds_a_name_or_a_word():
    """While an officer looks at the same case, writes a note and sends a message."""
    world, planted = await sync(build_world)(), Canaries()
    name, note, words = (planted.word(what) for what in ("a name", "a note", "a message"))
    amina = world.cast.users["amina"]
    amina.name, amina.username = name, f"{name}2"
    await sync(amina.save)()
    case, frames = await sync(Case.objects.get)(pk=world.case.pk), []
    async with (
        socket(f"/ws/cases/{case.reference}/", Key(world.cookies["own"])) as staff,
        socket(f"/ws/track/{case.reference}/", Key(world.cookies["business"])) as business,
    ):
        await say(staff)
        await hear(staff)
        await say(business)
        frames.append(await business.receive_from(timeout=5))
        await sync(move)(case, "add_note", world.cast.staff("amina"), text=note)
        await sync(move)(case, "send_message", world.cast.staff("amina"), text=words)
        frames.append(await business.receive_from(timeout=5))
        assert await business.receive_nothing(timeout=0.3)
    for frame in frames:
        assert set(json.loads(frame)) <= {"t", "case", "seq"}
        assert not planted.found(frame, own_too=True)


async def test_t07_another_business_hears_nothing_of_this_case():
    world = await sync(build_world)()
    async with socket(f"/ws/track/{world.case.reference}/", Key(world.cookies["other_business"])) as ws:
        await say(ws)
        assert await closed(ws) in (4401, 4404)
