"""The days on which a running clock asks for something: a reminder, the next level, an end. Steps are rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from cases.clocks.counting import Clock, nth_day
from cases.clocks.days import RESPONSE_STAGE, chases_due, local_day, today
from cases.clocks.pauses import Pause
from routing.calendars import load_calendar
from routing.ladder import Step, steps_for
from text.dates import HONG_KONG

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
    """What one clock asks for at ``at`` or later: the beginning of a Hong Kong day, but for limits in hours.

    ``key`` tells the clock and the step apart within a round of the case.
    """

    at: datetime
    clock: Clock
    step: Step
    key: str

    @property
    def day(self) -> date:
        """Its Hong Kong date."""
        return local_day(self.at)


def alarms_of(case: Case, clocks: list[Clock]) -> list[Alarm]:
    """Every alarm of the clocks that run and are not paused, past ones too, in the order of their days.

    A step that is past belongs to whoever keeps the record of those taken. After an end only the review that the
    business asked for goes on; what can be neither raised nor closed then is left out. A letter that the authority
    passed on keeps the keys of the first one, as it keeps its clock.
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
        if owner == "business" and not _is_asked_for(case, clock):
            continue
        first = _first_of_chain(case, letter).pk if letter else ""
        for step in steps_for(owner, clock.stage, on):
            if case.is_ended and step.action != "remind":
                continue
            for at, which in _moments(step, clock, letter):
                key = f"{clock.stage} {clock.started} {first} {step.code}{which}"
                if clock.extension:
                    granted, until = clock.extension
                    if local_day(at) <= granted:
                        continue  # whoever granted the new date knows how much of it is gone
                    key += f" until {until}"  # the same step once more, for another limit
                found.append(Alarm(at, clock, step, key))
    return sorted(found, key=lambda alarm: (alarm.at, alarm.step.level or 0))


def next_alarm(case: Case, clocks: list[Clock]) -> date | None:
    """The first day, perhaps past, for which a clock of the case asks for anything."""
    return min((alarm.day for alarm in alarms_of(case, clocks)), default=None)


def _is_asked_for(case: Case, clock: Clock) -> bool:
    """Whether it is the business's turn, and with what this clock counts: a question goes before our reply."""
    asked_for = "supplement" if case.state == "awaiting_submitter" else "feedback"
    return case.waiting_for == "business" and clock.stage == asked_for


def _first_of_chain(case: Case, letter: Referral) -> Referral:
    by_id = {row.pk: row for row in case.referrals_now}
    while before := by_id.get(letter.successor_of_id or 0):
        letter = before
    return letter


def _moments(step: Step, clock: Clock, letter: Referral | None) -> list[tuple[datetime, str]]:
    """When a step is due, once or several times, each with what its key ends in."""
    if step.measure == "chase_at":
        return [] if letter is None else [(_beginning(day), f" {n}") for n, day in chases_due(letter)]
    at = _within_hours(step, clock)
    if at is None:
        day = _day(step, clock)
        at = _beginning(day) if day else None
    return [] if at is None else [(at, "")]


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=HONG_KONG)


def _within_hours(step: Step, clock: Clock) -> datetime | None:
    """Of a limit in working hours: what its target, its limit or a part of it asks for comes at an hour."""
    urgent = clock.urgent_hours
    if urgent is None:
        return None
    if step.measure == "percent":
        part = urgent.worked(clock.pauses, step.amount)
        return datetime.combine(part[-1].day, part[-1].until, tzinfo=HONG_KONG) if part else None
    if step.measure == "after_limit" and not step.amount:
        return clock.ends_at
    return clock.ends_at if step.measure == "target" and clock.target == clock.limit else None


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
                day = load_calendar(clock.calendar).add_working_days(limit, -step.amount)
            else:
                day = limit - step.amount * _ONE_DAY
            return max(day, clock.started + _ONE_DAY)  # nobody is reminded of what they were asked today
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
