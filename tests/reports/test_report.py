"""What officials read: totals by month from events, no more."""

from collections import Counter
from datetime import date

import pytest
from django.utils import timezone

from cases.states import State
from reports.columns import columns
from reports.figures import by_month, median_of
from tests.cast import file_case, make_case

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def test_totals_count_what_happened(cast):
    for state in (State.RECEIVED, State.REFERRED, State.ANSWERED, State.CLOSED, State.WITHDRAWN):
        make_case(state, cast)
    month = by_month(timezone.localdate())[-1]
    assert (month.received, month.open_at_end, month.referred, month.answered) == (5, 3, 3, 2)
    assert (month.closed, month.withdrawn, month.outcomes) == (1, 1, {"resolved": 1})
    assert month.median_days == 0


def test_a_reopened_case_is_open_again(cast):
    from tests.cast import move

    case = make_case(State.CLOSED, cast)
    move(case, "reopen", cast.staff("wing"), reason="x")
    assert by_month(timezone.localdate())[-1].open_at_end == 1


def test_months_are_those_before_today():
    months = by_month(date(2026, 3, 15), months=3)
    assert [m.first for m in months] == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    assert [m.complete for m in months] == [True, True, True, False]


@pytest.mark.parametrize(
    ("counts", "median"), [({1: 1}, 1), ({1: 1, 3: 1}, 2), ({1: 5, 9: 1}, 1), ({2: 2, 4: 2}, 3)]
)
def test_the_median_of_counted_values(counts, median):
    assert median_of(Counter(counts)) == median


def test_the_drawing_is_text_with_a_description():
    drawing = columns(["Jan"], [3], [1], "Three & one")
    assert 'role="img" aria-label="Three &amp; one"' in drawing


@pytest.mark.parametrize(("name", "status"), [("olivia", 200), ("amina", 200), ("hana", 200), ("ada", 403)])
def test_who_reads_the_report(client, cast, name, status):
    client.force_login(getattr(cast, name))
    assert client.get("/en/reports/").status_code == status


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert client.get("/en/reports/").status_code == 302


@pytest.mark.parametrize(("language", "words"), [("en", "Received"), ("zh-hant", "收到"), ("zh-hans", "收到")])
def test_the_report_in_three_languages(client, cast, language, words):
    client.force_login(cast.olivia)
    page = client.get(f"/{language}/reports/").content.decode()
    assert words in page
    assert "<svg" in page


def test_queries_do_not_grow_with_cases(client, cast, django_assert_max_num_queries):
    client.force_login(cast.olivia)
    client.get("/en/reports/")
    for _ in range(2):
        with django_assert_max_num_queries(8):
            client.get("/en/reports/")
        for _ in range(5):
            file_case()


def test_nothing_of_a_case_is_on_the_page(client, cast):
    case = make_case(State.CLOSED, cast)
    client.force_login(cast.olivia)
    page = client.get("/en/reports/").content.decode()
    for words in (case.reference, "Lantern", "Ho Siu-ming", "Dongguan", case.title[:20]):
        assert words not in page
