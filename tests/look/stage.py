"""A page in a real browser, against answers that the test gives: no server, no database."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET

STATIC = Path(settings.BASE_DIR, "build", "static")
ORIGIN = "http://localhost"


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


class Stage:
    """One page, the addresses it may ask for, and the server's end of its sockets."""

    def __init__(self, chromium):
        self.context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
        self.page = self.context.new_page()
        self.page.clock.install()
        self.faults, self.asked, self.sockets, self.heard = [], [], [], []
        self.answers = {}
        self.refuse = None
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.route("**/*", self._answer)
        self.page.route_web_socket("**/ws/**", self._socket)

    def _answer(self, route):
        path = route.request.url.removeprefix(ORIGIN)
        if path.startswith("/static/"):
            kind = "text/css" if path.endswith(".css") else "text/javascript"
            route.fulfill(body=(STATIC / path.removeprefix("/static/")).read_bytes(), content_type=kind)
            return
        self.asked.append(path)
        answer = self.answers.get(path, {"status": 404})
        route.fulfill(content_type="text/html; charset=utf-8", **answer)

    def _socket(self, socket):
        if self.refuse is not None:
            socket.close(code=self.refuse)
            return
        self.sockets.append(socket)
        socket.on_message(lambda text: self.heard.append(json.loads(text)))

    def open(self, body, script="public", lang="en-HK"):
        self.answers["/"] = {
            "body": f'<!doctype html><html lang="{lang}"><head><title>Case</title>'
            f'<link rel="stylesheet" href="/static/app.css"></head><body>{body}'
            f'<script type="module" src="/static/{script}.js"></script></body></html>'
        }
        self.page.goto(f"{ORIGIN}/")
        return self.page

    def say(self, **message):
        self.sockets[-1].send(json.dumps(message))

    def connected(self, times=1):
        """Wait until the page has said hello (so often)."""
        for _ in range(100):
            if len(self.heard) >= times:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("no hello")

    def until(self, expression):
        self.page.wait_for_function(expression, timeout=15000)

    def state(self, expected):
        self.until(f"document.getElementById('live-state').dataset.state === '{expected}'")


@pytest.fixture
def stage(chromium):
    stage = Stage(chromium)
    yield stage
    assert stage.faults == []
    stage.context.close()
