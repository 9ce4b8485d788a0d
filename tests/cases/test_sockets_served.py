"""Sockets of the real server, over real connections: what the protocol itself must hold (trust.md inputs 76 to 87)."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time

import pytest
import websockets

from jobs.server import PING_EVERY, PING_PATIENCE
from tests.jobs.test_serve import ROOT, Served
from tests.prepared import fill

#: Run in the server's own database before it starts; prints what the tests need to know as JSON.
PREPARE = """
import json
import django
django.setup()
from tests.cases.talking import new_session
from tests.cast import file_case
case = file_case()
print(json.dumps([case.reference, new_session(case.reference).session_key]))
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    served = Served(folder, "config.settings")
    fill(folder, served.env, tmp_path_factory)
    prepared = subprocess.run(
        [sys.executable, "-c", PREPARE],
        cwd=ROOT,
        env=served.env,
        check=True,
        timeout=120,
        capture_output=True,
    )
    served.reference, served.session = json.loads(prepared.stdout.splitlines()[-1])
    served.start()
    yield served
    served.stop()


def open_socket(served, **changes):
    headers = {"Cookie": f"session={served.session}"}
    return websockets.connect(
        f"ws://127.0.0.1:{served.port}/ws/track/{served.reference}/",
        **{"origin": f"http://127.0.0.1:{served.port}", "additional_headers": headers} | changes,
    )


def handshake(served, *lines):
    """The status line of a handshake with these header lines besides those every handshake has."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        head = [
            f"GET /ws/track/{served.reference}/ HTTP/1.1",
            f"Host: 127.0.0.1:{served.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            *lines,
        ]
        line.sendall("\r\n".join([*head, "", ""]).encode("latin1"))
        return line.recv(4000).split(b"\r\n")[0].decode()


def test_a_page_is_welcomed_by_the_real_server(served):
    async def talk():
        async with open_socket(served) as ws:
            await ws.send('{"t":"hello","after":0}')
            return json.loads(await asyncio.wait_for(ws.recv(), 10))

    assert asyncio.run(talk()) == {"t": "welcome", "seq": 1}


@pytest.mark.parametrize(
    "pieces", [["x" * 17 * 1024], ["x" * 1024] * 2048], ids=["17 KiB", "2 MiB in 2,048 pieces"]
)
def test_bad_input_80_a_message_over_16_kib_closes_with_1009(served, pieces):
    async def talk():
        async with open_socket(served) as ws:
            try:
                await ws.send(pieces)
                await asyncio.wait_for(ws.wait_closed(), 10)
            except websockets.ConnectionClosed:
                pass
            return ws.close_code

    assert asyncio.run(talk()) == 1009


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1.evil.example:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port}/",
    ],
)
def test_bad_input_76_a_foreign_origin_is_refused_at_the_handshake(served, origin):
    lines = [f"Origin: {origin.format(port=served.port)}"] if origin else []
    # 400 where the library finds that it is no origin at all, before anything of ours is asked.
    assert handshake(served, *lines).split()[1] in ("400", "403")


@pytest.mark.parametrize(
    "smuggled", ["X: a\x0bOrigin: {ours}", "X: a\x0cOrigin: {ours}", "X: a\rOrigin: {ours}"]
)
def test_bad_input_86_an_origin_smuggled_into_another_header_is_a_bad_request(served, smuggled):
    ours = f"http://127.0.0.1:{served.port}"
    assert " 101 " in handshake(served, f"Origin: {ours}")
    assert " 400 " in handshake(served, smuggled.format(ours=ours))
    assert " 101 " not in handshake(served, smuggled.format(ours=ours), "Origin: http://evil.example")


def test_bad_input_87_six_sockets_of_one_session_over_real_connections(served):
    async def talk():
        five = [await open_socket(served) for _ in range(5)]
        try:
            async with open_socket(served) as sixth:
                await asyncio.wait_for(sixth.wait_closed(), 10)
            for ws in five:
                await ws.send('{"t":"hello","after":0}')
                assert json.loads(await asyncio.wait_for(ws.recv(), 10))["t"] == "welcome"
        finally:
            for ws in five:
                await ws.close()
        return sixth.close_code

    assert asyncio.run(talk()) == 4429


def test_bad_input_84_a_line_that_carries_nothing_any_more_is_closed_by_the_server(served):
    """Nobody answers its pings, as when a train goes into a tunnel: it is not held open for long."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=PING_EVERY + PING_PATIENCE + 5) as line:
        head = [
            f"GET /ws/track/{served.reference}/ HTTP/1.1",
            f"Host: 127.0.0.1:{served.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            f"Origin: http://127.0.0.1:{served.port}",
            f"Cookie: session={served.session}",
        ]
        # A hello, masked with nothing: one that never speaks is closed for that already.
        hello = b'{"t":"hello","after":0}'
        begun = time.monotonic()
        line.sendall("\r\n".join([*head, "", ""]).encode())
        assert line.recv(4000).startswith(b"HTTP/1.1 101")
        line.sendall(bytes([0x81, 0x80 | len(hello)]) + bytes(4) + hello)
        with contextlib.suppress(ConnectionResetError):  # closed as well, less politely
            while line.recv(4000):
                pass
    assert PING_EVERY <= time.monotonic() - begun <= PING_EVERY + PING_PATIENCE + 4
