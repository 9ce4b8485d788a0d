"""Speed as ratios: each figure beside a bare baseline measured in the same interleaved run. Run by ``script/bench``.

One line each: ``name  value unit  vs  baseline value  ratio``. Absolute figures depend on the machine; only the
ratios mean anything.
"""

import itertools
import os
import re
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.client import ClientHandler
from django.urls import path

from accounts.models import User
from cases.actions import open_case, perform
from cases.filing import Filing
from cases.models import Case
from cases.permissions import Actor
from routing.models import Category, Division

PASSES = int(os.environ.get("BENCH_PASSES", "60"))
#: Sizes at which list pages are compared.
SMALL, LARGE = int(os.environ.get("BENCH_SMALL", "10000")), int(os.environ.get("BENCH_LARGE", "100000"))

_numbers = itertools.count()


def bare_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("", bare_view)]


class BareClient(Client):
    """Asks the bare view through Django without any middleware."""

    def __init__(self) -> None:
        super().__init__(SERVER_NAME="127.0.0.1")
        self.handler = ClientHandler(enforce_csrf_checks=False)
        with override_settings(MIDDLEWARE=[]):
            self.handler.load_middleware()

    def ask(self) -> None:
        with override_settings(ROOT_URLCONF="tests.bench"):
            assert self.get("/").status_code == 200


def interleaved(*acts: Callable[[], object], passes: int = PASSES) -> list[float]:
    """Median milliseconds of each act, taken in turns so that noise falls on all alike."""
    for act in acts:
        act()
    times: list[list[float]] = [[] for _ in acts]
    for _ in range(passes):
        for kept, act in zip(times, acts, strict=True):
            begun = time.perf_counter()
            act()
            kept.append((time.perf_counter() - begun) * 1000)
    return [statistics.median(kept) for kept in times]


def line(name: str, value: float, baseline_name: str, baseline: float) -> None:
    print(
        f"{name:<44}{value:9.2f} ms  vs  {baseline_name:<34}{baseline:9.2f} ms   {value / baseline:7.2f}x",
        flush=True,
    )


def a_filing() -> Filing:
    return Filing(
        key=f"bench:{uuid.uuid4()}",
        category=Category.objects.get(pk="CUS-1"),
        division=Division.objects.get(pk="441900"),
        text="货物自11月3日起被扣，无人说明原因。" * 20,
        language="zh-hans",
        sharing="office_only",
        filer_kind="enterprise",
        name="何先生",
        company="Harbour Lantern Trading Ltd (demo)",
    )


def three_rows() -> None:
    """What any system must do to accept something: three rows in one transaction."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for _ in range(3):
            cursor.execute("INSERT INTO bench_row (words) VALUES (%s)", ["x" * 400])
        cursor.execute("COMMIT")


def raw_move() -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM bench_row WHERE id = 1 FOR UPDATE")
        cursor.execute("UPDATE bench_row SET words = %s WHERE id = 1", [str(next(_numbers))])
        cursor.execute("INSERT INTO bench_row (words) VALUES ('event')")
        cursor.execute("COMMIT")


def filing() -> None:
    accept, rows = interleaved(lambda: open_case(a_filing(), by=Actor.new_business()), three_rows)
    line("accept a concern (in process)", accept, "three bare rows", rows)


def one_move() -> None:
    case = open_case(a_filing(), by=Actor.new_business()).case
    amina = Actor.staff(User.objects.get(username="amina"))
    state = {"seq": 1, "urgent": False}

    def move() -> None:
        state["urgent"] = not state["urgent"]
        event = perform(
            case,
            "set_priority",
            by=amina,
            version=state["seq"],
            priority="urgent" if state["urgent"] else "normal",
            reason="bench",
        )
        state["seq"] = event.seq

    took, raw = interleaved(move, raw_move)
    line("one move (in process)", took, "bare lock, update, insert", raw)


def form_step() -> None:
    bare, client = BareClient(), Client(SERVER_NAME="127.0.0.1")
    address = "/en/concerns/new/for-whom/"
    get, bare_get = interleaved(lambda: _expect(client.get(address), 200), bare.ask)
    line("form step, GET", get, "bare Django view", bare_get)

    def post() -> None:
        response = client.post(address, {**FORM_ANSWER, **_hidden(client.get(address))})
        assert response.status_code in (302, 303), response.status_code

    took, bare_post = interleaved(post, bare.ask)
    line("form step, GET and POST to redirect", took, "bare Django view", bare_post)


FORM_ANSWER = {"for_whom": "own"}


def _hidden(response: Any) -> dict[str, str]:
    page = response.content.decode()
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', page)
    values = {}
    for tag in found:
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            values[name[1]] = value[1] if value else ""
    return values


def _expect(response: Any, status: int) -> None:
    assert response.status_code == status, response.status_code


def case_page() -> None:
    bare, client = BareClient(), Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username="amina"))
    case = open_case(a_filing(), by=Actor.new_business()).case
    address = f"/en/cases/{case.reference}/"
    took, base = interleaved(lambda: _expect(client.get(address), 200), bare.ask)
    line("case page", took, "bare Django view", base)


def queue_page() -> None:
    bare = BareClient()
    times = {}
    for size in (SMALL, LARGE):
        have = Case.objects.count()
        if have < size:
            call_command("seed_demo", cases=size - have, bulk=True, verbosity=0)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(User.objects.get(username="hana"))
        took, base = interleaved(partial(_open_queue, client), bare.ask)
        times[size] = took
        line(f"queue page at {size:,} cases", took, "bare Django view", base)
    line(f"queue page at {LARGE:,}", times[LARGE], f"queue page at {SMALL:,}", times[SMALL])


def _open_queue(client: Client) -> None:
    _expect(client.get("/en/cases/"), 200)


BENCHES = {
    "filing": filing,
    "move": one_move,
    "form": form_step,
    "case": case_page,
    "queue": queue_page,
}


def main(names: list[str]) -> None:
    unknown = set(names) - set(BENCHES)
    if unknown:
        raise SystemExit(f"bench: {', '.join(sorted(unknown))} is not one of {', '.join(BENCHES)}")
    call_command("migrate", verbosity=0)
    call_command("load_reference", verbosity=0)
    call_command("seed_demo", cases=0, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_row (id serial PRIMARY KEY, words text)")
        cursor.execute("INSERT INTO bench_row (words) VALUES ('first')")
    print(f"on {connection.vendor}, {PASSES} interleaved passes, medians; debug {settings.DEBUG}")
    for name in names or BENCHES:
        BENCHES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
