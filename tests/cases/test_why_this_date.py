"""A case taken across Spring Festival with both calendars: every date is explained, to staff and to the business."""

import random
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone, translation

from cases import clocks
from cases.models import Case
from cases.public import project
from cases.states import State
from cases.working import explain
from tests.cast import file_case, make_case, move

pytestmark = [pytest.mark.both, pytest.mark.django_db]

#: Spring Festival 2026: off from Sunday 15 to Monday 23 February on the Mainland, with work on Saturdays 14 and 28;
#: in Hong Kong off from Tuesday 17 to Thursday 19.


@pytest.fixture
def on(monkeypatch):
    def set_day(day):
        at = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_day


def clocks_of(case):
    case = Case.objects.get(pk=case.pk)
    return {c.stage: c for c in clocks.clocks_of(case, case.events.order_by("seq"))}


def table(days):
    return [(f"{row.first:%m-%d} {row.last:%m-%d}", row.counted, row.why) for row in days]


def test_the_office_counts_by_the_mainland_and_the_business_by_hong_kong(cast, on):
    on("2026-02-11")  # a Wednesday
    case = file_case()
    found = clocks_of(case)
    # Thursday, Friday, the working Saturday, then nobody works until Tuesday the 24th.
    assert found["request_information"].limit == date(2026, 2, 27)
    move(case, "ask", cast.staff("amina"), text="Which declaration?", answer_by=date(2026, 3, 6))
    asked = clocks_of(case)["supplement"]
    assert asked.calendar == "HK"
    with translation.override("en"):
        days = next(e for e in explain([found["request_information"]], "")).days
    assert table(days) == [
        ("02-12 02-13", "1–2", "Counted"),
        ("02-14 02-14", "3", "Make-up working day"),
        ("02-15 02-15", "", "Weekend"),
        ("02-16 02-16", "", "Chinese New Year's Eve"),
        ("02-17 02-19", "", "Chinese New Year (Spring Festival)"),
        ("02-20 02-20", "", "Day off (substituted from 02/14/2026)"),
        ("02-21 02-22", "", "Weekend"),
        ("02-23 02-23", "", "Day off (substituted from 02/28/2026)"),
        ("02-24 02-27", "4–7", "Counted"),
    ]
    with translation.override("en"):
        days = explain([asked], "")[0].days
    assert ("02-14 02-15", "", "Weekend") in table(days)
    assert [why for _, counted, why in table(days) if not counted and why != "Weekend"] == [
        "Lunar New Year's Day", "The second day of Lunar New Year", "The third day of Lunar New Year",
    ]  # fmt: skip


def test_the_business_reads_why_its_date_is_that_date_in_its_language(cast, on):
    on("2026-02-11")
    case = Case.objects.get(pk=file_case().pk)
    said = {}
    for language in ("en", "zh-hant", "zh-hans"):
        with translation.override(language):
            seen = project(case)
            said[language] = seen.why_date.sentences
            assert seen.next_step["code"] == "office_reads_by"
            assert seen.why_date.days[-1].counted == "4–5"
    assert said["en"][:3] == [
        "Day 0: 11 February 2026, we received your concern.",
        "The rule: 5 working days.",
        "Counted by the Mainland calendar.",
    ]
    assert said["zh-hant"][0] == "第0天：2026年2月11日，我們收到你的關注事項。"
    assert "不计算在内：2026年2月16日，农历除夕。" in said["zh-hans"]


def test_the_day_of_the_next_reminder_to_the_authority_is_explained(cast, on):
    on("2026-02-11")
    case = Case.objects.get(pk=make_case(State.REFERRED, cast).pk)
    with translation.override("en"):
        seen = project(case)
    assert seen.next_step["code"] == "authority"
    assert seen.why_date.sentences[:2] == [
        "Day 0: 11 February 2026, our letter was sent to the authority.",
        "We remind the authority after 20 working days.",
    ]
    assert seen.why_date.days[-1].counted.endswith("20")


def test_the_order_in_which_events_are_read_does_not_matter_nor_does_the_day_of_reading(cast, on):
    on("2026-02-11")
    case = make_case(State.ANSWERED, cast)
    events = list(Case.objects.get(pk=case.pk).events.all())
    first = clocks.clocks_of(Case.objects.get(pk=case.pk), events)
    for seed in range(5):
        random.Random(seed).shuffle(events)
        assert clocks.clocks_of(Case.objects.get(pk=case.pk), events) == first
    on("2027-02-11")
    assert clocks.clocks_of(Case.objects.get(pk=case.pk), events) == first
