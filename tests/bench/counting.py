"""Due dates of very many cases, alone and with their working, beside counting weekdays without any calendar."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from cases.clocks.counting import nth_day, run
from routing.rules import Rule, clock_rules
from tests.bench.measuring import interleaved, line

MANY = 100_000
PASSES = 3
_ONE_DAY = timedelta(days=1)
#: Days of receipt over two and a half years, across holidays and make-up weekends.
DAYS = [date(2024, 1, 1) + (number % 900) * _ONE_DAY for number in range(MANY)]


def _weekday(start: date, n: int) -> date:
    """What counting costs when nobody keeps holidays."""
    day = start
    while n:
        day += _ONE_DAY
        n -= day.weekday() < 5
    return day


def _dates(rule: Rule) -> None:
    for day in DAYS:
        nth_day(day, rule.limit, "CN", [])


def _explained(rule: Rule) -> None:
    for day in DAYS:
        run(rule, event="open_case", started=day, stopped=None, calendar="CN")


def _weekdays(rule: Rule) -> None:
    for day in DAYS:
        _weekday(day, rule.limit)


def counting() -> None:
    rules = clock_rules(DAYS[-1])
    for stage in ("triage_decision", "authority_response_standard"):
        rule = rules[stage]
        acts = (partial(_dates, rule), partial(_explained, rule), partial(_weekdays, rule))
        alone, explained, bare = interleaved(*acts, passes=PASSES)
        line(f"{MANY:,} due dates after {rule.limit} working days", alone, "ms", "weekdays alone", bare)
        line("the same with target and working", explained, "ms", "weekdays alone", bare)


BENCHES = {"clocks": counting}
