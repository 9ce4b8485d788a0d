"""A real server and a real browser: ``manage.py serve`` as a process, and Debian's Chromium without a screen."""

import json
import subprocess
import sys

import pytest
from playwright.sync_api import sync_playwright

from tests.jobs.test_serve import ROOT, Served
from tests.prepared import fill

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: Run in the server's own database before it starts; prints what the tests need to know as JSON.
PREPARE = """
import json
import django
django.setup()
from cases.actions import open_case
from cases.permissions import Actor
from tests.cast import PASSWORD, a_filing, make_cast, move, triage_inputs
cast = make_cast()
for person in cast.users.values():
    person.set_password(PASSWORD)
    person.save()
known = []
for _ in range(12):
    opened = open_case(a_filing(), by=Actor.new_business())
    move(opened.case, "triage", cast.staff("amina"), **triage_inputs(opened.case))
    move(opened.case, "ask", cast.staff("amina"), text="Which declaration number?")
    known.append([opened.case.reference, opened.tracking_code])
print(json.dumps(known))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of a running server, and cases whose question waits for an answer."""
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
    served.start()
    served.address = f"http://127.0.0.1:{served.port}"
    served.cases = iter(json.loads(prepared.stdout.splitlines()[-1]))
    yield served
    served.stop()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()
