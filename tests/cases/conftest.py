"""What tests with sockets need."""

import asyncio

import pytest
from channels.layers import channel_layers

from cases.consumers import doors
from jobs.loop import keep_server_loop


@pytest.fixture
async def server_loop():
    """The test's loop is the server's, with a channel layer of its own, as in ``serve``."""
    channel_layers.backends.clear()
    keep_server_loop(asyncio.get_running_loop())
    yield
    keep_server_loop(None)
    channel_layers.backends.clear()
    assert doors.inside == 0, "a socket was left behind"
