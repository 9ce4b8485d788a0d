"""T15: forty hostile texts, each in every column of words, and every page as every role in a real browser."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.walk import PAYLOADS, WALKERS, Walk, plant, prepare
from tests.drills import Report, sized
from tests.jobs.test_serve import Served
from tests.prepared import make


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        served = Served(Path(folder), "config.settings")
        make(served.env)
        prepared = prepare(served)
        served.start()
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            for number in range(sized(len(PAYLOADS), 3)):
                _one(report, served, chromium, prepared, number)
        finally:
            chromium.close()
            served.stop()


def _one(report: Report, served: Served, chromium: object, prepared: dict, number: int) -> None:
    plant(served, number)
    walk = Walk(chromium, f"http://127.0.0.1:{served.port}")
    for role in WALKERS:
        pages = [page for page in prepared["pages"][role] if not page.startswith("/admin/routing/")]
        walk.pages(role, prepared["cookies"][role], pages, ("en",))
    report.did(f"pages opened with {PAYLOADS[number]}", walk.opened)
    for problem in walk.problems:
        report.violation(f"{PAYLOADS[number]!r}: {problem}")
