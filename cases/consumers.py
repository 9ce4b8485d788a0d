"""Sockets that tell an open page that something changed, and never what: the page fetches that over HTTP.

The protocol is contracts.md, "Socket". A socket here only speaks and listens; whether it may stay, and what it is told,
is the switchboard's. Plain ASGI: a Channels consumer would subscribe each socket to the layer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http.cookie import parse_cookie

from cases.doors import Doors
from cases.open_page import OpenPage, Send
from cases.switchboard import BAD_MESSAGE, switchboard
from cases.watching import NO_SUCH_CASE, SIGN_IN_AGAIN, Page
from jobs.addresses import client_address

Receive = Callable[[], Awaitable[dict[str, Any]]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

#: Close code of the contract.
TOO_MANY = 4429
#: More messages than this within the window close the socket; a page sends one when it connects.
MESSAGES, WINDOW_SECONDS = 20, 10.0
BAD_MESSAGES = 5
MESSAGE_BYTES = 16 * 1024
#: Characters of a key of Django's sessions.
SESSION_KEY_LENGTH = 32

doors = Doors()


def socket_of(page: Page) -> Application:
    """The ASGI application for the sockets of this kind of page."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()  # the handshake
        key, address = _session_key(scope), _address(scope)
        who = page is not Page.TRACK, key, address
        if doors.is_shut(*who):
            await send({"type": "websocket.close"})
            return
        within = doors.enter(*who)
        socket = Socket(page, scope["url_route"]["kwargs"].get("reference", ""), key, send)
        try:
            # A refusal at the handshake reaches a browser without its code, so refusals come right after it.
            await send({"type": "websocket.accept"})
            await socket.stay(receive, within)
        finally:
            doors.leave(*who)
            if socket.closing in (SIGN_IN_AGAIN, NO_SUCH_CASE) and not socket.admitted:
                doors.refused(*who)

    return application


class Socket(OpenPage):
    """One open page that speaks to us."""

    __slots__ = ("arrivals", "bad")

    def __init__(self, page: Page, reference: str, session_key: str, send: Send) -> None:
        super().__init__(page, reference, session_key, send)
        self.bad = 0
        self.arrivals: list[float] = []

    async def stay(self, receive: Receive, within: bool) -> None:
        """Until the connection ends."""
        board = switchboard()
        if within:
            board.enter(self)
        else:
            await self.close(TOO_MANY)
        try:
            while (message := await receive())["type"] == "websocket.receive":
                if not self.closing:
                    await self._hear(message.get("text"))
        finally:
            if within:
                board.leave(self)

    async def _hear(self, text: str | None) -> None:
        now = time.monotonic()
        self.arrivals = [at for at in self.arrivals if at >= now - WINDOW_SECONDS] + [now]
        if len(self.arrivals) > MESSAGES:
            await self.close(TOO_MANY)
        elif not _is_hello(text):
            self.bad += 1
            if self.bad >= BAD_MESSAGES:
                await self.close(BAD_MESSAGE)
            else:
                await self.say({"t": "error", "code": "bad_message"})
        elif not self.hello:  # once is enough
            switchboard().welcome(self)


def _session_key(scope: dict[str, Any]) -> str:
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    key = parse_cookie(cookies.decode("latin1")).get(settings.SESSION_COOKIE_NAME, "")
    # What Django never gave out is not even asked of the database.
    return key if len(key) == SESSION_KEY_LENGTH and key.isascii() and key.isalnum() else ""


def _address(scope: dict[str, Any]) -> str:
    peer = (scope.get("client") or [""])[0]
    forwarded = [value.decode("latin1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return client_address(peer, forwarded, settings.TRUSTED_PROXIES)


def _is_hello(text: str | None) -> bool:
    if text is None or len(text) > MESSAGE_BYTES:
        return False
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(message, dict) or message.get("t") != "hello" or set(message) - {"t", "after"}:
        return False
    after = message.get("after", 0)
    return isinstance(after, int) and not isinstance(after, bool) and after >= 0
