"""Accepting a concern and moving a case, in this process."""

from collections.abc import Callable
from typing import Any

from accounts.models import User
from cases.actions import open_case, perform
from cases.permissions import Actor
from tests.bench.measuring import a_filing, interleaved, line, raw_move, three_rows


def filing() -> None:
    accept, rows = interleaved(lambda: open_case(a_filing(), by=Actor.new_business()), three_rows)
    line("accept a concern (in process)", accept, "ms", "three bare rows", rows)


def mover() -> Callable[[], None]:
    """An act that moves a case of its own, a new one after every twenty moves."""
    amina = Actor.staff(User.objects.get(username="amina"))
    now: dict[str, Any] = {"case": None, "seq": 20, "urgent": False}

    def move() -> None:
        if now["seq"] >= 20:
            now.update(case=open_case(a_filing(), by=Actor.new_business()).case, seq=1)
        now["urgent"] = not now["urgent"]
        priority = "urgent" if now["urgent"] else "normal"
        event = perform(
            now["case"], "set_priority", by=amina, version=now["seq"], priority=priority, reason="bench"
        )
        now["seq"] = event.seq

    return move


def one_move() -> None:
    took, raw = interleaved(mover(), raw_move)
    line("one move (in process)", took, "ms", "bare lock, update, insert", raw)


BENCHES = {"filing": filing, "move": one_move}
