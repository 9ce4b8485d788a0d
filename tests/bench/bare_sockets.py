"""What bare Daphne takes to do the same: one set of sockets, and a word to each. ``daphne tests.bench.bare_sockets:application``.

``hello`` is answered with ``{"t":"welcome"}``; ``all`` tells every socket, ``few`` those that came by ``/few``.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

_numbers = itertools.count(2)
_sockets: dict[str, dict[int, Callable[[dict[str, Any]], Awaitable[None]]]] = {"/": {}, "/few": {}}


async def application(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    here = _sockets[scope["path"]]
    here[id(send)] = send
    try:
        while (message := await receive())["type"] == "websocket.receive":
            if message["text"] == "hello":
                await send({"type": "websocket.send", "text": '{"t":"welcome","seq":1}'})
                continue
            said = f'{{"t":"changed","case":"HKC-0000-0000","seq":{next(_numbers)}}}'
            told = [*_sockets["/few"].values(), *(_sockets["/"].values() if message["text"] == "all" else ())]
            for one in told:
                await one({"type": "websocket.send", "text": said})
    finally:
        del here[id(send)]
