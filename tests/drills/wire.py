"""How the clients of the drills speak with the site: over a line of their own, counted, patient, cut off on purpose."""

from __future__ import annotations

import http.client
import http.cookies
import itertools
import json
import random
import re
import socket
import ssl
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.drills import Report
from tests.drills.ledger import Ledger

#: Answers after which the same request is sent again: nobody is there, or somebody holds the row.
AGAIN = (429, 502, 503, 504)
_numbers = itertools.count(1)


@dataclass
class Answer:
    status: int
    headers: Any
    content: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.content)
        except ValueError:
            return {}

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", ""))


@dataclass
class Site:
    """Where clients go and what they share. ``tally`` counts every answer by its status, lost ones as "lost"."""

    url: str
    ledger: Ledger
    report: Report
    #: A client gives a request up after so many seconds of trying.
    patience: float = 60.0
    #: Answers that are no violation beside the usual ones.
    fine: tuple[int, ...] = ()
    #: The certificates to believe, if the site speaks TLS: a file.
    authority: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    tally: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._strange: set[str] = set()
        parts = urllib.parse.urlsplit(self.url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80

    def connect(self, source: str) -> http.client.HTTPConnection:
        """A line to the site from this address of the loopback; with TLS if the site asks for it."""
        where: dict[str, Any] = {"timeout": 75, "source_address": (source, 0)}
        if not self.authority:
            return http.client.HTTPConnection(self.host, self.port, **where)
        context = ssl.create_default_context(cafile=self.authority)
        return http.client.HTTPSConnection(self.host, self.port, context=context, **where)

    def count(self, what: str) -> None:
        with self._lock:
            self.tally[what] += 1

    def strange(self, method: str, path: str, answer: Answer) -> None:
        """An answer that nobody should ever get: a violation, told once for each kind of address."""
        place = re.sub(r"HKC-[0-9A-Z-]+|[0-9a-f-]{36}", "…", path)
        kind = f"{method} {place} was answered {answer.status}"
        with self._lock:
            if kind in self._strange:
                return
            self._strange.add(kind)
        words = re.sub(r"<[^>]*>", " ", answer.content.decode(errors="replace"))
        self.report.violation(f"{kind}: {' '.join(words.split())[:300]}")


class Line:
    """One client's way to the site, from an address of its own, with its cookies."""

    def __init__(self, site: Site, token: str = "") -> None:
        self.site, self.token, self.cookies = site, token, dict[str, str]()
        number = next(_numbers)
        self.source = f"127.{1 + number // 60000 % 200}.{number // 250 % 250}.{1 + number % 250}"

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer | None:
        """One request; None if no whole answer came."""
        sent = {"Origin": self.site.url, "Accept": "text/html,application/json", **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Token {self.token}"
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        begun = time.monotonic()
        line = self.site.connect(self.source)
        try:
            line.request(method, path, body=body, headers=sent)
            got = line.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        except (OSError, http.client.HTTPException):
            self.site.count("lost")
            return None
        finally:
            line.close()
        self.site.count(str(answer.status))
        self.site.slowest = max(self.site.slowest, time.monotonic() - begun)
        for told in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(told).items():
                self.cookies[name] = morsel.value
        return answer

    def insist(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer | None:
        """Ask until there is an answer that is not "later"; None if patience ran out.

        Stops sooner once the drill is over and the site has answered, so that no client holds up the end.
        """
        deadline = time.monotonic() + self.site.patience
        while True:
            answer = self.ask(method, path, body, headers)
            busy = answer is not None and answer.status == 409 and answer.json().get("code") == "busy"
            if (
                answer is not None
                and (answer.status == 503 or busy)
                and not answer.headers.get("Retry-After")
            ):
                self.site.strange(method, f"{path} (without Retry-After)", answer)
            if answer is not None and answer.status not in AGAIN and not busy:
                if answer.status >= 500:
                    self.site.strange(method, path, answer)
                return answer
            if time.monotonic() > deadline:
                return None
            time.sleep(random.uniform(0.1, 0.5))

    def send_json(self, path: str, facts: dict[str, Any], key: str = "", again: bool = True) -> Answer | None:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        body = json.dumps(facts).encode()
        return (self.insist if again else self.ask)("POST", path, body, headers)


def hidden(page: Answer) -> dict[str, str]:
    """The form's hidden fields, as a browser sends them back."""
    html = page.content.decode()
    form = html[html.find("<main") :]
    pairs = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', form)
    return dict(pairs)


def multipart(fields: dict[str, str], file: bytes, name: str = "evidence.txt") -> tuple[bytes, str]:
    """A form with one file: body and content type."""
    edge = uuid.uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
        for k, v in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
    return b"".join([*parts, head.encode(), file, f"\r\n--{edge}--\r\n".encode()]), (
        f"multipart/form-data; boundary={edge}"
    )


def cut_off(site: Site, line: Line, path: str, body: bytes, kind: str, after: int) -> None:
    """Send a request whose body breaks off after so many bytes, as a lost connection does."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {site.host}:{site.port}\r\nOrigin: {site.url}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nCookie: {'; '.join(f'{k}={v}' for k, v in line.cookies.items())}\r\n\r\n"
    )
    with socket.create_connection((site.host, site.port), timeout=10) as raw:
        raw.sendall(head.encode() + body[:after])
        time.sleep(0.05)
        # Closed with a reset, not politely.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
