"""A socket opens only for pages of exactly our own origin (T20)."""

import pytest
from channels.testing import WebsocketCommunicator

from config.asgi import SameOriginOnly, allowed_origins
from tests.jobs.echo import Echo

OURS = "https://causeway.example"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_ORIGIN, settings.DEBUG, settings.EMBEDDED = OURS, False, False


async def opens(*origins):
    line = WebsocketCommunicator(
        SameOriginOnly(Echo.as_asgi()), "/", headers=[(b"origin", origin.encode()) for origin in origins]
    )
    opened, _ = await line.connect()
    if opened:
        await line.disconnect()
    return opened


async def test_our_own_origin_opens_a_socket():
    assert await opens(OURS)


@pytest.mark.parametrize(
    "origins",
    [
        (),
        ("null",),
        ("http://causeway.example",),
        ("https://causeway.example:8443",),
        ("https://evil.causeway.example",),
        ("https://causeway.example.evil.example",),
        ("https://[::1",),
        (OURS, OURS),
    ],
)
async def test_any_other_origin_is_refused(origins):
    assert not await opens(*origins)


def test_the_embedded_default_knows_this_machine_by_three_names_but_one_port(settings):
    settings.EMBEDDED, settings.SITE_ORIGIN = True, "http://127.0.0.1:8123"
    assert allowed_origins() == {
        "http://127.0.0.1:8123",
        "http://localhost:8123",
        "http://[::1]:8123",
    }


async def test_an_address_that_is_none_of_ours_is_refused_without_an_error():
    from config.asgi import sockets

    line = WebsocketCommunicator(sockets, "/ws/elsewhere/")
    opened, _ = await line.connect()
    assert not opened
