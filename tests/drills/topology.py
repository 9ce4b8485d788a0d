"""The whole production set behind nginx and TLS: a concern from filing to answer, kills and a rolling restart under load."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import secrets
import socket
import ssl
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator

from websockets.sync.client import connect
from websockets.typing import Origin

from tests.drills import Report, sized
from tests.drills.clients import Client, Load, Officer, Partner, Visitor, a_concern, a_text, make_people
from tests.drills.invariants import examine
from tests.drills.ledger import Ledger, sum_of
from tests.drills.stack import Stack
from tests.drills.wire import Line, Site, hidden

#: Pages asked for each second while processes go and come (P12).
RATE = 5
#: A page that was open shall be told of changes again so soon after its process went. Seconds (P12).
SOCKETS_BACK = 10.0
ROUNDS = sized(5, 1)
#: The body of T44, in bytes, and what may stay of it on the disk at any moment.
HUGE, MOST_KEPT = sized(1024, 64) * 1024 * 1024, 20 * 1024 * 1024


def run(report: Report) -> None:
    with report.place() as place:
        ledger = Ledger(place / "ledger.jsonl")
        with Stack(place / "set", web=2, sockets=2, workers=3, tls=True, supervised=True) as stack:
            Topology(stack, ledger, report).run()
        ledger.close()


class Topology:
    def __init__(self, stack: Stack, ledger: Ledger, report: Report) -> None:
        self.stack, self.ledger, self.report = stack, ledger, report
        self.tokens = make_people(stack)
        self.context = ssl.create_default_context(cafile=str(stack.authority))

    def run(self) -> None:
        follower = self.journey()
        self.forged_headers_change_nothing()
        self.strange_hosts_get_nothing()
        self.huge_bodies_and_slow_senders()
        pages = [OpenPage(self, follower) for _ in range(4)]
        for page in pages:
            page.start()
        for page in pages:
            self.report.expect(page.up.wait(15), "a page could not open its socket")
        for _ in range(ROUNDS):
            with self.under_load("one web process and one worker killed with -9"):
                time.sleep(5)
                self.stack.kill("web-1")
                self.stack.kill("worker-1")
                time.sleep(3)
                self.stack.kill("sockets-1")
                time.sleep(12)
            with self.under_load("rolling restart"):
                self.roll()
        for page in pages:
            page.end()
        self.report.measured("longest time a page was without its socket", max(p.longest for p in pages), "s")
        self.report.expect(
            max(p.longest for p in pages) <= SOCKETS_BACK,
            f"P12: a socket was away for more than {SOCKETS_BACK} s",
        )
        examine(self.stack, self.ledger.path, self.report)
        self.logs_keep_secrets()

    def site(self) -> Site:
        return Site(
            self.stack.url, self.ledger, self.report, patience=90, authority=str(self.stack.authority)
        )

    # --- the journey ----------------------------------------------------------------------------
    def journey(self) -> Follower:
        """Filed through the API, followed on a page with a socket, answered by staff, told by mail."""
        line, text = Line(self.site()), a_text()
        key = secrets.token_hex(16)
        facts = a_concern(text, f"{key}@example.invalid") | {"sharing": "named"}
        answer = line.send_json("/api/v1/concerns/", facts, key)
        assert answer is not None and answer.status == 201, answer
        filed = answer.json()
        self.ledger.note("tried", key=key)
        self.ledger.note("filed", key=key, reference=filed["reference"], text=sum_of(text), files=[])
        follower = Follower(self.site(), filed["reference"], filed["tracking_code"])
        cookies = set(follower.line.cookies)
        self.report.expect(
            {"__Host-session", "__Host-csrf"} <= cookies,
            f"cookies without the __Host- prefix: {sorted(cookies)}",
        )
        # Four sockets, so that both Daphnes hold some; the move is made by a gunicorn that holds none.
        waiting = [OpenPage(self, follower) for _ in range(4)]
        for page in waiting:
            page.start()
        for page in waiting:
            page.up.wait(15)
        officer = Line(self.site(), self.tokens["amina"])
        began = time.monotonic()
        self.move(officer, filed["reference"], "send_message")
        for page in waiting:
            self.report.expect(
                page.told.wait(5), "an open page was not told of the officer's message within 5 s"
            )
        self.report.measured(
            "from the officer's click to the last of 4 open pages", time.monotonic() - began, "s"
        )
        for page in waiting:
            page.end()
        self.report.expect(self.mail_for(key), "no mail arrived within 60 s")
        self.report.did("journey: filed, followed, answered, told by mail, through nginx and TLS", 1)
        return follower

    def move(self, officer: Line, reference: str, move: str) -> None:
        opened = officer.insist("GET", f"/api/v1/cases/{reference}/")
        assert opened is not None and opened.status == 200, opened
        text = a_text()
        told = {"reference": reference, "move": move, "text": sum_of(text)}
        self.ledger.note("began", **told)
        facts = {"text": text, "version": opened.json()["version"]}
        done = officer.send_json(f"/api/v1/cases/{reference}/moves/{move}/", facts)
        if self.report.expect(done is not None and done.status == 200, f"the officer's {move}: {done}"):
            assert done is not None
            self.ledger.note("moved", seq=done.json()["seq"], **told)

    def mail_for(self, name: str) -> bool:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if any(
                name in letter.read_text(errors="replace") for letter in self.stack.place.glob("mail/new/*")
            ):
                return True
            time.sleep(0.3)
        return False

    # --- what comes from outside (T42, T43, T44) --------------------------------------------------
    def forged_headers_change_nothing(self) -> None:
        """T43: whoever tries codes is counted by the address nginx saw, whatever else is claimed."""
        line = Line(self.site())
        statuses = []
        for n in range(30):
            forged = {
                "X-Tracking-Code": f"{n:016d}", "X-Forwarded-For": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}",
                "X-Real-IP": f"203.0.113.{n}", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example",
                "Daphne-Root-Path": "/evil", "Script-Name": "/evil",
            }  # fmt: skip
            answer = line.ask("GET", "/api/v1/concerns/HKC-0000-0000/", headers=forged)
            statuses.append(answer.status if answer else 0)
        self.report.expect(
            429 in statuses, f"T43: 30 wrong codes under 30 claimed addresses: {Counter(statuses)}"
        )
        self.report.expect(301 not in statuses, "T43: a claimed scheme was believed")
        self.report.did("tries with forged forwarding headers (T43)", len(statuses))

    def strange_hosts_get_nothing(self) -> None:
        """T42: another name gets no page and no certificate; plain HTTP gets a redirect to the origin alone."""
        refused = 0
        try:
            self.raw(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", name="evil.example")
        except ssl.SSLError:
            refused += 1
        answer = self.raw(b"GET /en/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        self.report.expect(
            refused == 1 and b" 200 " not in answer[:20], f"T42: evil.example: {answer[:60]!r}"
        )
        with socket.create_connection(("127.0.0.1", self.stack.port("http")), 10) as plain:
            plain.sendall(b"GET /en/?a=b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            head = plain.recv(4096).decode()
        self.report.expect(f"Location: {self.stack.url}/en/?a=b" in head, f"plain HTTP: {head[:200]!r}")
        self.report.did("requests for strange hosts, and over plain HTTP (T42)", 3)

    def raw(self, sent: bytes, name: str = "localhost") -> bytes:
        plain = socket.create_connection(("127.0.0.1", self.stack.port("https")), 20)
        context = ssl.create_default_context(cafile=str(self.stack.authority))
        context.check_hostname = False
        with context.wrap_socket(plain, server_hostname=name) as line:
            line.sendall(sent)
            return line.recv(4096)

    def huge_bodies_and_slow_senders(self) -> None:
        """T44: a body without end is refused early and leaves little on the disk; who trickles is cut off."""
        began, most, sent, status, told = time.monotonic(), 0, 0, 0, b""
        line = http.client.HTTPSConnection(
            "localhost", self.stack.port("https"), timeout=30, context=self.context
        )
        line.putrequest("POST", "/api/v1/concerns/")
        line.putheader("Transfer-Encoding", "chunked")
        line.putheader("Content-Type", "application/json")
        line.endheaders()
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        with contextlib.suppress(OSError):
            while sent < HUGE:
                line.send(chunk)
                sent += 65536
                most = max(most, self.temporary())
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = line.getresponse()
            status, told = answer.status, answer.read()
        line.close()
        self.report.measured(
            "sent of a body without end, all thrown away after the refusal (T44)", sent / 2**20, "MiB"
        )
        self.report.measured("kept of it on the disk at most", most / 2**20, "MiB")
        self.report.measured("the time it took", time.monotonic() - began, "s")
        self.report.expect(
            status in (413, 0) and most < MOST_KEPT, f"T44: answered {status}, {most} bytes kept"
        )
        self.report.expect(not status or b'"too_large"' in told, f"T44: a program was told {told[:200]!r}")
        for what, head in {
            "headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            "a body": b"POST /api/v1/concerns/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
        }.items():
            self.report.measured(f"somebody who trickles {what} is cut off after", self.trickle(head), "s")

    def trickle(self, head: bytes) -> float:
        """A byte every 2 seconds at first, then none: how long the line holds. Violation after 40 s."""
        began = time.monotonic()
        plain = socket.create_connection(("127.0.0.1", self.stack.port("https")), 10)
        with self.context.wrap_socket(plain, server_hostname="localhost") as line:
            line.settimeout(1)
            line.sendall(head)
            while time.monotonic() - began < 40:
                if time.monotonic() - began < 8:
                    line.sendall(b"x")
                try:
                    if not line.recv(4096):
                        return time.monotonic() - began
                except TimeoutError:
                    continue
                except OSError:
                    return time.monotonic() - began
        self.report.violation("T44: a slow sender was not cut off in 40 s")
        return 40.0

    def temporary(self) -> int:
        """Bytes nginx keeps of bodies that are not whole yet."""
        folder = self.stack.place / "deploy" / "temporary-client_body"
        total = 0
        for path in folder.glob("**/*"):
            with contextlib.suppress(OSError):
                total += path.stat().st_size if path.is_file() else 0
        return total

    # --- under load -------------------------------------------------------------------------------
    @contextlib.contextmanager
    def under_load(self, what: str) -> Iterator[None]:
        """Pages asked for at RATE, and people who file, add and answer; nobody may notice (P12)."""
        site = self.site()
        clients: list[Client] = [Visitor(site), Partner(site, self.tokens["partner0"]), Partner(site, self.tokens["partner1"]),
                                 Officer(site, self.tokens["amina"])]  # fmt: skip
        readers = [Reader(self.site(), path) for path in ("/en/", "/zh-hant/guidance/", "/en/track/")]
        load = Load(site, clients)
        with load:
            for reader in readers:
                reader.start()
            yield
            for reader in readers:
                reader.end()
        asked = sum((reader.statuses for reader in readers), Counter[str]())
        failed = {status: count for status, count in asked.items() if status[0] not in "23"}
        self.report.did(f"{what}: pages asked for", asked.total())
        self.report.measured(f"{what}: slowest page", max(reader.slowest for reader in readers), "s")
        self.report.expect(not failed, f"P12, {what}: pages not served: {failed}")
        tally = ", ".join(f"{status} ×{count}" for status, count in sorted(site.tally.items()))
        self.report.did(
            f"{what}: answers to people at work: {tally}; turns {load.done()}", site.tally.total()
        )

    def roll(self) -> None:
        """What deploy/restart does: one after another, each waited for."""
        for name in self.stack.names:
            began = time.monotonic()
            self.stack.restart(name)
            if not name.startswith("worker"):
                self.wait_for(name)
            self.report.measured(f"{name} restarted", time.monotonic() - began, "s")

    def wait_for(self, name: str) -> None:
        kind, number = name.split("-")
        run = self.stack.place / "run"
        path = (
            run / "causeway" / f"{name}.sock"
            if kind == "web"
            else run / f"causeway-sockets-{number}" / "daphne.sock"
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
                line.settimeout(10)
                line.connect(str(path))
                line.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
                )
                if b" 200 " in line.recv(200):
                    return
            time.sleep(0.2)
        self.report.violation(f"{name} does not serve 60 s after its restart")

    # --- afterwards ---------------------------------------------------------------------------------
    def logs_keep_secrets(self) -> None:
        """T03: no tracking code, no link, no reference of the journey stands in a log."""
        needles = {Follower.last_code, Follower.last_code_spaced, Follower.last_reference}
        for log in sorted((self.stack.place / "logs").glob("*")):
            if log.name.startswith(("postgres", "mail")):
                continue
            text = log.read_text(errors="replace")
            for needle in needles:
                self.report.expect(needle not in text, f"T03: {log.name} holds {needle[:4]}…")
        self.report.did("logs searched for what opens a case (T03)", len(needles))


class Follower:
    """A browser session that has opened its case with the tracking code."""

    last_code = last_code_spaced = last_reference = ""

    def __init__(self, site: Site, reference: str, code: str) -> None:
        self.reference = reference
        self.line = Line(site)
        Follower.last_code, Follower.last_reference = code.replace(" ", ""), reference
        Follower.last_code_spaced = code
        page = self.line.insist("GET", "/en/track/")
        assert page is not None
        fields = hidden(page) | {"reference": reference, "code": code}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        sent = self.line.insist("POST", "/en/track/", urllib.parse.urlencode(fields).encode(), headers)
        assert sent is not None and sent.status == 303, (
            sent,
            sent and re.sub(rb"<[^>]*>", b" ", sent.content)[-800:],
        )

    @property
    def cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.line.cookies.items())


class OpenPage(threading.Thread):
    """A page with its socket: connects again as the page's script does, and knows how long it was without."""

    def __init__(self, topology: Topology, follower: Follower) -> None:
        super().__init__(daemon=True)
        self.topology, self.follower = topology, follower
        self.up, self.told = threading.Event(), threading.Event()
        self._over = threading.Event()
        self.longest = 0.0

    def run(self) -> None:
        stack = self.topology.stack
        away_since = time.monotonic()
        first = True
        while not self._over.is_set():
            try:
                with connect(
                    f"{stack.socket_url}/ws/track/{self.follower.reference}/", ssl=self.topology.context, origin=Origin(stack.url),
                    additional_headers={"Cookie": self.follower.cookies}, open_timeout=10,
                ) as line:  # fmt: skip
                    line.send(json.dumps({"t": "hello", "after": 0}))
                    while not self._over.is_set():
                        try:
                            frame = json.loads(line.recv(timeout=0.5))
                        except TimeoutError:
                            continue
                        if frame["t"] == "welcome":
                            self.longest = max(self.longest, 0 if first else time.monotonic() - away_since)
                            first = False
                            self.up.set()
                        elif frame["t"] == "changed":
                            self.told.set()
                    return
            except Exception:
                if self.up.is_set():
                    away_since = time.monotonic()
                    self.up.clear()
            self._over.wait(0.5 + secrets.randbelow(500) / 1000)

    def end(self) -> None:
        self._over.set()
        self.join(20)


class Reader(threading.Thread):
    """Asks for one page again and again, RATE/3 times a second, and counts what came."""

    def __init__(self, site: Site, path: str) -> None:
        super().__init__(daemon=True)
        self.line, self.path = Line(site), path
        self.statuses: Counter[str] = Counter()
        self.slowest = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(3 / RATE):
            began = time.monotonic()
            answer = self.line.ask("GET", self.path)
            self.statuses[str(answer.status) if answer else "lost"] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)

    def end(self) -> None:
        self._over.set()
        self.join(90)
