"""Promises of counting that hold for any dates: properties, not examples."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clocks.counting import Pause, Urgent, nth_day, run
from cases.clocks.daily import every_day
from routing.calendars import load_calendar
from routing.rules import clock_rules

pytestmark = pytest.mark.django_db

days = st.dates(date(2024, 1, 1), date(2026, 9, 1))
calendars = st.sampled_from(["HK", "CN"])
limits = st.integers(1, 60)
WORKING = ["triage_decision", "referral", "reply", "review", "overall_office_share", "request_information"]
CALENDAR = ["first_contact", "progress_update", "long_open", "feedback"]


@st.composite
def pauses(draw):
    """Up to four pauses, in any order, that may touch and overlap."""
    made = []
    for _ in range(draw(st.integers(0, 4))):
        after = draw(days)
        made.append(Pause("question", after, after + timedelta(days=draw(st.integers(1, 40)))))
    return made


def count(stage, started, calendar, **more):
    return run(
        clock_rules(started)[stage],
        event="open_case",
        started=started,
        stopped=None,
        calendar=calendar,
        **more,
    )


@given(days, calendars, st.sampled_from(WORKING), pauses())
def test_a_limit_in_working_days_is_a_working_day(started, calendar, stage, paused):
    clock = count(stage, started, calendar, pauses=paused)
    for day in (clock.target, clock.limit):
        assert load_calendar(calendar).is_working(day)
        assert not any(p.covers(day) for p in paused)
    assert started < clock.target <= clock.limit


@given(days, calendars, st.sampled_from(CALENDAR))
def test_a_limit_in_calendar_days_never_falls_on_a_holiday(started, calendar, stage):
    clock = count(stage, started, calendar)
    rule = clock_rules(started)[stage]
    assert load_calendar(calendar).is_working(clock.limit)
    assert clock.limit >= started + timedelta(days=rule.limit)


@given(days, calendars, st.sampled_from(WORKING + CALENDAR), pauses())
def test_a_pause_never_makes_a_date_earlier(started, calendar, stage, paused):
    without, behind = count(stage, started, calendar), count(stage, started, calendar, pauses=paused)
    assert behind.limit >= without.limit
    assert behind.target >= without.target


@given(days, st.integers(0, 30), calendars, limits, pauses())
def test_who_starts_later_or_has_more_days_is_never_done_earlier(started, later, calendar, n, paused):
    end = nth_day(started, n, calendar, paused)
    assert nth_day(started + timedelta(days=later), n, calendar, paused) >= end
    assert nth_day(started, n + 1, calendar, paused) > end


@given(days, calendars, limits, limits, pauses())
def test_so_many_days_and_then_so_many_more_are_all_of_them(started, calendar, n, more, paused):
    between = nth_day(started, n, calendar, paused)
    assert nth_day(between, more, calendar, paused) == nth_day(started, n + more, calendar, paused)


@given(days, calendars, limits, pauses())
def test_exactly_the_days_of_the_limit_have_counted(started, calendar, n, paused):
    end = nth_day(started, n, calendar, paused)
    between = [started + timedelta(days=i) for i in range(1, (end - started).days + 1)]
    works = load_calendar(calendar).is_working
    assert sum(works(d) and not any(p.covers(d) for p in paused) for d in between) == n


@given(days, calendars, st.sampled_from(WORKING), st.integers(0, 90))
def test_a_pause_without_end_leaves_the_date_open_unless_it_was_past_already(started, calendar, stage, later):
    after = started + timedelta(days=later)
    clock = count(stage, started, calendar, pauses=[Pause("question", after, None)])
    free = count(stage, started, calendar)
    assert clock.limit == (free.limit if free.limit <= after else None)
    assert clock.is_paused


@given(days, calendars, st.sampled_from(["triage_decision", "referral"]), st.integers(0, 30))
def test_urgency_never_makes_a_date_later(started, calendar, stage, later):
    urgent = Urgent(1, started + timedelta(days=later))
    assert count(stage, started, calendar, urgent=urgent).limit <= count(stage, started, calendar).limit


@given(days, calendars, pauses())
def test_the_working_names_every_weekday_that_did_not_count(started, calendar, paused):
    clock = count("overall_office_share", started, calendar, pauses=paused)
    free = set()
    for step in clock.working:
        if step.code in ("holiday", "pause"):
            span = (step.data["until"] - step.data["on"]).days
            free |= {step.data["on"] + timedelta(days=i) for i in range(span + 1)}
    works = load_calendar(calendar).is_working
    day = started + timedelta(days=1)
    while day < clock.limit:
        if day.weekday() < 5 and (not works(day) or any(p.covers(day) for p in paused)):
            assert day in free
        day += timedelta(days=1)


@given(days, calendars, st.sampled_from(WORKING + CALENDAR), pauses())
def test_every_day_up_to_the_limit_is_there_once_with_its_reason(started, calendar, stage, paused):
    clock = count(stage, started, calendar, pauses=paused)
    found = every_day(clock, clock.limit)
    assert sum(stretch.days for stretch in found) == (clock.limit - started).days
    assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(found))
    assert all((a.why, a.names, a.reason) != (b.why, b.names, b.reason) for a, b in pairwise(found))
    counted = sum(stretch.days for stretch in found if stretch.counts)
    assert counted == found[-1].number
    rule = clock_rules(started)[stage]
    # A limit in calendar days that falls on a holiday is moved; the days behind it are shown too.
    assert counted == rule.limit if rule.unit == "working_day" else counted >= rule.limit
