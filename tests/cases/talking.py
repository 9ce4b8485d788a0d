"""Talking to the sockets through the real ASGI application, in the loop of the test."""

import json
from contextlib import asynccontextmanager
from importlib import import_module

from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from cases import tracking
from config.asgi import application

sync = database_sync_to_async


def new_session(*references, user=None):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    for reference in references:
        tracking.remember(session, reference)
    if user is not None:
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session


@asynccontextmanager
async def socket(path, session=None, origin=None, address="192.0.2.1"):
    headers = [
        (b"origin", (settings.SITE_ORIGIN if origin is None else origin).encode()),
        (b"host", b"127.0.0.1:8000"),
    ]
    if session is not None:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session.session_key}".encode()))
    communicator = WebsocketCommunicator(application, path, headers=headers)
    communicator.scope["client"] = [address, 50_000]
    connected, _ = await communicator.connect(timeout=5)
    communicator.connected = connected
    try:
        yield communicator
    finally:
        await communicator.disconnect()


async def say(ws, after=0):
    await ws.send_to(text_data=json.dumps({"t": "hello", "after": after}))


async def hear(ws, timeout=5):
    return json.loads(await ws.receive_from(timeout=timeout))


async def greet(ws, after=0):
    """Say hello; the number of the welcome."""
    await say(ws, after)
    welcome = await hear(ws)
    assert welcome["t"] == "welcome", welcome
    return welcome["seq"]


async def closed(ws, timeout=5):
    answer = await ws.receive_output(timeout=timeout)
    assert answer["type"] == "websocket.close", answer
    return answer["code"]


def track(case):
    return f"/ws/track/{case.reference}/"
