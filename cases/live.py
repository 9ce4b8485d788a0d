"""Telling open pages that something changed. The channel layer carries a poke, never content.

A poke may be lost, doubled or reordered: the page then asks for what it is missing by number. This is the only
caller of the channel layer.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from cases.models import Case, Event
from jobs.loop import server_loop

#: A dead Redis must not hold up the person whose change has already been committed. Seconds.
PATIENCE = 0.5


def track_group(reference: str) -> str:
    return _group("track", reference)


def case_group(reference: str) -> str:
    return _group("case", reference)


def queue_group(office_code: str) -> str:
    return _group("queue", office_code)


def everyone_group() -> str:
    """Headquarters' queue: every office."""
    return _group("queue", "*")


def _group(kind: str, name: str) -> str:
    """A name nobody outside can guess, since anybody on the layer could join by name."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{name}".encode(), hashlib.sha256).hexdigest()
    return f"{kind}.{digest[:40]}"


def announce(case: Case, event: Event) -> None:
    """Poke the pages that show this case. Run after the commit; what fails here is caught up by the pages."""
    poke = {"type": "poke", "case": case.reference, "seq": event.seq}
    messages: list[tuple[str, dict[str, Any]]] = [(case_group(case.reference), poke)]
    messages += [(queue_group(code), poke) for code in _offices(case)]
    messages.append((everyone_group(), poke))
    if event.public_seq is not None:
        public = {"type": "poke", "case": case.reference, "seq": event.public_seq}
        messages.append((track_group(case.reference), public))
    _send(messages)


def _offices(case: Case) -> set[str]:
    offices = (case.office_id, case.co_office_id, case.moving_to_id, case.former_office_id)
    return {code for code in offices if code}


def _send(messages: list[tuple[str, dict[str, Any]]]) -> None:
    layer = get_channel_layer()

    async def send_all() -> None:
        for group, message in messages:
            await asyncio.wait_for(layer.group_send(group, message), PATIENCE)

    loop = server_loop()
    if loop is not None and loop.is_running():
        # From a worker or request thread of the embedded server: hand over to the server's own loop, or the
        # in-memory layer delivers about a second late.
        asyncio.run_coroutine_threadsafe(send_all(), loop).result(PATIENCE * len(messages))
    else:
        async_to_sync(send_all)()
