"""What may be told of others while somebody files: that there are some, never how many, who, or since when."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from cases.models import Case, ReportedMonth
from cases.others import count_month, few_in, reported_by_others
from cases.permissions import Actor
from routing.models import Category
from tests.cast import file_case, make_case, move

pytestmark = [pytest.mark.both, pytest.mark.django_db]
DONGGUAN, FOSHAN, WUHAN = "441900", "440600", "420100"
DECEMBER = date(2026, 12, 1)


@pytest.fixture
def on(monkeypatch):
    def set_day(day):
        at = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_day


def companies(n, **changes):
    return [file_case(company=f"Lantern {i} Ltd (demo)", **changes) for i in range(n)]


def told(place=DONGGUAN, category="CUS-1"):
    found = reported_by_others(Category.objects.select_related("parent").get(pk=category), place)
    return found and found.pk


@pytest.mark.parametrize(("n", "expected"), [(4, None), (5, "CUS-1")])
def test_five_companies_are_others_and_four_are_not(on, n, expected):
    on("2026-11-16")
    companies(n)
    on("2026-12-10")
    count_month(DECEMBER)
    assert told() == expected
    assert told(FOSHAN) == expected  # the same province
    assert few_in(FOSHAN) is (expected is None)
    assert few_in(WUHAN)
    assert told(WUHAN) is None


def test_one_company_is_one_however_often_it_files_and_so_are_all_without_a_name(on):
    on("2026-11-16")
    companies(3)
    for _ in range(5):
        file_case(company="Lantern 0 Ltd (demo)")
        file_case(sharing="anonymous")
    on("2026-12-10")
    count_month(DECEMBER)
    assert told() is None
    assert ReportedMonth.objects.get().matters == []
    assert few_in(DONGGUAN)


def test_the_main_category_is_told_where_its_parts_are_too_few(on):
    on("2026-11-16")
    companies(3)
    for i in range(3, 6):
        file_case(company=f"Lantern {i} Ltd (demo)", category=Category.objects.get(pk="CUS-2"))
    on("2026-12-10")
    count_month(DECEMBER)
    assert told() == told(category="CUS-3") == "CUS"
    assert told(category="TAX-1") is None


def test_only_whole_months_that_have_ended_count_and_none_older_than_a_year(on):
    on("2025-11-30")
    companies(5)
    on("2026-12-10")
    count_month(DECEMBER)
    assert told() is None
    on("2026-12-31")
    companies(5)
    assert not count_month(DECEMBER)
    assert told() is None
    on("2027-01-01")
    assert told() is None  # nobody has counted yet: nothing is said
    assert not few_in(WUHAN)
    count_month(date(2027, 1, 1))
    assert told() == "CUS-1"
    assert ReportedMonth.objects.count() == 1


def test_what_was_told_stays_for_the_month_whatever_happens_in_it(on):
    on("2026-11-16")
    cases = companies(5)
    on("2026-12-10")
    count_month(DECEMBER)
    move(cases[0], "withdraw", Actor.business(cases[0]))
    assert not count_month(DECEMBER)
    assert told() == "CUS-1"
    on("2027-01-05")
    count_month(date(2027, 1, 1))
    assert told() is None


def test_withdrawn_and_merged_concerns_do_not_count(cast, on):
    on("2026-11-16")
    cases = companies(6)
    move(cases[0], "withdraw", Actor.business(cases[0]))
    twin = file_case(company="Lantern 1 Ltd (demo)")
    move(cases[1], "merge", cast.staff("amina"), into=twin)
    on("2026-12-10")
    count_month(DECEMBER)
    assert told() == "CUS-1"
    assert Case.objects.filter(outcome="duplicate").count() == 1


@pytest.mark.parametrize(("why", "expected"), [("not_business", None), ("other_body", "CUS-1")])
def test_what_was_no_business_matter_does_not_count(cast, on, why, expected):
    on("2026-11-16")
    companies(4)
    case = make_case("assessing", cast, company="Lantern 4 Ltd (demo)")
    assert (case.category_id, case.division_id) == ("CUS-1", DONGGUAN)
    words = {
        "outcome": "out_of_scope",
        "why": why,
        "text": "We cannot take this up.",
        "signpost": "The other body",
    }
    move(case, "close", cast.staff("amina"), **words)
    on("2026-12-10")
    count_month(DECEMBER)
    assert told() == expected


def test_a_higher_threshold_is_kept(on, settings):
    settings.SMALL_NUMBER = 7
    on("2026-11-16")
    companies(6)
    on("2026-12-10")
    count_month(DECEMBER)
    assert told() is None


def test_what_may_be_told_costs_one_query(on, django_assert_num_queries):
    on("2026-12-10")
    count_month(DECEMBER)
    category = Category.objects.select_related("parent").get(pk="CUS-1")
    with django_assert_num_queries(1):
        reported_by_others(category, DONGGUAN)
