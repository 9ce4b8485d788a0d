"""T37: the logs of real processes hold one JSON object a line, the request's id, and nothing that a person wrote."""

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from tests.ports import free_port, listens

ROOT = Path(__file__).resolve().parents[2]
#: Stands in everything that is sent; nothing else contains it.
CANARY = "kanarienvogel"


class Refusing:
    """A mail server that knows nobody, and says whom it does not know."""

    def __init__(self):
        self.refused = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        self.refused += 1
        return f"550 5.1.1 <{address}>: there is no {address} here"


class Processes:
    """Web (gunicorn as deployed), web with sockets (Daphne) and worker on one SQLite database."""

    def __init__(self, place, smtp_port):
        self.place, self.running = place, {}
        self.env = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        } | {
            "CAUSEWAY_EMBEDDED": "1",
            "CAUSEWAY_DATA": str(place),
            "CANARY_SMTP_PORT": str(smtp_port),
            "DJANGO_SETTINGS_MODULE": "tests.operations.canary_settings",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
            "WEB_WORKERS": "1",
            "PYTHONPATH": str(ROOT),
            "TRUSTED_PROXIES": "127.0.0.1",
            "ALLOWED_HOSTS": "127.0.0.1",
        }
        self.manage("migrate", "--noinput", "-v0")
        stage = [sys.executable, "-m", "tests.operations.canary_stage"]
        self.token = subprocess.check_output(stage, cwd=ROOT, env=self.env, text=True, timeout=120).strip()

    def manage(self, *words):
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, check=True, timeout=180)

    def start(self, name, *command, port=None):
        with self.log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL, stderr=log
            )
        assert not port or listens(port, self.running[name]), self.log(name).read_text()

    def log(self, name):
        return self.place / f"{name}.log"

    def stop(self):
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


