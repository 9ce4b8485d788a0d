"""The staff side of the API: list, detail, events, referrals and moves, and who may see what."""

import uuid

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework.test import APIClient

from cases.models import Case, Event
from cases.permissions import Actor
from cases.states import State
from tests.cast import file_case, make_case, move, sent_referral, triage_inputs

pytestmark = pytest.mark.django_db
URL = "/api/v1/cases/"
ROLES = {"amina": 200, "wing": 200, "hana": 200, "olivia": 403, "ada": 403, "partner": 403}


def act(client, case, name, **body):
    return client.post(f"{URL}{case.reference}/moves/{name}/", body, format="json")


def triage(case, **changes):
    values = triage_inputs(case) | {"category": case.category_id, "division": case.division_id}
    return values | {"version": Case.objects.get(pk=case.pk).seq} | changes


@pytest.mark.parametrize(("name", "status"), ROLES.items())
def test_the_list_is_for_those_who_work_cases(as_, name, status):
    assert as_(name).get(URL).status_code == status


def test_bad_input_75_nobody_learns_only_that_they_must_sign_in(anyone, cast):
    case = file_case()
    for address in (URL, f"{URL}{case.reference}/", f"{URL}HKC-0000-0000/", f"{URL}{case.reference}/events/"):
        answer = anyone.get(address)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer["WWW-Authenticate"] == "Token"
        assert set(answer.json()) == {"code", "message"}
    assert act(anyone, case, "claim", version=1).status_code == 401


def test_bad_input_75_an_expired_session_and_a_disabled_person_are_401(cast, as_):
    client = APIClient()
    client.force_login(cast.amina)
    assert client.get(URL).status_code == 200
    Session.objects.all().delete()
    assert client.get(URL).status_code == 401
    client.force_login(cast.wing)
    by_token = as_("wing")
    cast.wing.is_active = False
    cast.wing.save()
    assert client.get(URL).status_code == 401
    assert by_token.get(URL).status_code == 401


@pytest.mark.parametrize(("name", "status"), [("olivia", 403), ("ada", 403), ("partner", 403), ("bo", 404)])
def test_bad_input_75_the_wrong_role_is_403_and_another_office_404(as_, name, status):
    case = file_case()
    assert as_(name).get(f"{URL}{case.reference}/").status_code == status
    assert act(as_(name), case, "claim", version=1).status_code == status
    assert Case.objects.get().assignee is None


def test_a_browser_session_needs_its_csrf_token(cast):
    case = file_case()
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(cast.amina)
    assert act(client, case, "claim", version=1).status_code == 403
    assert Case.objects.get().assignee is None


def test_the_list_shows_own_cases_and_who_has_them(as_, cast):
    case = file_case()
    move(case, "claim", cast.staff("amina"))
    rows = as_("amina").get(URL).json()["results"]
    assert [(row["reference"], row["assignee"], row["version"]) for row in rows] == [
        (case.reference, "amina", 2)
    ]
    assert as_("bo").get(URL).json()["results"] == []


def test_the_list_holds_no_identity(as_, cast):
    file_case()
    assert "Siu-ming" not in as_("amina").get(URL).content.decode()


def test_the_pages_follow_one_another_to_the_end_and_back(as_, cast):
    for _ in range(30):
        file_case()
    for case in Case.objects.order_by("pk")[:4]:  # an ended case has no due date
        move(case, "withdraw", Actor.business(case))
    client = as_("amina")
    seen, address, pages = [], f"{URL}?page_size=25", []
    while address:
        page = client.get(address).json()
        seen += [row["reference"] for row in page["results"]]
        pages.append(page)
        address = page["next"]
    assert len(seen) == len(set(seen)) == 30
    back = client.get(pages[1]["previous"]).json()
    assert back["results"] == pages[0]["results"]


