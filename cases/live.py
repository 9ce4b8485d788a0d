"""Telling open pages that something changed. The channel layer carries a poke, never content.

A poke may be lost, doubled or reordered: the page then asks for what it is missing by number. This is the only
caller of the channel layer, beside the question whether it is there (``operations.health``). Every process that holds
sockets listens to one channel and finds its own sockets by the groups a message names (``cases.switchboard``).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from cases.models import Case, Event
from jobs import measures
from jobs.loop import run_on_a_loop

logger = logging.getLogger(__name__)

Message = dict[str, Any]

#: A dead Redis must not hold up the person whose change has already been committed. Seconds.
PATIENCE = 0.5
#: A listener says something itself every few seconds; one that hears nothing for so long has gone deaf. Seconds.
SILENCE = 20.0
#: How long a listener without a layer waits before it tries again. Seconds.
AGAIN = 2.0


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


def session_group(session_key: str) -> str:
    """Every socket of one browser session."""
    return _group("session", session_key)


def _group(kind: str, name: str) -> str:
    """A name nobody outside can guess or read, since it travels over the layer."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{name}".encode(), hashlib.sha256).hexdigest()
    return f"{kind}.{digest[:40]}"


def announce(case: Case, event: Event) -> None:
    """Poke the pages that show this case. Run after the commit; what fails here is caught up by the pages."""
    groups = [case_group(case.reference), everyone_group()]
    groups += [queue_group(code) for code in sorted(_offices(case, event))]
    pokes = [{"case": case.reference, "seq": event.seq, "groups": groups}]
    if event.public_seq is not None:
        followers = [track_group(case.reference)]
        pokes.append({"case": case.reference, "seq": event.public_seq, "groups": followers})
    _send({"type": "pokes", "pokes": pokes})


def files_checked(case: Case, *, for_business: bool) -> None:
    """Have the pages of this case show anew what the virus scanner says. Nothing happened to the case: no number.

    A business hears of its own documents and of those it was sent. One that a page misses it asks for itself.
    """
    groups = [case_group(case.reference), *([track_group(case.reference)] if for_business else [])]
    _send({"type": "files", "groups": groups})


def look_again(*groups: str) -> None:
    """Have the sockets of these groups check at once whether they may stay open; never fails.

    Without it they would find out with the next beat, up to 20 seconds later.
    """
    try:
        _send({"type": "look", "groups": list(groups)})
    except Exception:
        logger.warning("sockets could not be told to look again", exc_info=True)


def followers_look_again(case: Case, *args: Any) -> None:
    """After the commit of a move that shuts somebody out who had the concern open by an address."""
    group = track_group(case.reference)
    transaction.on_commit(lambda: look_again(group), robust=True)


def watch_accounts() -> None:
    """Look again when a session ends, whoever ends it, or an account changes (role, office, password, switched off)."""
    post_delete.connect(_session_ended, sender=Session, dispatch_uid="cases.live")
    user_logged_out.connect(_signed_out, dispatch_uid="cases.live")
    post_save.connect(_account_changed, sender=get_user_model(), dispatch_uid="cases.live")


def _session_ended(instance: Session, **kwargs: Any) -> None:
    group = session_group(instance.session_key)
    transaction.on_commit(lambda: look_again(group))


def _signed_out(user: Any, **kwargs: Any) -> None:
    if user is not None:
        group = user_group(user.pk)
        transaction.on_commit(lambda: look_again(group))


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


# --- the layer -------------------------------------------------------------------------------------
def _send(message: Message) -> None:
    try:
        run_on_a_loop(lambda: say(message), PATIENCE)
    except Exception:
        measures.layer_failures.inc()
        raise


async def say(message: Message) -> None:
    """Tell every process that holds sockets, this one included. Raises what the layer raises."""
    await get_channel_layer().group_send(_everybody(), message)


async def listen(hear: Callable[[Message], None], listening: asyncio.Event) -> None:
    """Hand every message to ``hear`` until cancelled. ``listening`` is set while messages can arrive.

    Whatever becomes of the layer (away, restarted, gone quiet), this subscribes again by itself; pages are
    brought up to date by their beats meanwhile. Who listens says something at least every ``SILENCE`` / 2 seconds.
    """
    said = False
    while True:
        try:
            await _listen_once(hear, listening)
        except Exception as trouble:
            if listening.is_set() or not said:
                logger.warning("the channel layer is not heard: %s", type(trouble).__name__)
                said = True
        finally:
            listening.clear()
        await asyncio.sleep(AGAIN)


async def _listen_once(hear: Callable[[Message], None], listening: asyncio.Event) -> None:
    layer = get_channel_layer()
    channel = ""
    try:
        async with asyncio.timeout(SILENCE):
            channel = await layer.new_channel()
            await layer.group_add(_everybody(), channel)
        listening.set()
        while True:
            async with asyncio.timeout(SILENCE):
                hear(await layer.receive(channel))
    except asyncio.CancelledError:
        if channel:
            await _within_patience(layer.group_discard(_everybody(), channel))
        raise
    except Exception:
        # Connections that no longer carry anything are given up, or the layer would go on trusting them.
        await _within_patience(layer.flush())
        raise


async def _within_patience(parting: Awaitable[None]) -> None:
    with contextlib.suppress(Exception):
        async with asyncio.timeout(PATIENCE):
            await parting


def _everybody() -> str:
    return _group("live", "everybody")