class Client:
    """A browser or program at one address, with cookies; ``ask`` answers with status, headers and body."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def ask(self, path, form=None, body=None, **headers):
        data = urllib.parse.urlencode(form).encode() if form is not None else body
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.base + path, data=data, headers=headers)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read().decode()

    def json(self, path, body, **headers):
        return self.ask(path, body=json.dumps(body).encode(), Content_Type="application/json", **headers)

    def raw(self, text):
        with socket.create_connection(("127.0.0.1", int(self.base.rpartition(":")[2])), timeout=10) as line:
            line.sendall(text.encode())
            line.settimeout(10)
            try:
                return line.recv(4096)
            except OSError:
                return b""


def sing(client, token):
    """Everything a person can send, with the canary in it; ids of requests by what they did."""
    ids = {}
    client.ask(
        f"/en/?q={CANARY}", User_Agent=CANARY, X_Request_Id=f"{CANARY}\u00e9"[:13], Referer=f"/{CANARY}"
    )
    assert client.ask(f"/en/{CANARY}/?{CANARY}=1")[0] == 404
    client.ask("/en/", Host=f"{CANARY}.example")
    client.ask("/en/", Cookie=f"session={CANARY}; csrf={CANARY}", Authorization=f"Bearer {CANARY}")
    page = client.ask("/accounts/login/")[2]
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    form = {"login": CANARY, "password": f"{CANARY}-password", "csrfmiddlewaretoken": csrf}
    client.ask("/accounts/login/", form)
    concern = {
        "category": "CUS-1", "division": "441900", "text": f"{CANARY} text " * 5, "wanted": f"{CANARY} wanted",
        "authority_named": CANARY, "language": "en", "sharing": "office_only", "on_behalf_of": CANARY,
        "contact": {"kind": "enterprise", "name": CANARY, "company": CANARY, "email": f"{CANARY}@example.invalid"},
    }  # fmt: skip
    program = {"Authorization": f"Token {token}", "Idempotency_Key": f"key-{client.base[-5:]}"}
    status, headers, body = client.json(
        "/api/v1/concerns/", concern, Idempotency_Key=program["Idempotency_Key"]
    )
    assert status == 201, body
    ids["filed"] = headers["X-Request-Id"]
    receipt = json.loads(body)
    case = f"/api/v1/cases/{receipt['reference']}"
    note = {"version": 1, "text": f"{CANARY} note"}
    assert client.json(f"{case}/moves/add_note/", note, **program)[0] == 200
    client.json(f"{case}/moves/{CANARY}/", note, **program)
    client.ask("/api/v1/concerns/", body=f'{{"{CANARY}": '.encode(), Content_Type="application/json")
    client.json("/api/v1/concerns/", {CANARY: CANARY, "category": CANARY}, Idempotency_Key=CANARY)
    client.ask(f"/api/v1/cases/?q={CANARY}", **program)
    client.ask(f"/api/v1/concerns/{receipt['reference']}/", X_Tracking_Code=f"1234{CANARY}")
    client.ask(f"/api/v1/concerns/{receipt['reference']}/", X_Tracking_Code=receipt["tracking_code"])
    client.ask("/browser-reports/", body=f"{CANARY}".encode(), Content_Type="application/csp-report")
    for how in ("crash", "double", "invalid", "suspicious", "cause", "thread", "warn", "task"):
        status, headers, _body = client.ask(
            f"/go-wrong/{how}/", {"word": CANARY}, X_Request_Id=f"{how}-0123456789abcdef"
        )
        assert status == {"suspicious": 400, "thread": 200, "warn": 200, "task": 200}.get(how, 500), how
        ids[how] = headers["X-Request-Id"]
        assert ids[how] == f"{how}-0123456789abcdef"
    client.raw(f"GET /{CANARY} HTTP/9.9\r\n{CANARY}\r\n\r\n")
    client.raw(f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{CANARY} : {CANARY}\r\n\r\n")
    client.raw(f"{CANARY}\r\n\r\n")
    client.raw(
        f"GET /ws/track/{CANARY}/?{CANARY} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nOrigin: http://{CANARY}.example\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    return ids, receipt


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """What the three processes wrote while the canary sang: lines by process, ids by server, receipts."""
    refusing = Refusing()
    post = Controller(refusing, hostname="127.0.0.1", port=free_port())
    post.start()
    processes = Processes(tmp_path_factory.mktemp("logs"), post.port)
    web, sockets = free_port(), free_port()
    try:
        gunicorn = [
            "-m",
            "gunicorn",
            "--config",
            "deploy/gunicorn.conf.py",
            "--worker-tmp-dir",
            str(processes.place),
        ]
        processes.start("web", *gunicorn, "--bind", f"127.0.0.1:{web}", "config.wsgi", port=web)
        processes.start("sockets", "manage.py", "serve", "--no-worker", "--port", str(sockets), port=sockets)
        processes.start("worker", "manage.py", "run_worker")
        sung = {
            name: sing(Client(port), processes.token) for name, port in (("web", web), ("sockets", sockets))
        }
        confirm = [sys.executable, "-m", "tests.operations.canary_confirm"]
        subprocess.run(confirm, cwd=ROOT, env=processes.env, check=True, timeout=120)
        end = time.monotonic() + 60
        worker = processes.log("worker")
        while time.monotonic() < end and (refusing.refused < 2 or worker.read_text().count("attempt") < 4):
            time.sleep(0.5)
        assert refusing.refused >= 2
    finally:
        processes.stop()
        post.stop()
    lines = {name: processes.log(name).read_text().splitlines() for name in processes.running}
    return lines, sung


def test_t37_not_one_line_holds_what_a_person_sent(logs):
    lines, sung = logs
    secrets = [CANARY, *(receipt["tracking_code"] for _ids, receipt in sung.values())]
    secrets += [receipt["reference"] for _ids, receipt in sung.values()]
    found = [
        (name, line)
        for name, written in lines.items()
        for line in written
        if any(secret in line for secret in secrets)
    ]
    assert found == []


def test_every_line_is_one_json_object(logs):
    lines, _sung = logs
    for name, written in lines.items():
        assert written, name
        for line in written:
            assert isinstance(json.loads(line), dict), (name, line)


def test_every_request_has_its_line_with_id_view_status_and_duration(logs):
    lines, sung = logs
    for name, (ids, _receipt) in sung.items():
        told = [json.loads(line) for line in lines[name]]
        requests = {line["request_id"]: line for line in told if line["event"] == "request"}
        assert len(requests) > 20
        assert all(
            line["view"] and line["method"] and line["status"] and "ms" in line for line in requests.values()
        )
        assert requests[ids["crash"]]["status"] == 500
        assert any(line.get("user_id") for line in requests.values())


def test_a_fault_is_told_by_class_and_place(logs):
    lines, sung = logs
    for name, (ids, _receipt) in sung.items():
        told = [json.loads(line) for line in lines[name]]
        faults = {line.get("request_id"): line for line in told if "error" in line}
        crash = faults[ids["crash"]]
        assert crash["error"] == "builtins.RuntimeError"
        assert any("canary_urls.py" in frame and "go_wrong" in frame for frame in crash["frames"])
        assert faults[ids["double"]]["error"] == "django.db.utils.IntegrityError"
        assert faults[ids["cause"]]["causes"][0]["error"] == "builtins.ValueError"


def test_what_a_request_left_to_the_worker_carries_its_id(logs):
    lines, sung = logs
    told = [json.loads(line) for line in lines["worker"]]
    for ids, _receipt in sung.values():
        of_request = [line for line in told if line.get("request_id") == ids["task"]]
        assert any("break_it failed on attempt 1" in line["event"] for line in of_request)


def test_a_socket_that_was_refused_has_its_line(logs):
    told = [json.loads(line) for line in logs[0]["sockets"]]
    refused = [line for line in told if line["event"] == "socket refused"]
    assert refused and all(line["request_id"] and line["socket"] == "track" for line in refused)
