"""Following a concern through the API with its code, and the moves of its business."""

import pytest

from cases.actions import open_case
from cases.models import Case
from cases.permissions import Actor
from tests.cast import a_filing, make_case, move, triage_inputs

pytestmark = pytest.mark.django_db
UNKNOWN = "HKC-0000-0000"


@pytest.fixture
def opened(cast):
    return open_case(a_filing(), by=Actor.new_business())


def url(case, tail=""):
    return f"/api/v1/concerns/{case.reference}/{tail}"


def code(opened):
    return {"X-Tracking-Code": opened.tracking_code}


def test_the_code_opens_the_public_projection(anyone, opened, cast):
    move(opened.case, "triage", cast.staff("amina"), **triage_inputs(opened.case))
    move(opened.case, "add_note", cast.staff("amina"), text="SECRET")
    answer = anyone.get(url(opened.case), headers=code(opened))
    assert answer.status_code == 200
    seen = answer.json()
    assert {"reference", "stage", "waiting_for", "office", "last_seq", "next_step", "events"} <= set(seen)
    assert seen["office"] == {"id": "GDETO", "name": seen["office"]["name"]}
    assert [event["seq"] for event in seen["events"]] == list(range(1, seen["last_seq"] + 1))
    assert {"seq", "at", "kind", "text"} <= set(seen["events"][0])
    assert "SECRET" not in answer.content.decode()
    assert "Amina" not in answer.content.decode()


def test_a_code_as_people_write_it_is_understood(anyone, opened):
    written = " ".join(opened.tracking_code[i : i + 4] for i in range(0, 16, 4))
    reference = opened.case.reference.lower().replace("-", "")
    answer = anyone.get(f"/api/v1/concerns/{reference}/", headers={"X-Tracking-Code": written})
    assert answer.status_code == 200


def test_what_the_office_writes_is_in_the_text(anyone, opened, cast):
    move(opened.case, "triage", cast.staff("amina"), **triage_inputs(opened.case))
    move(opened.case, "ask", cast.staff("amina"), text="Which declaration number?")
    seen = anyone.get(url(opened.case), headers=code(opened)).json()
    assert seen["question_open"]
    assert seen["waiting_for"] == "business"
    question = seen["events"][-1]
    assert question["kind"] == "question"
    assert question["words"] == "Which declaration number?"
    assert question["text"].endswith("Which declaration number?")


def test_it_speaks_the_language_of_the_caller(anyone, opened):
    english = anyone.get(url(opened.case), headers=code(opened)).json()
    chinese = anyone.get(url(opened.case), headers=code(opened) | {"Accept-Language": "yue"}).json()
    assert english["office"]["name"] != chinese["office"]["name"]


def test_events_after_a_number_and_nothing_while_nothing_changed(anyone, opened, cast):
    first = anyone.get(url(opened.case, "events/"), headers=code(opened))
    assert [event["seq"] for event in first.json()] == [1]
    headers = code(opened) | {"If-None-Match": first["ETag"]}
    again = anyone.get(url(opened.case, "events/"), headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    move(opened.case, "add_note", cast.staff("amina"), text="internal")
    assert anyone.get(url(opened.case, "events/"), headers=headers).status_code == 304
    move(opened.case, "triage", cast.staff("amina"), **triage_inputs(opened.case))
    later = anyone.get(url(opened.case, "events/?after=1"), headers=headers)
    assert later.status_code == 200
    assert [event["seq"] for event in later.json()] == [2]
    assert later["X-Last-Seq"] == "2"


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "１", ""])
def test_an_after_that_is_no_number_is_400(anyone, opened, after):
    answer = anyone.get(url(opened.case, "events/"), {"after": after}, headers=code(opened))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["after"])


def test_a_wrong_code_an_unknown_reference_and_an_odd_one_are_the_same_404(anyone, opened, as_):
    wrong = {"X-Tracking-Code": "0" * 16}
    answers = [
        anyone.get(url(opened.case), headers=wrong),
        anyone.get(f"/api/v1/concerns/{UNKNOWN}/", headers=wrong),
        anyone.get("/api/v1/concerns/1/", headers=wrong),
        anyone.get("/api/v1/concerns/%00/", headers=wrong),
        anyone.get(url(opened.case), headers={"X-Tracking-Code": "abc"}),
        as_("partner").get(url(opened.case)),
    ]
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}
    assert answers[0].json()["code"] == "not_found"


