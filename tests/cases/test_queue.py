"""The queue: what it shows, in which order, to whom, and what it does with odd addresses."""

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case
from tests.cast import make_case, move


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
