"""The case page and the moves made from it."""

import pytest
from django.test import Client

from cases.models import Case, Event, Reading
from tests.cast import an_authority, make_case, move, sent_referral


@pytest.fixture
def at(cast):
    """A browser in which somebody is signed in: ``at("amina")``."""

    def sign_in(name):
        client = Client()
        client.force_login(cast.users[name])
        return client

    return sign_in


STATES = ["received", "assessing", "awaiting_submitter", "referred", "answered", "closed", "withdrawn"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_case_page_shows_every_state_in_every_language(at, cast, state, language):
    case = make_case(state, cast)
    for name in ("amina", "wing", "hana"):
        page = at(name).get(f"/{language}/cases/{case.reference}/")
        assert page.status_code == 200
        assert "Our goods have been held" in page.content.decode()
    for referral in case.referrals.all():
        page = at("amina").get(f"/{language}/cases/{case.reference}/referrals/{referral.uuid}/")
        assert page.status_code == 200


@pytest.mark.parametrize("state", STATES)
def test_every_offered_move_has_a_page_with_its_form(at, cast, state):
    case = make_case(state, cast)
    for name in ("amina", "wing"):
        page = at(name).get(f"/en/cases/{case.reference}/")
        for move_ in [*page.context["more"], *filter(None, [page.context["main"], page.context["asks"]])]:
            assert at(name).get(move_["url"]).status_code == 200, move_["url"]


@pytest.mark.parametrize("state", STATES)
def test_the_case_page_costs_ten_queries_whatever_the_history(at, cast, state, django_assert_max_num_queries):
    case = make_case(state, cast)
    for n in range(20):
        move(case, "add_note", cast.staff("amina"), text=f"Note {n}")
    client = at("wing")
    client.get(f"/en/cases/{case.reference}/")
    with django_assert_max_num_queries(10):
        client.get(f"/en/cases/{case.reference}/")