def test_without_a_code_it_is_401_whether_or_not_the_concern_exists(anyone, opened, as_):
    answers = [
        anyone.get(url(opened.case)),
        anyone.get(f"/api/v1/concerns/{UNKNOWN}/"),
        as_("amina").get(url(opened.case)),
    ]
    assert {(a.status_code, a.content) for a in answers} == {(401, answers[0].content)}


def test_wrong_codes_are_limited_as_on_the_page(anyone, opened):
    for _ in range(5):
        assert anyone.get(url(opened.case), headers={"X-Tracking-Code": "0" * 16}).status_code == 404
    answer = anyone.get(url(opened.case), headers=code(opened))
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer["Retry-After"]) > 60


def test_the_business_answers_a_question(anyone, opened, cast):
    move(opened.case, "triage", cast.staff("amina"), **triage_inputs(opened.case))
    move(opened.case, "ask", cast.staff("amina"), text="Which number?")
    answer = anyone.post(
        url(opened.case, "moves/reply/"), {"text": "5301"}, format="json", headers=code(opened)
    )
    assert answer.status_code == 200
    assert answer.json()["events"][-1]["words"] == "5301"
    assert Case.objects.get().waiting_for == "office"


def test_a_partner_writes_withdraws_and_asks_to_look_again(as_, cast):
    case = open_case(a_filing(), by=Actor.partner(cast.partner)).case
    client = as_("partner")
    assert client.post(url(case, "moves/send_message/"), {"text": "More"}, format="json").status_code == 200
    assert client.post(url(case, "moves/withdraw/"), {}, format="json").json()["stage"] == "withdrawn"
    asked = {"kind": "reopen", "reason": "Held again"}
    answer = client.post(url(case, "moves/request_reopen/"), asked, format="json")
    assert answer.status_code == 200, answer.json()


def test_the_same_key_makes_a_move_once(anyone, opened):
    headers = code(opened) | {"Idempotency-Key": "once"}
    for _ in range(3):
        answer = anyone.post(
            url(opened.case, "moves/send_message/"), {"text": "More"}, format="json", headers=headers
        )
        assert answer.status_code == 200
    assert Case.objects.get().public_seq == 2


def test_bad_input_67_a_move_that_is_not_possible_now_names_the_stage_and_nobody(anyone, opened, cast):
    move(opened.case, "claim", cast.staff("amina"))
    asked = {"kind": "reopen", "reason": "x"}
    answer = anyone.post(
        url(opened.case, "moves/request_reopen/"), asked, format="json", headers=code(opened)
    )
    assert answer.status_code == 409
    assert set(answer.json()) == {"code", "message", "stage"}
    assert answer.json()["code"] == "not_allowed"
    assert "amina" not in answer.content.decode().lower()


@pytest.mark.parametrize("name", ["triage", "claim", "close", "no_such_move", "..", "%00"])
def test_bad_input_67_a_move_that_is_not_theirs_is_404(anyone, opened, name):
    answer = anyone.post(url(opened.case, f"moves/{name}/"), {}, format="json", headers=code(opened))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "body", [{"text": 5}, {"text": ["a"]}, {"text": "x", "state": "closed"}, {"text": "x", "version": 1}, {}]
)
def test_bad_input_64_a_message_of_another_shape_is_400(anyone, opened, body):
    answer = anyone.post(url(opened.case, "moves/send_message/"), body, format="json", headers=code(opened))
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert Case.objects.get().public_seq == 1


def test_a_closed_concern_still_shows_its_way(as_, cast):
    case = make_case("closed", cast, key="partner-case")
    Case.objects.filter(pk=case.pk).update(filed_by=cast.partner)
    seen = as_("partner").get(url(case)).json()
    assert seen["stage"] == "closed"
    assert seen["may"]["request_reopen"]