@pytest.mark.parametrize(
    "query",
    [
        "state=received",
        "state=open",
        "office=GDETO",
        "division=440000",
        "category=CUS",
        "priority=normal",
        "waiting_for=office",
        "language=en",
        "due_before=2099-01-01",
        "created_after=2000-01-01T00:00:00Z",
        "created_before=2099-01-01T00:00:00Z",
        "q=port",
        "assignee=nobody",
        "ordering=-received_at",
    ],
)
def test_every_filter_of_the_contract_answers(as_, query):
    case = file_case()
    rows = as_("amina").get(f"{URL}?{query}").json()["results"]
    assert [row["reference"] for row in rows] == [case.reference]


@pytest.mark.parametrize(
    "query", ["colour=red", "state=gone", "office=XX", "due_before=soon", "ordering=title", "q=" + "x" * 300]
)
def test_an_unknown_filter_or_value_is_400(as_, query):
    answer = as_("amina").get(f"{URL}?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.split("=")[0]])


@pytest.mark.parametrize("cursor", ["x", "%00", "W10", "9" * 400, "字"])
def test_a_cursor_that_cannot_be_read_is_the_first_page(as_, cursor):
    file_case()
    assert len(as_("amina").get(f"{URL}?cursor={cursor}").json()["results"]) == 1


@pytest.mark.parametrize("number", [2, 50])
def test_the_list_costs_the_same_for_2_and_50_rows(as_, django_assert_max_num_queries, number):
    for _ in range(number):
        file_case()
    client = as_("amina")
    client.get(URL)
    with django_assert_max_num_queries(5):
        assert len(client.get(URL).json()["results"]) == number


def test_the_detail_has_the_words_and_the_moves_of_this_person(as_, cast):
    case = file_case()
    seen = as_("amina").get(f"{URL}{case.reference.lower()}/").json()
    assert seen["statement"]["text"].startswith("Our goods")
    assert "claim" in seen["moves"]
    assert "Siu-ming" not in str(seen)


def test_a_move_answers_with_its_event(as_, cast):
    case = file_case()
    answer = act(as_("amina"), case, "triage", **triage(case), note="Looks sound")
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["move"], answer.json()["seq"], answer.json()["note"]) == (
        "triage",
        2,
        "Looks sound",
    )
    assert Case.objects.get().state == State.ASSESSING
    events = as_("amina").get(f"{URL}{case.reference}/events/?after=1").json()
    assert [event["seq"] for event in events] == [2]


def test_bad_input_66_a_case_is_not_changed_by_writing_to_it(as_):
    case = file_case()
    body = {"state": "closed", "office": 3, "identity_consent": "share", "created_at": "2020-01-01"}
    client = as_("amina")
    for method in (client.patch, client.put, client.delete):
        assert method(f"{URL}{case.reference}/", body, format="json").status_code == 405
    assert client.post(URL, body, format="json").status_code == 405
    answer = act(client, case, "claim", version=1, **body)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == set(body)
    kept = Case.objects.get()
    assert (kept.state, kept.office_id, kept.seq) == (State.RECEIVED, "GDETO", 1)


def test_bad_input_67_a_move_the_state_does_not_allow_is_409_and_says_who_and_when(as_, cast):
    case = file_case()
    move(case, "claim", cast.staff("wing"))
    answer = act(as_("amina"), case, "drop_question", version=2)
    assert answer.status_code == 409
    seen = answer.json()
    assert (seen["code"], seen["state"], seen["version"], seen["by"]) == (
        "not_allowed",
        "received",
        2,
        "Wing",
    )
    assert seen["at"]


def test_bad_input_67_an_unknown_move_is_404(as_):
    case = file_case()
    for name in ("no_such_move", "recompute", "delete", "__class__", "Claim", "..", "%00"):
        answer = act(as_("amina"), case, name, version=1)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), name


