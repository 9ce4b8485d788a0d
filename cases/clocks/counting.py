"""How a limit is counted, and the working that explains it ("why this date")."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import Any

from django.utils.translation import get_language

from cases.clocks.hours import Worked, worked
from cases.clocks.pauses import Pause
from routing.calendars import load_calendar
from routing.coverage import Opening
from routing.kept import kept
from routing.models import CalendarDay, RuleSource
from routing.models.named import name_key
from routing.rules import Rule
from text.dates import HONG_KONG

_LAST_MINUTE = time(23, 59)
_ONE_DAY = timedelta(days=1)
_the_day = itemgetter(0)


@dataclass(frozen=True)
class Step:
    """One line of the working: a code and what its sentence needs. The page makes the sentence.

    Codes: ``start`` (event, on), ``rule`` (limit, target, unit, calendar), ``narrowed`` (names: for whom alone the
    rule holds), ``source`` (id, instruments), ``urgent`` (days, on), ``urgent_hours`` (hours, on: a moment, opens,
    closes), ``holiday`` and ``make_up`` (on, until, names), ``pause`` (reason, on, until or None, days), ``moved``
    (on, to: a limit in calendar days fell on a holiday), ``chosen`` (on), ``extended`` (on, to), ``provisional``
    (year, calendar).
    """

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Clock:
    """One time limit of one case.

    Dates are Hong Kong days. ``target`` is when the office wants it done, ``limit`` when it must be: it ends at
    ``limit_at`` of that day, which is 23:59 unless the limit counts in hours. Both dates are None while a pause
    keeps them open. ``stopped`` is the day it was done or became void. ``provisional`` says that the date lies in a
    year whose calendar is not yet published. ``referral_id`` names the letter of an authority's clock.
    """

    stage: str
    names: dict[str, str]
    owner: str
    calendar: str
    started: date
    target: date | None
    limit: date | None
    stopped: date | None
    paused_days: int
    is_paused: bool
    provisional: bool
    working: list[Step]
    referral_id: int | None = None
    urgent_hours: UrgentHours | None = None
    limit_at: time = _LAST_MINUTE

    @property
    def ends_at(self) -> datetime | None:
        """The moment at which the limit ends, in Hong Kong time (and Beijing's, which is the same)."""
        return datetime.combine(self.limit, self.limit_at, tzinfo=HONG_KONG) if self.limit else None

    @property
    def is_running(self) -> bool:
        return self.stopped is None

    @property
    def pauses(self) -> list[Pause]:
        return [
            Pause(step.data["reason"], step.data["on"] - _ONE_DAY, step.data["until"])
            for step in self.working
            if step.code == "pause"
        ]

    @property
    def extension(self) -> tuple[date, date] | None:
        """The day on which a later limit was granted last, and that limit."""
        granted = [step.data for step in self.working if step.code == "extended"]
        return (granted[-1]["on"], granted[-1]["to"]) if granted else None

    @property
    def name(self) -> str:
        """The stage's name in the active language."""
        return self.names[name_key(get_language())]


@dataclass(frozen=True)
class Urgent:
    """A shorter limit of an urgent case, in working days from the day it became urgent."""

    days: int
    since: date


@dataclass(frozen=True)
class UrgentHours:
    """A shorter limit of an urgent case, in hours of its office's opening from the moment it became urgent."""

    hours: int
    since: datetime
    calendar: str
    opening: Opening

    def worked(self, pauses: list[Pause], percent: int = 100) -> list[Worked] | None:
        """The days on which the hours, or so many hundredths of them, are counted; None while a pause is open."""
        minutes = max(1, self.hours * 60 * percent // 100)
        return worked(self.since, minutes, self.calendar, self.opening, pauses)


def nth_day(start: date, n: int, calendar: str | None, pauses: list[Pause]) -> date | None:
    """The nth day after ``start`` that counts; None if a pause without an end comes first.

    With a calendar only its working days count, without one every day. Paused days never count.
    """
    if not pauses:
        return load_calendar(calendar).add_working_days(start, n) if calendar else start + n * _ONE_DAY
    counts = load_calendar(calendar).is_working if calendar else None
    day = start
    while n > 0:
        day += _ONE_DAY
        pause = next((p for p in pauses if p.covers(day)), None)
        if pause is not None:
            if pause.until is None:
                return None
            day = pause.until
        elif counts is None or counts(day):
            n -= 1
    return day


def run(
    rule: Rule,
    *,
    event: str,
    started: date,
    stopped: date | None,
    calendar: str,
    pauses: list[Pause] | None = None,
    urgent: Urgent | UrgentHours | None = None,
    chosen: date | None = None,
    extended: list[tuple[date, date]] | None = None,
    referral_id: int | None = None,
) -> Clock:
    """Count one stage. ``event`` is the code of what started it; ``calendar`` is HK or CN.

    ``chosen`` is a date an officer set instead of the rule's; ``extended`` are (granted on, new date) pairs: the
    last one holds, unless the counted limit is later anyway.
    """
    until = stopped or date.max
    pauses = [p for p in pauses or [] if (p.until is None or p.until > started) and p.after < until]
    steps = [
        Step("start", {"event": event, "on": started}),
        Step(
            "rule",
            {"limit": rule.limit, "target": rule.target, "unit": rule.unit, "calendar": calendar},
        ),
        *([Step("narrowed", {"names": rule.narrowed_to})] if rule.narrowed_to else []),
        *(Step("source", _sources()[code]) for code in rule.basis if code in _sources()),
    ]
    counted_by = calendar if rule.unit == "working_day" else None
    steps += [_pause_step(p) for p in pauses]
    target, limit = (
        _limit(rule, days, started, calendar, pauses, steps) for days in (rule.target, rule.limit)
    )
    limit_at, by_hours = _LAST_MINUTE, None
    if isinstance(urgent, UrgentHours):
        counted = urgent.worked(pauses)
        if counted and (limit is None or counted[-1].day <= limit):
            steps.append(_urgent_step(urgent))
            limit, limit_at, counted_by, by_hours = counted[-1].day, counted[-1].until, calendar, urgent
            target = min(target or limit, limit)
    elif urgent is not None:
        sooner = nth_day(max(started, urgent.since), urgent.days, calendar, pauses)
        if sooner is not None and (limit is None or sooner < limit):
            steps.append(Step("urgent", {"days": urgent.days, "on": max(started, urgent.since)}))
            limit, counted_by = sooner, calendar
            target = min(target or limit, limit)
    if limit is not None and counted_by:
        steps += _irregular_days(calendar, started, limit)
    if chosen is not None:
        steps.append(Step("chosen", {"on": chosen}))
        target, limit = min(target or chosen, chosen), chosen
    for granted, new_date in extended or []:
        if limit is not None and new_date > limit:
            steps.append(Step("extended", {"on": granted, "to": new_date}))
            limit, limit_at, by_hours = new_date, _LAST_MINUTE, None
    provisional = limit is not None and load_calendar(calendar).provisional(limit)
    if provisional and limit is not None:
        steps.append(Step("provisional", {"year": limit.year, "calendar": calendar}))
    return Clock(
        stage=rule.stage,
        names=rule.names(),
        owner=rule.owner,
        calendar=calendar,
        started=started,
        target=target,
        limit=limit,
        stopped=stopped,
        paused_days=sum(((p.until or p.after) - max(p.after, started)).days for p in pauses),
        is_paused=stopped is None and any(p.until is None for p in pauses),
        provisional=provisional,
        working=steps,
        referral_id=referral_id,
        urgent_hours=by_hours,
        limit_at=limit_at,
    )


def _urgent_step(urgent: UrgentHours) -> Step:
    opening = urgent.opening
    data = {"hours": urgent.hours, "on": urgent.since, "opens": opening.opens, "closes": opening.closes}
    return Step("urgent_hours", data)


def _limit(
    rule: Rule, days: int, started: date, calendar: str, pauses: list[Pause], steps: list[Step]
) -> date | None:
    if rule.unit == "minutes":
        return started
    if rule.unit == "working_day":
        return nth_day(started, days, calendar, pauses)
    counted = nth_day(started, days, None, pauses)
    if counted is None:
        return None
    moved = load_calendar(calendar).next_working(counted)
    if moved != counted and days == rule.limit:
        steps.append(Step("moved", {"on": counted, "to": moved, "calendar": calendar}))
    return moved


def _pause_step(pause: Pause) -> Step:
    days = (pause.until - pause.after).days if pause.until else None
    return Step(
        "pause",
        {"reason": pause.reason, "on": pause.after + _ONE_DAY, "until": pause.until, "days": days},
    )


def _irregular_days(calendar: str, after: date, until: date) -> list[Step]:
    """Holidays on weekdays and working weekends between two days, equal neighbours as one line."""
    steps: list[Step] = []
    named = _named_days(calendar)
    first, end = (bisect_right(named, day, key=_the_day) for day in (after, until))
    for day, working, names in named[first:end]:
        if working == (day.weekday() < 5):
            continue
        code = "make_up" if working else "holiday"
        last = steps[-1] if steps else None
        if (
            last
            and last.code == code
            and last.data["names"] == names
            and day - last.data["until"] == _ONE_DAY
        ):
            steps[-1] = Step(code, {**last.data, "until": day})
        else:
            steps.append(Step(code, {"on": day, "until": day, "names": names}))
    return steps


@kept
def _named_days(calendar: str) -> list[tuple[date, bool, dict[str, str]]]:
    rows = CalendarDay.objects.filter(jurisdiction=calendar).order_by("day")
    return [(row.day, row.working, row.names()) for row in rows]


@kept
def names_of_days(calendar: str) -> dict[date, dict[str, str]]:
    """What the holidays and make-up days of the calendar ``HK`` or ``CN`` are called, in three languages."""
    return {day: names for day, _working, names in _named_days(calendar)}


@kept
def _sources() -> dict[str, dict[str, Any]]:
    return {row.code: {"id": row.code, "instruments": row.instruments()} for row in RuleSource.objects.all()}
