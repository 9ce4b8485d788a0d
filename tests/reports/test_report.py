"""The report of the whole service: counted from events, complete months only."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Event
from cases.permissions import Actor
from cases.states import Outcome, State
from reports.chart import columns
from reports.figures import Month, endings, months_until
from tests.cast import file_case, make_case, move

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NEXT_MONTH = datetime(2031, 2, 10, 4, tzinfo=UTC)


@pytest.fixture
def in_january_2031(monkeypatch):
    """Everything made in the test happens on Tuesday 14 January 2031 at noon in Hong Kong."""
    at = datetime(2031, 1, 14, 4, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)
    return at


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_there_is_nothing_to_report_before_the_first_month_is_complete(cast):
    assert months_until(timezone.now()) == []
    file_case()
    assert months_until(timezone.now()) == []
    page = signed_in(cast.olivia).get(reverse("reports:home"))
    assert page.status_code == 200
    assert "Only complete months are shown" in page.content.decode()


def test_a_month_counts_what_happened_in_it(cast, in_january_2031):
    make_case(State.RECEIVED, cast)
    make_case(State.REFERRED, cast)
    make_case(State.CLOSED, cast)
    make_case(State.WITHDRAWN, cast)
    (month,) = months_until(NEXT_MONTH)
    assert (month.first.isoformat(), month.received) == ("2031-01-01", 4)
    assert (month.referred, month.answered, month.closed, month.withdrawn) == (2, 1, 1, 1)
    assert (month.open_at_end, month.median_days) == (2, 0)
    assert [e.number for e in endings([month])] == [1, 0, 0, 0, 0, 0]


def test_a_merged_concern_counts_as_handled_with_another(cast, in_january_2031):
    into, again = file_case(), file_case()
    move(again, "merge", cast.staff("amina"), into=into)
    (month,) = months_until(NEXT_MONTH)
    assert month.closed_by == {Outcome.DUPLICATE: 1}
    assert (month.received, month.open_at_end) == (2, 1)


def test_a_reopened_concern_is_open_again_and_its_past_stays(cast, in_january_2031, monkeypatch):
    case = make_case(State.CLOSED, cast)
    february = in_january_2031 + timedelta(days=28)
    monkeypatch.setattr(timezone, "now", lambda: february)
    move(case, "request_reopen", Actor.business(case), reason="Held again.")
    move(case, "reopen", cast.staff("wing"), reason="New facts.")
    january, of_february = months_until(february + timedelta(days=40))
    assert (january.closed, january.open_at_end) == (1, 0)
    assert (of_february.reopened, of_february.closed, of_february.open_at_end) == (1, 0, 1)


def test_a_month_with_nothing_in_it_is_shown_as_such(cast, in_january_2031):
    file_case()
    months = months_until(in_january_2031 + timedelta(days=90))
    assert [m.first.month for m in months] == [1, 2, 3]
    assert [m.received for m in months] == [1, 0, 0]
    assert [m.open_at_end for m in months] == [1, 1, 1]


def test_the_month_is_that_of_hong_kong(cast, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2031, 1, 31, 16, 30, tzinfo=UTC))
    file_case()
    assert [m.first.month for m in months_until(datetime(2031, 3, 2, tzinfo=UTC))] == [2]


def test_the_median_counts_working_days_of_the_office(cast, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 10, 9, 4, tzinfo=UTC))
    case = file_case()
    move(case, "triage", cast.staff("amina"), category=case.category, division=case.division, level="municipal",
         proceedings="none", referable="yes")  # fmt: skip
    # Saturday 10 October is a make-up day on the Mainland: Saturday and Monday are two working days.
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 10, 12, 4, tzinfo=UTC))
    move(case, "close", cast.staff("amina"), outcome="explained", text="As the rule says.")
    (month,) = months_until(datetime(2026, 11, 2, tzinfo=UTC))
    assert month.median_days == 2


def test_only_twelve_months_are_shown_but_all_count_as_open(cast, in_january_2031):
    file_case()
    months = months_until(in_january_2031 + timedelta(days=800))
    assert len(months) == 12
    assert months[-1].open_at_end == 1


@pytest.mark.parametrize("name", ["olivia", "amina", "wing", "hana"])
@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_officials_and_staff_read_it_in_their_language(cast, in_january_2031, monkeypatch, name, language):
    make_case(State.CLOSED, cast)
    monkeypatch.setattr(timezone, "now", lambda: NEXT_MONTH)
    page = signed_in(cast.users[name]).get(f"/{language}/reports/")
    assert page.status_code == 200
    body = page.content.decode()
    assert body.count("<h1") == 1
    assert "<details" in body
    assert "style=" not in body
    assert '<svg viewBox="0 0 660' in body


@pytest.mark.parametrize("name", ["ada", "partner"])
def test_nobody_else_reads_it(cast, name):
    assert signed_in(cast.users[name]).get(reverse("reports:home")).status_code == 403


def test_whoever_is_not_signed_in_is_asked_to(db):
    answer = Client().get(reverse("reports:home"))
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_the_page_never_asks_more_than_eight_queries(
    cast, in_january_2031, monkeypatch, django_assert_max_num_queries
):
    def read():
        with monkeypatch.context() as later:
            later.setattr(timezone, "now", lambda: NEXT_MONTH)
            client = signed_in(cast.olivia)
            with django_assert_max_num_queries(8) as asked:
                assert client.get(reverse("reports:home")).status_code == 200
        return len(asked)

    make_case(State.CLOSED, cast)
    few = read()
    for _ in range(4):
        make_case(State.CLOSED, cast)
    assert read() == few
    assert Case.objects.count() < Event.objects.count()


def test_columns_stand_on_the_base_line_and_within_the_drawing():
    months = [Month(datetime(2031, n, 1).date(), received=n * 7) for n in range(1, 13)]
    chart = columns(months)
    assert len(chart.pairs) == 12
    for pair in chart.pairs:
        for column in (pair.received, pair.closed):
            assert column.y + column.height == pytest.approx(352, abs=0.2)
            assert column.x >= 34 and column.x + column.width <= 660
            assert column.y >= 36
    assert [line.value for line in chart.lines] == [0, 50, 100, 150, 200]
    assert columns([]) is None
