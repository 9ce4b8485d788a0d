"""Telling open pages that something changed. The channel layer carries a poke, never content.

A poke may be lost, doubled or reordered: the page then asks for what it is missing by number. This is the only
caller of the channel layer.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import post_save

from cases.models import Case, Event
from jobs.loop import server_loop

logger = logging.getLogger(__name__)

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


def user_group(user_id: int) -> str:
    """Every socket of one signed-in person."""
    return _group("user", str(user_id))


def _group(kind: str, name: str) -> str:
    """A name nobody outside can guess, since anybody on the layer could join by name."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{name}".encode(), hashlib.sha256).hexdigest()
    return f"{kind}.{digest[:40]}"


def announce(case: Case, event: Event) -> None:
    """Poke the pages that show this case. Run after the commit; what fails here is caught up by the pages."""
    poke = {"type": "poke", "case": case.reference, "seq": event.seq}
    messages: list[tuple[str, dict[str, Any]]] = [(case_group(case.reference), poke)]
    messages += [(queue_group(code), poke) for code in _offices(case, event)]
    messages.append((everyone_group(), poke))
    if event.public_seq is not None:
        public = {"type": "poke", "case": case.reference, "seq": event.public_seq}
        messages.append((track_group(case.reference), public))
    _send(messages)


def look_again(*groups: str) -> None:
    """Have the sockets of these groups check at once whether they may stay open; never fails.

    Without it they would find out with the next beat, up to 20 seconds later.
    """
    try:
        _send([(group, {"type": "look_again"}) for group in groups])
    except Exception:
        logger.warning("sockets could not be told to look again", exc_info=True)


def watch_accounts() -> None:
    """Look again when somebody signs out, or when their account changes (role, office, password, switched off)."""
    user_logged_out.connect(_signed_out, dispatch_uid="cases.live")
    post_save.connect(_account_changed, sender=get_user_model(), dispatch_uid="cases.live")


def _signed_out(user: Any, **kwargs: Any) -> None:
    if user is not None:
        look_again(user_group(user.pk))


def _account_changed(instance: Any, created: bool, update_fields: Any = None, **kwargs: Any) -> None:
    if not created and set(update_fields or ["all"]) != {"last_login"}:
        group = user_group(instance.pk)
        transaction.on_commit(lambda: look_again(group))


def _offices(case: Case, event: Event) -> set[str]:
    """Those that see the case now, and one that saw it until this very change."""
    was_coming = event.changes.get("moving_to", [None])[0]
    offices = {case.office_id, case.co_office_id, case.moving_to_id, was_coming}
    if case.former_office_reads_until and case.former_office_reads_until > event.at:
        offices.add(case.former_office_id)
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
