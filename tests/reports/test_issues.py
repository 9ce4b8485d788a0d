"""The number of systemic issues by month, from what happened to them."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.utils import timezone

from cases.issues.acts import change_status
from reports.issues import Issues, issues_counted
from tests.cast import file_case
from tests.issues.gathered import an_issue, fresh

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def walked(cast, monkeypatch):
    """Two opened in January 2031, one of them settled in February, opened again and dropped in March."""

    def on(month, day):
        monkeypatch.setattr(timezone, "now", lambda: datetime(2031, month, day, 4, tzinfo=UTC))

    def act(issue, *names):
        for name in names:
            change_status(issue, name, by=cast.wing, version=fresh(issue).version, reason="It is so.")

    on(1, 14)
    file_case()
    first = an_issue(cast.amina)
    an_issue(cast.amina)
    on(2, 10)
    act(first, "take_up", "note_answer", "settle")
    on(3, 3)
    act(first, "reopen", "drop")
    return on


def test_issues_are_counted_by_month_and_a_past_month_stays_as_it_was(walked):
    assert issues_counted(date(2031, 1, 1), date(2031, 2, 1)) == Issues(2, 0, 0, 2)
    assert issues_counted(date(2031, 2, 1), date(2031, 3, 1)) == Issues(0, 1, 0, 1)
    assert issues_counted(date(2031, 3, 1), date(2031, 4, 1)) == Issues(0, 0, 1, 1)
    assert issues_counted(date(2030, 1, 1), date(2030, 2, 1)) == Issues(0, 0, 0, 0)


def test_officials_read_how_many_there_are_and_nothing_of_them(walked, cast):
    walked(3, 10)
    client = Client()
    client.force_login(cast.olivia)
    page = client.get("/en/reports/").content.decode()
    assert "open at the end of February 2031: 1. Opened in the month: 0." in page
    assert "ISS-" not in page and "New charge" not in page
