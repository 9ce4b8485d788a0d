"""Event loops to which other threads hand work: the server's own, or one that this process keeps for itself."""

from __future__ import annotations

import asyncio
import os
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine
from typing import Any

_server_loop: AbstractEventLoop | None = None
_own_loop: AbstractEventLoop | None = None
_lock = threading.Lock()


def keep_server_loop(loop: AbstractEventLoop | None) -> None:
    """Called by ``serve`` when it starts and, with None, when it stops."""
    global _server_loop
    _server_loop = loop


def run_on_a_loop(work: Callable[[], Coroutine[Any, Any, object]], patience: float) -> None:
    """Run ``work`` to its end, for at most ``patience`` seconds; raises what it raises, or TimeoutError.

    It runs on the server's loop if this process is a server: handing a message to the in-memory channel layer from
    another loop delivers it about a second late. Any other process keeps one loop in a thread, so that a connection
    made for the first message serves all later ones. Never call this from a loop's own thread.
    """

    async def bounded() -> None:
        async with asyncio.timeout(patience):
            await work()

    server = _server_loop
    loop = server if server is not None and server.is_running() else _process_loop()
    # The second bound is for a loop that is itself held up.
    asyncio.run_coroutine_threadsafe(bounded(), loop).result(patience * 2)


def _process_loop() -> AbstractEventLoop:
    global _own_loop
    with _lock:
        if _own_loop is None:
            _own_loop = asyncio.new_event_loop()
            threading.Thread(target=_own_loop.run_forever, name="messages", daemon=True).start()
        return _own_loop


def _begin_anew() -> None:
    """After a fork the thread is gone and the loop's connections belong to the parent."""
    global _own_loop, _lock
    _own_loop, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)
