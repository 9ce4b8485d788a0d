"""The sweep beside the size of the table: a thousand cases due among ten thousand, and among very many."""

from __future__ import annotations

from django.db import transaction

from cases import sweep
from cases.clocks import today
from cases.models import Case
from tests.bench.measuring import CASES, SMALL, interleaved, line
from tests.bench.sizes import at

DUE = 1000
#: A sweep is long and its work differs from case to case: fewer passes than for a page.
SWEEPS = 3


def _make_due() -> None:
    """Nothing is due but a thousand cases that have been open, with clocks whose limits have passed or not."""
    Case.objects.filter(alarm_on__lte=today()).update(alarm_on=None)
    chosen = Case.objects.open().order_by("received_at", "pk").values_list("pk", flat=True)[:DUE]
    Case.objects.filter(pk__in=list(chosen)).update(alarm_on=today())


def _thousand() -> None:
    """One sweep, taken back afterwards so that the next finds the same work."""
    with transaction.atomic():
        assert sweep.sweep() == DUE
        transaction.set_rollback(True)


def sweeping() -> None:
    for size in (SMALL, CASES):
        at(size, _make_due)()
    small, large = interleaved(at(SMALL, _thousand), at(CASES, _thousand), passes=SWEEPS)
    line(f"sweep, {DUE:,} due of {CASES:,}", large, "ms", f"{DUE:,} due of {SMALL:,}", small)
    for size in (SMALL, CASES):
        at(size, sweep.sweep)()
    small, large = interleaved(at(SMALL, sweep.sweep), at(CASES, sweep.sweep))
    line(f"sweep, nothing due of {CASES:,}", large, "ms", f"nothing due of {SMALL:,}", small)


BENCHES = {"sweep": sweeping}
