"""The server is killed outright while somebody files: what was confirmed is there, what was not is sent once."""

import http.cookies
import re
import sqlite3
import urllib.parse
from http.client import RemoteDisconnected
from pathlib import Path

import pytest

from tests.feedback.answers import ANSWERS, address
from tests.jobs.test_serve import Served, data  # noqa: F401  # a database with the reference data

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


class Answer:
    def __init__(self, status, headers, content):
        self.status_code, self.content = status, content
        self.location = headers.get("Location", "")


class Browser:
    """Keeps cookies and sends the hidden fields back, as a browser without JavaScript does."""

    def __init__(self, served):
        self.served, self.cookies = served, {}

    def ask(self, method, path, body=None):
        headers = {
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            "Origin": self.served.env["SITE_ORIGIN"],
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(body)
        answer, content = self.served.ask(method, path, body=body, headers=headers)
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return Answer(answer.status, answer.headers, content)

    def hidden(self, page):
        html = page.content.decode()
        form = html[html.find("<main") :]
        pairs = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', form)
        return dict(pairs)

    def answer(self):
        for step, parts in ANSWERS.items():
            for part in parts if isinstance(parts, list) else [parts]:
                page = self.ask("GET", address(step))
                sent = self.ask("POST", address(step), {**self.hidden(page), **part})
                assert sent.status_code == 303, (step, sent.status_code)

    def send(self):
        page = self.ask("GET", address("check"))
        return self.ask("POST", address("check"), self.hidden(page))


def cases_in(served):
    base = sqlite3.connect(Path(served.env["CAUSEWAY_DATA"]) / "causeway.sqlite3")
    try:
        return base.execute(
            "SELECT reference, text FROM cases_case JOIN cases_statement ON case_id = cases_case.id ORDER BY cases_case.id"
        ).fetchall()
    finally:
        base.close()


@pytest.mark.parametrize("point", ["before_sending_commits", "after_sending_commits"])
def test_f01_f02_killed_while_sending_the_concern_is_there_exactly_once(data, point):  # noqa: F811
    served = Served(data, "config.settings")
    before = len(cases_in(served))
    served.env["FAIL_AT"] = f"{point}:1:exit"
    served.start()
    browser = Browser(served)
    browser.answer()
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        browser.send()
    served.process.wait(20)
    assert served.process.returncode == 137
    assert len(cases_in(served)) - before == (1 if point.startswith("after") else 0)

    del served.env["FAIL_AT"]
    served.start()
    try:
        sent = browser.ask("GET", address("check"))
        if sent.status_code == 200:  # nothing had been accepted: every answer is still there
            sent = browser.send()
        assert sent.location.endswith("/done/")
        page = browser.ask("GET", sent.location).content.decode()
    finally:
        served.stop()
    found = cases_in(served)[before:]
    assert len(found) == 1
    assert found[0][0] in page
    assert re.search(r"\d{4} \d{4} \d{4} \d{4}", page)  # also the tracking code was not lost
    assert found[0][1] == ANSWERS["what-happened"]["text"]


def test_p1_killed_right_after_the_confirmation_nothing_is_lost(data):  # noqa: F811
    served = Served(data, "config.settings").start()
    browser = Browser(served)
    browser.answer()
    browser.send()
    page = browser.ask("GET", address("done")).content.decode()
    served.process.kill()
    served.process.wait(20)
    reference = re.search(r"HKC-[0-9A-Z]{4}-[0-9A-Z]{4}", page)[0]
    assert reference in [row[0] for row in cases_in(served)]
    served.start()
    try:
        assert reference in browser.ask("GET", address("done")).content.decode()
    finally:
        served.stop()
