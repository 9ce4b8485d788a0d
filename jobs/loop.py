"""The event loop of the server in this process, so that other threads can hand messages to it."""

from __future__ import annotations

from asyncio import AbstractEventLoop

_loop: AbstractEventLoop | None = None


def keep_server_loop(loop: AbstractEventLoop | None) -> None:
    """Called by ``serve`` when it starts and, with None, when it stops."""
    global _loop
    _loop = loop


def server_loop() -> AbstractEventLoop | None:
    """The embedded server's loop, or None in every other process."""
    return _loop
