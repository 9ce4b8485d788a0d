from datetime import date
from pathlib import Path

import pytest
import yaml

from routing.calendars import WorkCalendar, load_calendar
from routing.loading import FILES

CHECKS = yaml.safe_load(Path(FILES / "calendar_checks.yaml").read_text(encoding="utf-8"))["rows"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("row", CHECKS, ids=[row["date"] for row in CHECKS])
def test_the_tricky_days_are_right_on_both_sides(row):
    day = date.fromisoformat(row["date"])
    assert load_calendar("CN").is_working(day) is row["mainland_working"]
    assert load_calendar("HK").is_working(day) is row["hk_gov_working"]


def test_there_are_nineteen_tricky_days():
    assert len(CHECKS) == 19


def test_only_years_not_yet_published_are_provisional():
    mainland, hong_kong = load_calendar("CN"), load_calendar("HK")
    assert mainland.provisional(date(2027, 3, 1))
    assert mainland.provisional(date(2031, 3, 1))
    assert not mainland.provisional(date(2026, 12, 31))
    assert not hong_kong.provisional(date(2027, 3, 1))


def test_the_day_of_the_event_is_day_0():
    plain = WorkCalendar({})
    friday = date(2026, 11, 20)
    assert plain.add_working_days(friday, 0) == friday
    assert plain.add_working_days(friday, 1) == date(2026, 11, 23)
    assert plain.add_working_days(date(2026, 11, 21), 1) == date(2026, 11, 23)
    assert plain.add_working_days(date(2026, 11, 23), -1) == friday
    assert plain.next_working(date(2026, 11, 21)) == date(2026, 11, 23)
    assert plain.next_working(friday) == friday


def test_a_make_up_weekend_counts_on_the_mainland_only():
    eve = date(2026, 2, 13)
    assert load_calendar("CN").add_working_days(eve, 1) == date(2026, 2, 14)
    assert load_calendar("HK").add_working_days(eve, 1) == date(2026, 2, 16)


def test_adding_and_counting_agree():
    calendar = load_calendar("CN")
    start = date(2026, 9, 20)
    for n in range(60):
        end = calendar.add_working_days(start, n)
        assert calendar.working_days_between(start, end) == n
        assert calendar.working_days_between(end, start) == -n


def test_a_calendar_is_read_once(django_assert_num_queries):
    load_calendar("CN")
    with django_assert_num_queries(0):
        load_calendar("CN").add_working_days(date(2026, 1, 1), 60)


def test_there_is_no_third_calendar():
    with pytest.raises(ValueError, match="XX"):
        load_calendar("XX")


def test_dates_that_are_found_are_those_that_are_walked_to():
    calendar = load_calendar("CN")
    walked = WorkCalendar({})
    walked._exceptions = calendar._exceptions
    walked.__dict__["_row"] = []
    for start in (
        date(2021, 12, 30),
        date(2022, 1, 1),
        date(2026, 2, 11),
        date(2026, 2, 14),
        date(2028, 12, 29),
    ):
        for n in (-300, -40, -1, 0, 1, 2, 7, 60, 400):
            assert calendar.add_working_days(start, n) == walked.add_working_days(start, n), (start, n)
