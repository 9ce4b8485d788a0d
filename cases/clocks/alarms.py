"""The days on which a running clock asks for something: a reminder, the next level, an end. Steps are rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cases.clocks.counting import Clock, Pause, nth_day
from cases.clocks.days import RESPONSE_STAGE, chase_days, today
from routing.calendars import load_calendar
from routing.ladder import Step, steps_for

if TYPE_CHECKING:
    from cases.models import Case, Referral

#: Owners of a rule by the owner of a step. The sum of an office's stages is only reported.
_OWNERS = {
    "caseworker": "office",
    "supervisor": "office",
    "receiving_office": "office",
    "complainant": "business",
    "authority": "authority",
}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Alarm:
    """What one clock asks for on ``day`` (Hong Kong) or later. ``key`` tells the clock and the step apart within a
    round of the case."""

    day: date
    clock: Clock
    step: Step
    key: str


def alarms_of(case: Case, clocks: list[Clock]) -> list[Alarm]:
    """Every alarm of the clocks that run and are not paused, past ones too, in the order of their days.

    A step that is past belongs to whoever keeps the record of those taken. After an end only the review that the
    business asked for goes on; what can be neither raised nor closed then is left out.
    """
    on = today()
    found: list[Alarm] = []
    letters = {r.pk: r for r in case.referrals_now if r.is_out}
    for clock in clocks:
        owner = _OWNERS.get(clock.owner)
        if not owner or not clock.is_running or clock.is_paused or clock.limit is None:
            continue
        if case.is_ended and clock.stage != "review":
            continue
        letter = letters.get(clock.referral_id or 0)
        if owner == "authority" and (letter is None or clock.stage not in RESPONSE_STAGE.values()):
            continue
        for step in steps_for(owner, clock.stage, on):
            if case.is_ended and step.action != "remind":
                continue
            for day, which in _days(step, clock, letter):
                key = f"{clock.stage} {clock.started} {clock.referral_id or ''} {step.code}{which}"
                found.append(Alarm(day, clock, step, key))
    return sorted(found, key=lambda alarm: (alarm.day, alarm.step.level or 0))


def next_alarm(case: Case, clocks: list[Clock]) -> date | None:
    """The first day, perhaps past, for which a clock of the case asks for anything."""
    return min((alarm.day for alarm in alarms_of(case, clocks)), default=None)


def _days(step: Step, clock: Clock, letter: Referral | None) -> list[tuple[date, str]]:
    """The day or days of a step, each with what its key ends in."""
    if step.measure == "chase_at":
        return [] if letter is None else [(day, f" {n}") for n, day in _chases(letter)]
    day = _day(step, clock)
    return [] if day is None else [(day, "")]


def _day(step: Step, clock: Clock) -> date | None:
    limit = clock.limit
    assert limit is not None
    match step.measure:
        case "target":
            return clock.target
        case "percent":
            # Counted back from the limit, so that pauses which lie behind do not bring the day forward.
            left = (limit - clock.started).days - clock.paused_days
            back = limit - timedelta(days=left * (100 - step.amount) // 100)
            return min(limit, load_calendar(clock.calendar).next_working(back))
        case "before_limit":
            if step.unit == "working_day":
                return load_calendar(clock.calendar).add_working_days(limit, -step.amount)
            return limit - step.amount * _ONE_DAY
        case "after_limit":
            return _after(limit, step, clock, []) + _ONE_DAY
        case "after_start":
            day = _after(clock.started, step, clock, clock.pauses) + _ONE_DAY
            # Nothing ends by itself before the time that was given is over.
            return max(day, limit + _ONE_DAY) if step.action == "close" else day
    return None


def _after(start: date, step: Step, clock: Clock, pauses: list[Pause]) -> date:
    """The day on which so many days have been counted."""
    calendar = clock.calendar if step.unit == "working_day" else None
    counted = nth_day(start, step.amount, calendar, pauses)
    assert counted is not None  # a clock that is paused now asks for nothing
    return counted


def _chases(letter: Referral) -> list[tuple[int, date]]:
    """The days on which a reminder falls due that has not been sent, with its number."""
    return [(n, day) for n, day in enumerate(chase_days(letter), 1) if n > letter.reminders]