def test_bad_input_67_an_old_version_is_stale_and_names_the_winner(as_, cast):
    case = file_case()
    move(case, "claim", cast.staff("wing"))
    answer = act(as_("amina"), case, "claim", version=1)
    seen = answer.json()
    assert (answer.status_code, seen["code"], seen["version"], seen["by"]) == (409, "stale", 2, "Wing")


def test_bad_input_68_no_version_is_428(as_):
    case = file_case()
    answer = act(as_("amina"), case, "claim")
    assert (answer.status_code, answer.json()["code"]) == (428, "version_missing")


@pytest.mark.parametrize("version", ["1", True, 1.0, [1], {}])
def test_bad_input_64_a_version_of_another_type_is_400(as_, version):
    answer = act(as_("amina"), file_case(), "claim", version=version)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["version"])


@pytest.mark.parametrize("text", [12, True, ["a"], {"a": 1}])
def test_bad_input_64_a_text_of_another_type_is_400(as_, text):
    case = file_case()
    answer = act(as_("amina"), case, "add_note", version=1, text=text)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["text"])
    answer = act(as_("amina"), case, "claim", version=1, note=text)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["note"])
    assert Event.objects.filter(case=case).count() == 1


@pytest.mark.parametrize(
    "day", ["20/12/2099", "2099-1-5", "20 December 2099", "2099年12月20日", "", "2099-12-20T00:00"]
)
def test_bad_input_64_a_date_in_another_form_is_400(as_, day):
    case = file_case()
    answer = act(as_("amina"), case, "ask", version=1, text="Which number?", answer_by=day)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["answer_by"])
    answer = act(as_("amina"), case, "ask", version=1, text="Which number?", answer_by="2099-02-30")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["answer_by"])


def test_a_note_that_is_too_long_is_named(as_):
    answer = act(as_("amina"), file_case(), "claim", version=1, note="x" * 4001)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["note"])


def test_the_referrals_of_a_case_and_their_moves(as_, cast):
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    rows = as_("amina").get(f"{URL}{case.reference}/referrals/").json()
    assert [(row["uuid"], row["state"]) for row in rows] == [(str(referral.uuid), "sent")]
    assert set(rows[0]["authority_name"]) == {"en", "zh_hant", "zh_hans"}
    assert "acknowledge" in rows[0]["moves"]
    version = Case.objects.get(pk=case.pk).seq
    address = f"/api/v1/referrals/{referral.uuid}/moves/"
    assert as_("bo").post(f"{address}acknowledge/", {"version": version}, format="json").status_code == 404
    heard = {"channel": "phone", "on": f"{timezone.localdate()}"}
    assert as_("amina").post(f"{address}acknowledge/", heard, format="json").status_code == 428
    assert (
        as_("amina").post(f"{address}acknowledge/", heard | {"version": 1}, format="json").status_code == 409
    )
    answer = as_("amina").post(f"{address}acknowledge/", heard | {"version": version}, format="json")
    assert (answer.status_code, answer.json()["referral_after"]) == (200, "acknowledged")


def test_bad_input_70_whatever_is_not_there_is_one_and_the_same_404(as_, cast):
    theirs = make_case(State.ASSESSING, cast)
    referral = sent_referral(theirs, cast)
    client = as_("bo")
    addresses = [
        f"{URL}{theirs.reference}/",
        f"{URL}HKC-0000-0000/",
        f"{URL}1/",
        f"{URL}%00/",
        f"{URL}../",
        f"{URL}..%2f..%2fetc/",
        f"{URL}{'x' * 3000}/",
        f"{URL}{theirs.reference}/events/",
        f"{URL}{theirs.reference}/referrals/",
        "/api/v1/nowhere/",
        "/api/v1/",
    ]
    answers = [client.get(address) for address in addresses]
    for name in (referral.uuid, uuid.uuid4(), "1", "%00", "..", "x" * 3000):
        answers.append(client.post(f"/api/v1/referrals/{name}/moves/recall/", {}, format="json"))
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}
    assert answers[0].json()["code"] == "not_found"
