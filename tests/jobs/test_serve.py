"""The one-process server, as a process: it boots, answers, refuses what is too large and stops cleanly."""

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import websockets
from django.conf import settings

from tests.ports import free_port, listens
from tests.prepared import fill

ROOT = Path(__file__).resolve().parents[2]
TOO_MUCH = settings.MAX_BODY_BYTES + 1


class Served:
    """A ``manage.py serve`` process with data of its own."""

    def __init__(self, data, settings_module=os.environ["DJANGO_SETTINGS_MODULE"]):
        self.port = free_port()
        self.env = {
            **{
                name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
            },
            "CAUSEWAY_EMBEDDED": "1",
            "CAUSEWAY_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": settings_module,
            "SITE_ORIGIN": f"http://127.0.0.1:{self.port}",
        }

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(self.port)],
            cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if listens(self.port, self.process):
            return self
        raise AssertionError(self.stop())

    def stop(self):
        """Ask it to stop; what it said. The exit status is then in ``process.returncode``."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.communicate(timeout=45)[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.communicate()[0]

    def ask(self, method, path, body=None, headers=None, chunked=False):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request(method, path, body=body, headers=headers or {}, encode_chunked=chunked)
        answer = line.getresponse()
        content = answer.read()
        line.close()
        return answer, content


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    fill(folder, Served(folder, "config.settings").env, tmp_path_factory)
    return folder


@pytest.fixture(scope="module")
def echo(data):
    served = Served(data, "tests.jobs.echo_settings").start()
    yield served
    served.stop()


def test_it_boots_says_where_it_is_and_becomes_ready(data):
    served = Served(data).start()
    try:
        answer, content = served.ask("GET", "/healthz")
        assert (answer.status, json.loads(content)) == (200, {"status": "ok"})
        end = time.monotonic() + 30
        while time.monotonic() < end:
            answer, content = served.ask("GET", "/readyz")
            if answer.status == 200:
                break
            time.sleep(0.3)
        parts = json.loads(content)["parts"]
        assert parts == dict.fromkeys(("database", "migrations", "channel_layer", "worker"), "ok")
    finally:
        said = served.stop()
    assert f"Ready on http://127.0.0.1:{served.port}/" in said
    assert served.process.returncode == 0, said


def test_bad_input_37_a_body_that_announces_too_much_is_refused_at_once(echo):
    # Nothing of it is sent: the refusal must not wait for it.
    with socket.create_connection(("127.0.0.1", echo.port), timeout=10) as line:
        line.sendall(
            f"POST /length HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {TOO_MUCH}\r\n\r\n".encode()
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_sender_who_sends_it_all_first_still_reads_the_refusal(echo):
    answer, content = echo.ask(
        "POST", "/length", body=b"x" * (4 * TOO_MUCH), headers={"Accept": "text/html,*/*"}
    )
    assert answer.status == 413
    page = content.decode()
    assert [*re.findall(r'section lang="([^"]+)"', page)] == ["en-HK", "zh-Hant-HK", "zh-Hans-CN"]
    assert "12 MB" in page


def test_bad_input_37_a_body_in_chunks_is_refused_when_it_grows_too_large(echo):
    chunks = (b"x" * 65536 for _ in range(TOO_MUCH // 65536 + 1))
    answer, content = echo.ask(
        "POST", "/length", body=chunks, headers={"Transfer-Encoding": "chunked"}, chunked=True
    )
    assert answer.status == 413
    assert json.loads(content)["code"] == "too_large"


def test_a_client_that_asks_before_sending_is_told_not_to(echo):
    with socket.create_connection(("127.0.0.1", echo.port), timeout=10) as line:
        line.sendall(
            b"POST /length HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
            + f"Content-Length: {TOO_MUCH}\r\n\r\n".encode()
        )
        time.sleep(0.5)
        heard = line.recv(4000)
    assert heard.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in heard


def test_the_largest_body_allowed_passes_and_the_server_goes_on(echo):
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    size = settings.MAX_BODY_BYTES - len(head) - len(b"\r\n--b--\r\n")
    body = head + b"x" * size + b"\r\n--b--\r\n"
    answer, content = echo.ask(
        "POST", "/length", body=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert (answer.status, content) == (200, str(size).encode())


def test_a_socket_message_over_16_kib_closes_the_socket_with_1009(echo):
    async def talk():
        async with websockets.connect(f"ws://127.0.0.1:{echo.port}/") as line:
            await line.send("x" * 16384)
            assert await line.recv() == "x" * 16384
            await line.send("x" * 17000)
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(line.recv(), 10)
            return line.close_code

    assert asyncio.run(talk()) == 1009


@pytest.mark.parametrize("age", [0.0, 0.05, 0.7])
def test_stopping_closes_open_sockets_with_4012_and_ends_with_status_0(data, age):
    served = Served(data, "tests.jobs.echo_settings").start()

    async def hold_on():
        lines = [await websockets.connect(f"ws://127.0.0.1:{served.port}/") for _ in range(3)]
        await asyncio.sleep(age)
        served.process.send_signal(signal.SIGTERM)
        for line in lines:
            await asyncio.wait_for(line.wait_closed(), 20)
        return [line.close_code for line in lines]

    assert asyncio.run(hold_on()) == [4012, 4012, 4012]
    said, _ = served.process.communicate(timeout=45)
    assert served.process.returncode == 0, said
    assert "Traceback" not in said


def test_a_port_already_taken_is_said_plainly(echo, data):
    second = Served(data, "tests.jobs.echo_settings")
    done = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(echo.port)],
        cwd=ROOT, env=second.env, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Couldn't listen" in done.stderr
    assert "Traceback" not in done.stderr
