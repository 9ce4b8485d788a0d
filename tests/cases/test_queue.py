"""The queue: what it shows, in which order, to whom, and what it does with odd addresses."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases import paging
from cases.filters import ORDERINGS
from cases.models import Case
from tests.cast import make_case


@pytest.fixture
def desk(cast):
    client = Client()
    client.force_login(cast.amina)
    return client


def references(response):
    return [row["reference"] for group in response.context["groups"] for row in group["rows"]]


def test_the_queue_shows_open_cases_of_the_office(desk, cast):
    mine = make_case("assessing", cast)
    ended = make_case("withdrawn", cast)
    page = desk.get("/en/cases/")
    assert page.status_code == 200
    assert references(page) == [mine.reference]
    assert ended.reference not in page.content.decode()


def test_the_queue_costs_the_same_with_two_and_with_fifty_cases(desk, cast, django_assert_max_num_queries):
    make_case("received", cast)
    make_case("assessing", cast)
    desk.get("/en/cases/")
    with django_assert_max_num_queries(8) as few:
        desk.get("/en/cases/?size=100")
    for _n in range(48):
        make_case("received", cast)
    with django_assert_max_num_queries(8) as many:
        page = desk.get("/en/cases/?size=100")
    assert len(references(page)) == 50
    assert len(many) == len(few)


def test_the_queue_of_headquarters_holds_every_office(cast):
    ours = make_case("received", cast)
    client = Client()
    client.force_login(cast.hana)
    page = client.get("/en/cases/")
    assert references(page) == [ours.reference]
    assert "All offices – open" in page.content.decode()


@pytest.mark.parametrize("name", ["olivia", "ada", "partner"])
def test_the_queue_is_closed_to_people_who_do_not_work_on_cases(cast, name):
    client = Client()
    client.force_login(cast.users[name])
    assert client.get("/en/cases/").status_code == 403


def test_rows_are_grouped_by_when_they_are_due(desk, cast):
    late, soon, paused = (make_case("received", cast) for _n in range(3))
    today = timezone.localdate()
    Case.objects.filter(pk=late.pk).update(due_on=today - timedelta(days=7))
    Case.objects.filter(pk=soon.pk).update(due_on=today + timedelta(days=60))
    Case.objects.filter(pk=paused.pk).update(due_on=today - timedelta(days=7), due_paused=True)
    groups = {
        g["label"]: [r["reference"] for r in g["rows"]] for g in desk.get("/en/cases/").context["groups"]
    }
    assert groups["Overdue"] == [late.reference]
    assert groups["Later"] == [soon.reference]
    assert groups["Due this week"] == [paused.reference]
    overdue = desk.get("/en/cases/?state=open&overdue=yes")
    assert references(overdue) == [late.reference]
    assert "Overdue by" in overdue.content.decode()


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_paging_by_key_goes_there_and_back_and_loses_nothing(desk, cast, ordering, monkeypatch):
    monkeypatch.setattr(paging, "SIZES", (3, 50, 100))
    made = [make_case("received", cast) for _n in range(8)]
    for n, case in enumerate(made):
        due = timezone.localdate() + timedelta(days=n // 3) if n % 4 else None
        Case.objects.filter(pk=case.pk).update(due_on=due)
    url, there = f"/en/cases/?ordering={ordering}", []
    for _n in range(5):
        page = desk.get(f"/en/cases/{url}" if url.startswith("?") else url)
        there.append([case.pk for case in page.context["page"]])
        url = page.context["pages"]["next"]
        if not url:
            break
    assert sorted(pk for rows in there for pk in rows) == sorted(case.pk for case in made)
    assert len({pk for rows in there for pk in rows}) == 8
    back = []
    while True:
        back.append([case.pk for case in page.context["page"]])
        if not page.context["pages"]["previous"]:
            break
        page = desk.get("/en/cases/" + page.context["pages"]["previous"])
    assert back[0] == there[-1]
    assert [pk for rows in reversed(back) for pk in rows] == [pk for rows in there for pk in rows]
    first = desk.get(f"/en/cases/?ordering={ordering}")
    last = desk.get("/en/cases/" + first.context["pages"]["last"])
    assert [case.pk for case in last.context["page"]] == [pk for rows in there for pk in rows][-3:]


def test_a_chip_names_each_filter_and_removes_only_it(desk, cast):
    make_case("received", cast)
    page = desk.get("/en/cases/?state=received&category=CUS&assignee=nobody")
    chips = {chip["name"]: chip for chip in page.context["chips"]}
    assert chips["Category"]["value"].startswith("Customs")
    assert chips["Owner"]["value"] == "Unclaimed"
    assert "category" not in chips["Category"]["url"]
    assert "assignee=nobody" in chips["Category"]["url"]


# --- bad inputs -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "cursor", ["0", "-1", "abc", "1e9", "９", "W10", "x" * 5000, "WyJmIiwiZHVlX29uIiwibm90YWRheSIsMV0"]
)
def test_bad_input_88_an_odd_page_is_the_first_page(desk, cast, cursor):
    case = make_case("received", cast)
    page = desk.get("/en/cases/", {"cursor": cursor, "page": cursor})
    assert page.status_code == 200
    assert references(page) == [case.reference]


@pytest.mark.parametrize(
    ("asked", "got"), [("100000", 100), ("-5", 25), ("abc", 25), ("51", 100), ("９", 25)]
)
def test_bad_input_89_the_size_of_a_page_is_one_of_three(asked, got):
    assert paging.size_of(asked) == got


@pytest.mark.parametrize(
    "ordering", ["password", "-contact__name", "due_on;drop", "assignee__password", "?", "due_on,id"]
)
def test_bad_input_90_an_order_that_is_not_offered_is_ignored_with_a_notice(desk, cast, ordering):
    make_case("received", cast)
    page = desk.get("/en/cases/", {"ordering": ordering})
    assert page.status_code == 200
    assert "has been left out" in page.content.decode()
    assert page.context["columns"][0]["sort"] == "ascending"


@pytest.mark.parametrize(
    "name", ["office__name__regex", "state__in[]", "contact__email", "assignee__password__startswith"]
)
def test_bad_input_91_a_filter_that_does_not_exist_is_ignored_with_a_notice(desk, cast, name):
    case = make_case("received", cast)
    page = desk.get("/en/cases/", {name: "(a+)+$", "state": "open"})
    assert references(page) == [case.reference]
    assert "has been left out" in page.content.decode()
