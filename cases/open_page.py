"""One open page at the other end of a socket: what the switchboard knows of it, and the two things it can be told."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Flag, auto
from typing import Any

from cases.watching import Page, Sight
from text.reference import parse_reference

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Due(Flag):
    """What a page waits for."""

    LOOK = auto()  #: whether it may stay
    WELCOME = auto()
    NEWS = auto()
    FILES = auto()  #: the scanner is done with a document of its case
    PEOPLE = auto()
    BEAT = auto()


NOTHING = Due(0)


class OpenPage:
    """What stands here besides the connection itself is the switchboard's to read and write."""

    __slots__ = (
        "__weakref__", "admitted", "beaten", "closing", "due", "ends_at", "groups", "hello", "named", "page", "people",
        "person", "reference", "send", "session_key", "sight", "told", "welcomed",
    )  # fmt: skip

    def __init__(self, page: Page, reference: str, session_key: str, send: Send) -> None:
        self.page, self.session_key, self.send = page, session_key, send
        #: A follower's case is named exactly as its session names it; staff may write it as they like.
        self.reference = reference if page is Page.TRACK else parse_reference(reference) or ""
        self.hello = self.admitted = self.welcomed = False
        #: The close code once it is closing, otherwise 0.
        self.closing = 0
        self.person: int | None = None
        self.sight: Sight | None = None
        #: When its session ends if nothing is done in it; None while that is not known.
        self.ends_at: datetime | None = None
        #: The last number the page has been told.
        self.told = -1
        self.people: list[str] = []
        self.groups: list[str] = []
        #: Cases a queue has heard of and not been told yet.
        self.named: set[str] = set()
        self.due = NOTHING
        self.beaten = time.monotonic()

    async def say(self, message: dict[str, Any]) -> None:
        if not self.closing:
            text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
            await self.send({"type": "websocket.send", "text": text})

    async def close(self, code: int) -> None:
        if not self.closing:
            self.closing = code
            await self.send({"type": "websocket.close", "code": code})
