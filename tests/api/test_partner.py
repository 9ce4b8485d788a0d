"""A partner organisation: it lists and follows what it filed, for whom it filed, and nothing else."""

import pytest

from accounts.models import Role, User
from cases.actions import open_case
from cases.models import Case
from cases.permissions import Actor
from cases.states import State
from tests.cast import a_filing, file_case, make_case, move, triage_inputs

pytestmark = pytest.mark.django_db
URL = "/api/v1/concerns/"


@pytest.fixture
def other(cast):
    user = User(
        username="chamber", name="Another chamber (demo)", email="c@example.invalid", role=Role.PARTNER
    )
    user.set_unusable_password()
    user.save()
    cast.users["chamber"] = user
    return user


def filed(user, **changes):
    return open_case(a_filing(**changes), by=Actor.partner(user)).case


def test_a_partner_lists_what_it_filed_the_latest_first(as_, cast, other):
    mine = [filed(cast.partner, on_behalf_of=f"Client {n} (demo)") for n in range(3)]
    filed(other)
    file_case()
    page = as_("partner").get(URL).json()
    assert [row["reference"] for row in page["results"]] == [case.reference for case in reversed(mine)]
    assert page["results"][0]["on_behalf_of"] == "Client 2 (demo)"
    assert set(page["results"][0]) == {
        "reference",
        "stage",
        "status",
        "waiting_for",
        "office",
        "last_seq",
        "question_open",
        "on_behalf_of",
        "received_at",
    }


def test_the_list_tells_what_is_new_and_nothing_internal(as_, cast):
    case = filed(cast.partner)
    move(case, "claim", cast.staff("amina"))
    assert as_("partner").get(URL).json()["results"][0]["last_seq"] == 1
    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    move(case, "ask", cast.staff("amina"), text="Which number?")
    row = as_("partner").get(URL).json()["results"][0]
    assert (row["last_seq"], row["question_open"], row["waiting_for"]) == (3, True, "business")
    assert "amina" not in str(row).lower()


def test_the_list_is_read_page_by_page_and_back(as_, cast, django_assert_max_num_queries):
    for _ in range(27):
        filed(cast.partner)
    client = as_("partner")
    with django_assert_max_num_queries(4):
        first = client.get(f"{URL}?page_size=25").json()
    second = client.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (25, 2, None)
    assert client.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize("query", ["state=received", "ordering=received_at", "page_size=0", "office=GDETO"])
def test_a_filter_that_the_list_does_not_have_is_400(as_, query):
    answer = as_("partner").get(f"{URL}?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.split("=")[0]])


def test_the_list_is_for_partners_alone(as_, anyone):
    assert anyone.get(URL).status_code == 401
    for name in ("amina", "hana", "olivia", "ada"):
        answer = as_(name).get(URL)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_another_partner_finds_nothing_of_it(as_, cast, other):
    case = filed(cast.partner)
    client = as_("chamber")
    assert client.get(URL).json()["results"] == []
    for method, tail in (("get", ""), ("get", "events/"), ("post", "moves/withdraw/")):
        answer = getattr(client, method)(f"{URL}{case.reference}/{tail}", format="json")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Case.objects.get().state == State.RECEIVED


def test_a_partner_has_no_place_on_the_side_of_the_office(as_, cast):
    case = filed(cast.partner)
    client = as_("partner")
    for address in (
        "cases/",
        f"cases/{case.reference}/",
        f"cases/{case.reference}/events/",
        "reports/summary/",
    ):
        assert client.get(f"/api/v1/{address}").status_code == 403
    for name in ("withdraw", "reply", "claim", "close"):
        answer = client.post(f"/api/v1/cases/{case.reference}/moves/{name}/", {"version": 1}, format="json")
        assert answer.status_code == 403


def test_bad_input_75_the_token_of_a_suspended_account_is_dead_at_once(as_, cast):
    case = filed(cast.partner)
    client = as_("partner")
    assert client.get(URL).status_code == 200
    User.objects.filter(pk=cast.partner.pk).update(is_active=False)
    for address in (URL, f"{URL}{case.reference}/", f"{URL}{case.reference}/events/"):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
        assert set(answer.json()) == {"code", "message"}
    answer = client.post(f"{URL}{case.reference}/moves/withdraw/", {}, format="json")
    assert answer.status_code == 401
    assert client.post(URL, {}, format="json", headers={"Idempotency-Key": "k"}).status_code == 401


def test_bad_input_75_an_account_that_is_no_partner_any_more_loses_its_concerns(as_, cast):
    case = filed(cast.partner)
    client = as_("partner")
    User.objects.filter(pk=cast.partner.pk).update(role=Role.OFFICIAL)
    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}{case.reference}/").status_code == 401


def test_a_closed_concern_of_a_partner_may_be_asked_about_again(as_, cast):
    case = make_case(State.CLOSED, cast)
    Case.objects.filter(pk=case.pk).update(filed_by=cast.partner)
    address = f"{URL}{case.reference}/moves/request_reopen/"
    answer = as_("partner").post(address, {"kind": "reopen", "reason": "Held again"}, format="json")
    assert (answer.status_code, answer.json()["stage"]) == (200, "closed")
    assert Case.objects.get().reopen_asked == "reopen"
