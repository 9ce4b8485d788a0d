"""An urgent case is assessed within working hours: when they end, why, who is told, and what the lists say."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from cases import clocks, sweep
from cases.clocks.hours import worked
from cases.clocks.pauses import Pause
from cases.models import Case, TakenStep
from cases.permissions import Actor
from cases.public import project
from cases.working import explain, explain_to_business
from routing import kept
from routing.calendars import load_calendar
from routing.coverage import Opening
from routing.models import Office
from tests.cast import file_case, move
from text.dates import HONG_KONG

pytestmark = [pytest.mark.both, pytest.mark.django_db]

OPENING = Opening(time(9), time(17, 30))


@pytest.fixture
def on(monkeypatch):
    """``on("2026-11-16 16:30")`` makes it that moment in Hong Kong from then on."""

    def set_moment(words):
        at = datetime.fromisoformat(words).replace(tzinfo=HONG_KONG)
        monkeypatch.setattr(timezone, "now", lambda: at.astimezone(UTC))

    return set_moment


def assessing(case):
    case = Case.objects.get(pk=case.pk)
    return next(c for c in clocks.clocks_of(case, case.events.all()) if c.stage == "triage_decision")


def make_urgent(case, cast):
    move(case, "set_priority", cast.staff("amina"), priority="urgent", reason="Perishable goods.")


def taken(case):
    return set(TakenStep.objects.filter(case=case).values_list("step", flat=True))


@pytest.mark.parametrize(
    ("since", "ends"),
    [
        ("2026-11-16 16:30", "2026-11-17T16:00:00+08:00"),  # one hour today, seven tomorrow
        ("2026-11-16 09:00", "2026-11-16T17:00:00+08:00"),
        ("2026-11-16 07:15", "2026-11-16T17:00:00+08:00"),
        ("2026-11-16 17:30", "2026-11-17T17:00:00+08:00"),
        ("2026-11-20 17:00", "2026-11-23T16:30:00+08:00"),  # a Friday
        ("2026-02-13 17:00", "2026-02-14T16:30:00+08:00"),  # a Friday before a working Saturday
        ("2026-02-14 17:00", "2026-02-24T16:30:00+08:00"),  # and before Spring Festival
    ],
)
def test_hours_count_while_the_office_is_open(cast, on, since, ends):
    on(since)
    case = file_case()
    make_urgent(case, cast)
    assert assessing(case).ends_at.isoformat() == ends


def test_an_office_has_its_own_hours(cast, on, reread_reference):
    Office.objects.filter(pk="GDETO").update(opens=time(8), closes=time(12))
    kept.changed()
    on("2026-11-16 11:00")
    case = file_case()
    make_urgent(case, cast)
    assert assessing(case).ends_at.isoformat() == "2026-11-18T11:00:00+08:00"


def test_the_hours_stand_still_while_the_business_is_asked(cast, on):
    on("2026-11-16 16:30")
    case = file_case()
    make_urgent(case, cast)
    move(case, "ask", cast.staff("amina"), text="Which declaration?")
    assert assessing(case).is_paused
    on("2026-11-18 10:00")
    move(case, "reply", Actor.business(case), text="This one.")
    assert assessing(case).ends_at.isoformat() == "2026-11-19T16:00:00+08:00"


def test_who_is_late_by_an_hour_is_overdue_that_very_day(cast, on):
    on("2026-11-16 16:30")
    case = file_case()
    make_urgent(case, cast)
    move(case, "claim", cast.staff("amina"))
    case = Case.objects.get(pk=case.pk)
    assert (case.due_on, case.due_time) == (date(2026, 11, 17), time(16))

    def at(words):
        on(words)
        desk = Client()
        desk.force_login(cast.amina)  # whoever signed in an hour ago is signed out
        return desk

    desk = at("2026-11-17 15:59")
    page = desk.get("/en/cases/?overdue=yes").content.decode()
    assert case.reference not in page
    assert "Due today by 4:00pm" in desk.get("/en/cases/").content.decode()
    assert "Due today by 4:00pm" in desk.get(f"/en/cases/{case.reference}/").content.decode()
    assert [str(g["label"]) for g in desk.get("/en/cases/day/").context["groups"]] == ["Due today"]
    desk = at("2026-11-17 16:00")
    page = desk.get("/en/cases/?overdue=yes").content.decode()
    assert case.reference in page
    assert "Overdue since 4:00pm" in page
    assert [str(g["label"]) for g in desk.get("/en/cases/day/").context["groups"]] == ["Overdue"]
    desk = at("2026-11-18 09:00")
    assert "Overdue by 1 working day" in desk.get("/en/cases/").content.decode()


def test_the_caseworker_is_reminded_by_the_hour_and_the_supervisor_hears_at_the_limit(cast, on):
    on("2026-11-16 16:30")  # 4 hours are over at 12:00 tomorrow, 6 hours 24 minutes at 14:24, all at 16:00
    case = file_case()
    make_urgent(case, cast)
    for moment, expected in (
        ("2026-11-17 11:55", set()),
        ("2026-11-17 12:00", {"office-50"}),
        ("2026-11-17 14:20", {"office-50"}),
        ("2026-11-17 14:25", {"office-50", "office-80"}),
        ("2026-11-17 15:55", {"office-50", "office-80"}),
        ("2026-11-17 16:00", {"office-50", "office-80", "office-100", "office-target", "office-limit"}),
    ):
        on(moment)
        sweep.sweep()
        sweep.sweep()
        assert taken(case) == expected, moment
    assert Case.objects.get(pk=case.pk).escalation_level == 1


def test_the_hours_are_explained_to_staff_and_to_the_business(cast, on):
    on("2026-11-20 16:30")  # a Friday
    case = file_case()
    make_urgent(case, cast)
    clock = assessing(case)
    with translation.override("en"):
        shown = explain([clock], "")[0]
        assert (
            "Urgent since 20 November 2026 at 4:30pm: 8 working hours, counted from 9:00am to 5:30pm."
            in shown.sentences
        )
        assert [(f"{d.first:%d} {d.last:%d}", d.counted, d.why) for d in shown.days] == [
            ("20 20", "1 h", "Counted"),
            ("21 22", "", "Weekend"),
            ("23 23", "7 h", "Counted"),
        ]
        outside = explain_to_business(clock, clock.limit)
        assert "For your case we work to 8 working hours, counted from 9:00am to 5:30pm." in outside.sentences
        assert not any("rgent" in sentence for sentence in outside.sentences)
    with translation.override("zh-hans"):
        assert any("8 个工作小时" in s or "8个工作小时" in s for s in explain([clock], "")[0].sentences)
    step = project(Case.objects.get(pk=case.pk)).next_step
    assert (step["code"], step["date"]) == ("office_reads_by", date(2026, 11, 23))


def test_a_case_that_is_urgent_no_more_has_days_again(cast, on):
    on("2026-11-16 16:30")
    case = file_case()
    make_urgent(case, cast)
    move(case, "set_priority", cast.staff("amina"), priority="normal")
    case = Case.objects.get(pk=case.pk)
    assert (case.due_on, case.due_time) == (date(2026, 11, 25), None)
    assert assessing(case).ends_at.isoformat() == "2026-11-25T23:59:00+08:00"


moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 9, 1)).map(
    lambda at: at.replace(tzinfo=HONG_KONG)
)
lengths = st.integers(1, 60 * 40)


@st.composite
def pauses(draw):
    after = draw(st.dates(date(2024, 1, 1), date(2026, 9, 1)))
    return draw(
        st.sampled_from([[], [Pause("question", after, after + timedelta(days=draw(st.integers(1, 20))))]])
    )


@given(moments, lengths, lengths, st.sampled_from(["HK", "CN"]), pauses())
def test_so_many_minutes_and_then_so_many_more_are_all_of_them(since, first, more, calendar, paused):
    def end(at, minutes):
        last = worked(at, minutes, calendar, OPENING, paused)[-1]
        return datetime.combine(last.day, last.until, tzinfo=HONG_KONG)

    between, after = end(since, first), end(since, first + more)
    assert end(between, more) == after > between
    assert load_calendar(calendar).is_working(after.date())
    assert OPENING.opens < after.time() <= OPENING.closes
    days = worked(since, first, calendar, OPENING, paused)
    assert sum(day.minutes for day in days) == first
    assert not any(p.covers(day.day) for p in paused for day in days)
