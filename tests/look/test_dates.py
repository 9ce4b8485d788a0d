"""Dates, times and sizes as each language writes them."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.utils import formats, translation

from look.templatetags import look

AT = datetime(2026, 11, 18, 7, 42, tzinfo=UTC)
DAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("code", "day", "moment", "clock", "short"),
    [
        ("en", "18 November 2026", "18 November 2026 at 3:42pm", "3:42pm", "Wed 18 Nov"),
        ("zh-hant", "2026年11月18日", "2026年11月18日下午3時42分", "下午3時42分", "11月18日（三）"),
        ("zh-hans", "2026年11月18日", "2026年11月18日 15:42", "15:42", "11月18日（三）"),
    ],
)
def test_dates_and_times_follow_the_language(code, day, moment, clock, short):
    with translation.override(code):
        assert look.day(DAY) == f'<time class="cw-nb" datetime="2026-11-18">{day}</time>'
        assert look.short_day(DAY) == f'<time class="cw-nb" datetime="2026-11-18">{short}</time>'
        assert look.moment(AT) == f'<time class="cw-nb" datetime="2026-11-18T15:42+08:00">{moment}</time>'
        assert look.clock(AT) == clock


def test_a_moment_counts_by_its_day_in_hong_kong():
    assert "2026-11-19" in look.day(datetime(2026, 11, 18, 17, 0, tzinfo=UTC))


def test_nothing_shows_nothing():
    assert look.day(None) == look.moment(None) == look.clock(None) == look.working_days_left(None) == ""


def test_working_days_left_are_said_in_words():
    with translation.override("en"):
        assert look.working_days_left(-1) == "Overdue by 1 working day"
        assert look.working_days_left(-3) == "Overdue by 3 working days"
        assert look.working_days_left(0) == "Due today"
        assert look.working_days_left(1) == "1 working day left"
        assert look.working_days_left(6) == "6 working days left"


@pytest.mark.parametrize(
    ("left", "paused", "looks"),
    [(-1, "", "over"), (0, "", "soon"), (2, "", "soon"), (3, "", "ok"), (-5, "authority", "paused")],
)
def test_a_badge_is_a_warning_only_when_it_is_one(left, paused, looks):
    assert f"cw-due--{looks}" in look.due_badge(left=left, paused=paused)


def test_a_date_is_read_as_hong_kong_writes_it():
    with translation.override("en"):
        assert forms.DateField().clean("5/9/2026") == date(2026, 9, 5)
        assert formats.date_format(date(2026, 9, 5)) == "5 September 2026"
    for code in ("zh-hant", "zh-hans"):
        with translation.override(code):
            assert forms.DateField().clean("2026年9月5日") == date(2026, 9, 5)
            assert formats.date_format(date(2026, 9, 5)) == "2026年9月5日"


@pytest.mark.parametrize(
    ("size", "words"), [(0, "1 KB"), (340_000, "340 KB"), (1_234_567, "1.2 MB"), (10_000_000, "10.0 MB")]
)
def test_sizes_are_read_easily(size, words):
    assert look.file_size(size) == words


def test_a_tracking_code_is_shown_in_fours():
    assert look.code_in_fours("4821773509621184") == "4821 7735 0962 1184"
