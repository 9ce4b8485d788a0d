"""When it started: a month and a year as people write them, and an error at the box that is wrong."""

import re
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from cases.models import Case
from tests.feedback.answers import address, answer, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(client):
    answer(client, upto="when")
    return client


def when(client, month, year, language="en"):
    return post(client, "when", {"started_month": month, "started_year": year}, language)


def wrong(response):
    """Each error of the summary with the name of the box it leads to, and the boxes that are marked."""
    assert response.status_code == 422
    boxes = dict(re.findall(r'id="(id_started\w*)" name="started_(\w+)"', response.text))
    errors = re.findall(r'<li><a href="#(id_started\w*)">(.*?)</a>', response.text)
    marked = re.findall(r'govuk-input--error" id="(\w+)"', response.text)
    return [(boxes[target], text) for target, text in errors], [boxes[ident] for ident in marked]


def test_bad_input_54_full_width_figures_are_figures(asked):
    assert when(asked, "９", "２０２６").status_code == 303
    assert when(asked, "０９", "２０２６", "zh-hant").status_code == 303


@pytest.mark.parametrize("language", ["en", "zh-hant"])
@pytest.mark.parametrize(
    ("month", "year", "box", "said"),
    [
        ("13", "2026", "month", "1 to 12"),
        ("0", "2026", "month", "1 to 12"),
        ("9", "26", "year", "four figures"),
        ("9", "20266", "year", "four figures"),
        ("9", "1949", "year", "1950 or later"),
        ("", "2026", "month", "a month and a year"),
        ("9", "", "year", "a month and a year"),
        ("Sept", "2026", "month", "1 to 12"),
    ],
)
def test_bad_input_55_the_error_leads_to_the_box_that_is_wrong_and_marks_it(
    asked, language, month, year, box, said
):
    errors, marked = wrong(when(asked, month, year, language))
    assert [target for target, _text in errors] == marked == [box]
    if language == "en":
        assert said in errors[0][1]


def test_bad_input_55_two_wrong_boxes_are_told_at_once(asked):
    errors, marked = wrong(when(asked, "13", "26"))
    assert [target for target, _text in errors] == marked == ["month", "year"]


def test_bad_input_56_a_month_to_come_is_refused_by_the_hong_kong_day(asked, monkeypatch):
    # Half past midnight of 1 December in Hong Kong is still November in UTC; half past eleven the evening before is not.
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 30, 15, 30, tzinfo=UTC))
    errors, marked = wrong(when(asked, "12", "2026"))
    assert "must be in the past" in errors[0][1]
    assert marked == ["month", "year"]
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 30, 16, 30, tzinfo=UTC))
    assert when(asked, "12", "2026").status_code == 303


def test_the_boxes_stand_as_the_language_writes_a_date_and_keep_what_was_typed(asked):
    page = when(asked, "１３", "2026", "zh-hans").text
    assert page.index('name="started_year"') < page.index('name="started_month"')
    assert 'value="１３"' in page
    assert asked.get(address("when")).status_code == 200
    assert not Case.objects.exists()
