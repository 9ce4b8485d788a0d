"""Days in the forms of staff."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from cases.forms.move_form import date_field


def test_bad_input_52_53_a_move_takes_the_day_in_the_language_of_its_page():
    for language, typed in (
        ("en", "5/9/2099"),
        ("zh-hant", "2099年9月5日"),
        ("zh-hans", "２０９９年９月５日"),
    ):
        with translation.override(language):
            assert date_field("Day").clean(typed) == date(2099, 9, 5)


def test_bad_input_56_the_day_of_something_past_is_not_tomorrow_in_hong_kong(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 22, 16, 30, tzinfo=UTC))
    field = date_field("Day", past=True)
    assert field.clean("23/11/2026") == date(2026, 11, 23)
    with pytest.raises(ValidationError, match="future"):
        field.clean("24/11/2026")
