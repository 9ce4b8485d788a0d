"""A real gunicorn of two workers on PostgreSQL, and eight clients that keep it busy."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts.models import Role, User
from cases.actions import open_case
from cases.permissions import Actor
from feedback.browser import COOKIE
from feedback.models import Draft
from tests.bench.measuring import a_filing, line
from tests.feedback.answers import answer
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 8
#: Seconds of one turn, and how often each act has its turn.
TURN, TURNS = float(os.environ.get("BENCH_TURN", "3")), int(os.environ.get("BENCH_TURNS", "5"))

#: A request and what must stand in the first line of its answer.
Ask = Callable[[], tuple[bytes, bytes]]


@contextlib.contextmanager
def gunicorn(workers: int = 2, threads: int = 4) -> Iterator[int]:
    """The product and the bare views side by side in the same processes; gives the port."""
    port = free_port()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.bench.served_settings"}
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "tests.bench.served_site:application",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    command += ["--workers", str(workers), "--worker-class", "gthread", "--threads", str(threads)]
    command += ["--keep-alive", "0", "--log-level", "warning", "--no-control-socket"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        wait_for(port, process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            talk(port, get(port, "/bare/query/"))
            return
        assert process.poll() is None, "gunicorn ended"
        time.sleep(0.1)
    raise AssertionError("gunicorn did not start")


def get(port: int, address: str, **headers: str) -> bytes:
    return _request("GET", port, address, b"", headers)


def post(port: int, address: str, body: bytes, kind: str, **headers: str) -> bytes:
    return _request("POST", port, address, body, {"Content-Type": kind, **headers})


def _request(method: str, port: int, address: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {address} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def talk(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(request)
        parts = []
        while part := wire.recv(65536):
            parts.append(part)
    return b"".join(parts)


def rate(port: int, asks: list[Ask], seconds: float = TURN) -> float:
    """Answers a second that one client for each of ``asks`` gets, all at the same time."""
    until = time.perf_counter() + seconds
    done = [0] * len(asks)
    wrong: list[bytes] = []

    def client(n: int) -> None:
        try:
            while time.perf_counter() < until and not wrong:
                request, expected = asks[n]()
                answered = talk(port, request)
                if not answered.startswith(b"HTTP/1.1 " + expected):
                    wrong.append(answered[:1500])
                done[n] += 1
        finally:
            connection.close()  # this thread's own: asking may make cases, and the pool is small

    threads = [threading.Thread(target=client, args=[n]) for n in range(len(asks))]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[0].decode(errors="replace")
    return sum(done) / (time.perf_counter() - begun)


def compare(port: int, name: str, asks: list[Ask], baseline_name: str, baseline: str) -> None:
    """Turn by turn, so that noise falls on both; medians."""
    bare: list[Ask] = [lambda: (get(port, baseline), b"200")] * CLIENTS
    ours, theirs = [], []
    rate(port, asks, 1)
    for _ in range(TURNS):
        ours.append(rate(port, asks))
        theirs.append(rate(port, bare))
    line(name, statistics.median(ours), "/s", baseline_name, statistics.median(theirs))


# --- what is asked ----------------------------------------------------------------------------
def _mover(port: int, token: str) -> Ask:
    case, state = open_case(a_filing(), by=Actor.new_business()).case, {"seq": 0}

    def ask() -> tuple[bytes, bytes]:
        nonlocal case
        state["seq"] += 1
        if state["seq"] > 20:
            case, state["seq"] = open_case(a_filing(), by=Actor.new_business()).case, 1
        priority = "urgent" if state["seq"] % 2 else "normal"
        body = json.dumps({"version": state["seq"], "priority": priority, "reason": "bench"}).encode()
        address = f"/api/v1/cases/{case.reference}/moves/set_priority/"
        return post(port, address, body, "application/json", Authorization=f"Token {token}"), b"200"

    return ask


def move_by_eight() -> None:
    token, _made = Token.objects.get_or_create(user=User.objects.get(username="amina"))
    with gunicorn() as port:
        asks = [_mover(port, token.key) for _ in range(CLIENTS)]
        compare(port, "move over HTTP by 8 clients", asks, "bare view with one query", "/bare/query/")
        compare(port, "move over HTTP by 8 clients", asks, "bare view that writes three rows", "/bare/rows/")


CONCERN = {
    "category": "CUS-1",
    "division": "441900",
    "text": "货物自11月3日起被扣，无人说明原因。" * 20,
    "language": "zh-hans",
    "sharing": "office_only",
    "contact": {"kind": "enterprise", "name": "何先生", "company": "Harbour Lantern Trading Ltd (demo)"},
}


def _submitter(port: int, token: str) -> Ask:
    body = json.dumps(CONCERN).encode()

    def ask() -> tuple[bytes, bytes]:
        headers = {"Authorization": f"Token {token}", "Idempotency_Key": str(uuid.uuid4())}
        return post(port, "/api/v1/concerns/", body, "application/json", **headers), b"201"

    return ask


def submit_by_eight() -> None:
    partner, _made = User.objects.get_or_create(
        username="bench-partner", defaults={"role": Role.PARTNER, "name": "Bench"}
    )
    token, _made = Token.objects.get_or_create(user=partner)
    with gunicorn() as port:
        asks = [_submitter(port, token.key) for _ in range(CLIENTS)]
        compare(port, "submit by 8 clients (API)", asks, "bare view that writes three rows", "/bare/rows/")
        drafts = _drafts(int(TURN * TURNS * 400) + 500)
        step = [lambda: _last_step(port, next(drafts))] * CLIENTS
        compare(
            port, "submit by 8 clients (last step)", step, "bare view that writes three rows", "/bare/rows/"
        )


def _drafts(number: int) -> Iterator[str]:
    """The tokens of so many forms with all questions answered."""
    walker = Client(SERVER_NAME="127.0.0.1")
    answer(walker)
    answers = Draft.objects.get(key=Draft.key_of(walker.cookies[COOKIE].value)).answers
    now = timezone.now()
    tokens = [uuid.uuid4().hex for _ in range(number)]
    Draft.objects.bulk_create(
        Draft(key=Draft.key_of(token), answers=answers, updated_at=now, expires_at=now + timedelta(days=1))
        for token in tokens
    )
    return _shared(tokens)


class _shared:
    """One after the other, for several threads."""

    def __init__(self, items: list[str]) -> None:
        self._items, self._lock = iter(items), threading.Lock()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        with self._lock:
            return next(self._items)


def _last_step(port: int, token: str) -> tuple[bytes, bytes]:
    secret = "a" * 32
    body = f"csrfmiddlewaretoken={secret}&draft_version=1".encode()
    headers = {
        "Cookie": f"{COOKIE}={token}; {settings.CSRF_COOKIE_NAME}={secret}",
        "Origin": f"http://127.0.0.1:{port}",
    }
    return post(port, "/en/concerns/new/check/", body, "application/x-www-form-urlencoded", **headers), b"303"


def pages_by_eight() -> None:
    with gunicorn() as port:
        form: list[Ask] = [lambda: (get(port, "/en/concerns/new/for-whom/"), b"200")] * CLIENTS
        compare(port, "form step, GET by 8 clients", form, "bare view", "/bare/")


# --- memory -----------------------------------------------------------------------------------
def memory() -> None:
    """How far requests over large tables raise one worker; the peak counts, not what is left."""
    from tests.bench.measuring import CASES
    from tests.bench.sizes import OFFERED, fill

    fill(CASES)
    token, _made = Token.objects.get_or_create(user=User.objects.get(username="hana"))
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(User.objects.get(username="hana"))
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    connection.close()
    with gunicorn(workers=1, threads=1) as port:
        (worker,) = _children_of(port)
        addresses = ["/en/cases/", *(f"/en/cases/?{query}&size=100" for query in OFFERED)]
        addresses += ["/api/v1/cases/?page_size=100", "/api/v1/reports/summary/", "/en/reports/"]
        for address in addresses[:1] * 3:
            talk(port, get(port, address, Cookie=cookie))
        before = _peak(worker)
        for address in addresses:
            headers = (
                {"Authorization": f"Token {token.key}"} if address.startswith("/api") else {"Cookie": cookie}
            )
            answered = talk(port, get(port, address, **headers))
            assert answered.startswith(b"HTTP/1.1 200"), (address, answered[:300])
            line(f"memory after {address[:33]}", _peak(worker), "MB", "after the first pages", before)


def _children_of(port: int) -> list[int]:
    masters = subprocess.run(
        ["pgrep", "-f", f"127.0.0.1:{port}"], capture_output=True, text=True, check=True
    ).stdout.split()
    found = subprocess.run(
        ["pgrep", "-P", masters[0]], capture_output=True, text=True, check=True
    ).stdout.split()
    return [int(pid) for pid in found]


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = (row.split()[1] for row in status.splitlines() if row.startswith("VmHWM:"))
    return int(kilobytes) / 1024


BENCHES = {
    "move-http": move_by_eight,
    "submit-http": submit_by_eight,
    "form-http": pages_by_eight,
    "memory": memory,
}
LARGE = {"memory"}
