"""The same at 10,000 cases and at many more: lists, filters, orders, deep pages, moves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from django.core.management import call_command
from django.db import connection, connections

from cases.models import Case
from cases.paging import _pack
from tests.bench.measuring import CASES, PASSES, SMALL, BareClient, interleaved, line, raw_move
from tests.bench.pages import look_at, signed_in
from tests.bench.writes import mover

#: Every order and filter that the queue offers, alone.
OFFERED = (
    *(
        f"ordering={order}"
        for order in ("-due_on", "received_at", "-received_at", "updated_at", "-updated_at")
    ),
    "state=any&ordering=-updated_at",
    *(f"state={state}" for state in ("received", "referred", "closed", "ended", "withdrawn")),
    "office=GDETO",
    "category=CUS",
    "category=CUS-1",
    "division=440000",
    "assignee=nobody",
    "assignee=amina",
    "priority=urgent",
    "waiting_for=authority",
    "overdue=yes",
    "language=zh-hant",
    "state=ended&assignee=amina",
    "state=any&created_before=2024-06-01T00:00:00%2B08:00",
    "state=any&office=GDETO&category=CUS-1&division=440300&language=en&priority=urgent",
)


@cache
def _sizes() -> dict[int, Any]:
    """A connection to a database of each size. The small one is copied before the tables grow."""
    fill(SMALL)
    name = connection.settings_dict["NAME"]
    connection.close_pool()
    connection.close()
    apart = _connection("template1")  # a database can be copied only while nobody is connected to it
    with apart.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}_small TEMPLATE {name}")
    apart.close()
    fill(CASES)
    return {size: _connection(database) for size, database in ((SMALL, f"{name}_small"), (CASES, name))}


def fill(size: int) -> None:
    """Let there be so many cases, and the planner know of them."""
    if Case.objects.filter(filing_key__startswith="bulk:").count() < size:
        call_command("seed_demo", cases=size, bulk=True, verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _connection(database: str) -> Any:
    made = connections.create_connection("default")
    made.settings_dict = copy.deepcopy(made.settings_dict)
    made.settings_dict["NAME"] = database
    made.settings_dict["OPTIONS"].pop("pool", None)
    made.settings_dict["CONN_MAX_AGE"] = None
    return made


@contextmanager
def _at(size: int) -> Iterator[None]:
    usual, connections["default"] = connections["default"], _sizes()[size]
    try:
        yield
    finally:
        connections["default"] = usual


def at(size: int, act: Callable[[], None]) -> Callable[[], None]:
    """The act, done in the database of that size."""

    def acting() -> None:
        with _at(size):
            act()

    return acting


def lists(name: str, username: str, address: str, passes: int = PASSES) -> None:
    acts = []
    for size in (SMALL, CASES):
        with _at(size):
            acts.append(at(size, partial(look_at, signed_in(username), address)))
    small, large, bare = interleaved(*acts, BareClient().ask, passes=passes)
    line(f"{name} at {SMALL:,}", small, "ms", "bare Django view", bare)
    line(f"{name} at {CASES:,}", large, "ms", f"{name} at {SMALL:,}", small)


def queue() -> None:
    lists("queue, headquarters", "hana", "/en/cases/")
    lists("queue, one office", "amina", "/en/cases/")


def api_list() -> None:
    lists("API list of 50", "hana", "/api/v1/cases/?page_size=50")


def offered() -> None:
    """Each filter and order beside the default page, at the large size."""
    for username in ("hana", "amina"):
        with _at(CASES):
            client = signed_in(username)
        default = at(CASES, partial(look_at, client, "/en/cases/"))
        for query in OFFERED:
            act = at(CASES, partial(look_at, client, f"/en/cases/?{query}"))
            took, base = interleaved(act, default, passes=max(5, PASSES // 6))
            line(f"{username}: {query[:37]}", took, "ms", f"default queue at {CASES:,}", base)


def deepest() -> None:
    """The last page, and one in the middle, beside the first."""
    with _at(CASES):
        client = signed_in("hana")
        last = f"?state=any&cursor={_pack(['b', 'due_on'])}"
        middle = f"?state=any&cursor={_cursor_in_the_middle()}"
    acts = [
        at(CASES, partial(look_at, client, f"/en/cases/{query}")) for query in (last, middle, "?state=any")
    ]
    deep, half, base = interleaved(*acts)
    line(f"last page at {CASES:,}", deep, "ms", "first page", base)
    line(f"page in the middle at {CASES:,}", half, "ms", "first page", base)


def _cursor_in_the_middle() -> str:
    ids = Case.objects.order_by("pk").values_list("pk", flat=True)
    row = Case.objects.filter(due_on=None, pk__gte=ids[CASES // 2]).order_by("pk")[0]
    return _pack(["f", "due_on", None, row.pk])


def moves() -> None:
    acts = []
    for size in (SMALL, CASES):
        with _at(size):
            acts.append(at(size, mover()))
    small, large, _raw = interleaved(*acts, raw_move)
    line(f"one move at {CASES:,}", large, "ms", f"one move at {SMALL:,}", small)


BENCHES = {
    "queue": queue,
    "api-list": api_list,
    "offered": offered,
    "deepest": deepest,
    "moves-at-size": moves,
}
