"""Taking turns, medians, and the line that is printed."""

import itertools
import os
import statistics
import time
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.test import Client, override_settings
from django.test.client import ClientHandler

from cases.filing import Filing
from routing.models import Category, Division

PASSES = int(os.environ.get("BENCH_PASSES", "60"))
#: How many cases the big tables have, beside the small ones of 10,000.
SMALL, CASES = 10_000, int(os.environ.get("BENCH_CASES", "100000"))

_numbers = itertools.count()


def line(name: str, value: float, unit: str, baseline_name: str, baseline: float) -> None:
    print(
        f"{name:<46}{value:10.2f} {unit:<4} vs  {baseline_name:<40}{baseline:10.2f} {unit:<4} {value / baseline:8.2f}x",
        flush=True,
    )


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


class _BareHandler(ClientHandler):
    """Django without middleware, asked for ``tests.bench.bare`` whatever the address."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=False)
        with override_settings(MIDDLEWARE=[]):
            self.load_middleware()

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        request.urlconf = "tests.bench.bare"
        return super().get_response(request)


class BareClient(Client):
    """Asks bare views. The addresses of the product stay resolved meanwhile: both sides are warm."""

    def __init__(self) -> None:
        super().__init__(SERVER_NAME="127.0.0.1")
        self.handler = _BareHandler()

    def ask(self) -> None:
        expect(self.get("/bare/"), 200)


def expect(response: Any, status: int) -> Any:
    assert response.status_code == status, (response.status_code, response.content[:2000])
    return response


def a_filing() -> Filing:
    return Filing(
        key=f"bench:{uuid.uuid4()}",
        category=_reference(Category, "CUS-1"),
        division=_reference(Division, "441900"),
        text="货物自11月3日起被扣，无人说明原因。" * 20,
        language="zh-hans",
        sharing="office_only",
        filer_kind="enterprise",
        name="何先生",
        company="Harbour Lantern Trading Ltd (demo)",
    )


@cache
def _reference(model: Any, code: str) -> Any:
    return model.objects.get(pk=code)


def make_bench_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_row (id serial PRIMARY KEY, words text)")
        cursor.execute("INSERT INTO bench_row (words) VALUES ('first')")


def three_rows() -> None:
    """What any system must do to accept something: three rows in one transaction."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for _ in range(3):
            cursor.execute("INSERT INTO bench_row (words) VALUES (%s)", ["x" * 400])
        cursor.execute("COMMIT")


def raw_move() -> None:
    """What any system must do to change something and remember it."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM bench_row WHERE id = 1 FOR UPDATE")
        cursor.execute("UPDATE bench_row SET words = %s WHERE id = 1", [str(next(_numbers))])
        cursor.execute("INSERT INTO bench_row (words) VALUES ('event')")
        cursor.execute("COMMIT")
