"""A quick question: one page to the office's queue, and back."""

import re

import pytest
from django.core import mail
from django.test import Client

from cases import mailing
from cases.models import Case
from cases.public import project
from cases.refusals import NotAllowed
from cases.states import State
from feedback import asking
from feedback.automatic import FILINGS_OF_NETWORK
from tests.cast import file_case, make_case, move, triage_inputs
from tests.feedback.answers import hidden
from tests.feedback.codes import newest_code

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ASK = "/en/question/"
SENT = "/en/question/sent/"
WORDS = {
    "text": "Which office looks after Dongguan?",
    "province": "440000",
    "main": "CUS",
    "kind": "enterprise",
}


def text_of(page):
    return page.content.decode()


def asks(client, **changes):
    page = client.get(ASK)
    return client.post(ASK, {**hidden(page), **WORDS, **changes})


def code_on(page):
    return re.sub(r"\D", "", re.search(r'id="tracking-code">([^<]*)<', text_of(page))[1])


def test_a_question_reaches_the_office_and_its_answer_the_asker(client, cast):
    assert asks(client, email="ho@example.invalid")["Location"] == SENT
    case = Case.objects.get()
    assert (case.enquiry, case.office_id, case.category_id, case.division_id) == (
        True,
        "GDETO",
        "CUS",
        "440000",
    )
    assert (case.sharing, case.filer_kind, case.language) == ("anonymous", "enterprise", "en")
    page = client.get(SENT)
    code = code_on(page)
    assert case.reference in text_of(page) and len(code) == 16
    assert "An officer reads it by" in text_of(page)
    # Another device follows it with both numbers.
    other = Client()
    opened = other.post("/en/track/", {"reference": case.reference, "code": code})
    assert opened["Location"] == f"/en/track/{case.reference}/"
    followed = text_of(other.get(opened["Location"]))
    assert "We have received your question" in followed and "With the Mainland authority" not in followed
    move(case, "answer_enquiry", cast.staff("amina"), text="The Guangdong office does.")
    case.refresh_from_db()
    assert (case.state, case.outcome, case.triaged_at) == (State.CLOSED, "explained", None)
    followed = text_of(other.get(opened["Location"]))
    assert "We have answered your question" in followed and "The Guangdong office does." in followed
    assert project(case).may["request_reopen"]


def test_the_confirmed_address_is_told_that_there_is_an_answer(client, cast):
    asks(client, email="ho@example.invalid")
    case = Case.objects.get()
    page = client.get(SENT)
    confirm = f"/en/track/{case.reference}/email/"
    assert confirm in text_of(page)
    client.post(confirm, {"_send": "1"})
    assert client.post(confirm, {"code": newest_code()}).status_code == 303
    mailing.send_due()
    mail.outbox.clear()
    move(case, "answer_enquiry", cast.staff("amina"), text="The Guangdong office does.")
    case.notices.update(not_before=case.received_at)
    assert mailing.send_due() == 1
    assert "Guangdong" not in mail.outbox[-1].body


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("text", "Write your question"),
        ("province", "Select a province"),
        ("main", "Select what it is mainly about"),
        ("kind", "Select whether you write for an enterprise or as an individual"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(client, field, said):
    page = asks(client, **{field: ""}, email="ho@example.invalid")
    assert page.status_code == 422 and said in text_of(page)
    assert f'href="#id_{field}"' in text_of(page) and "ho@example.invalid" in text_of(page)
    assert not Case.objects.exists()


@pytest.mark.parametrize("typed", ["ho", "何@例子.香港", "a" * 300 + "@example.invalid"])
def test_bad_input_41_what_is_no_address_is_said_to_be_none(client, typed):
    page = asks(client, email=typed)
    assert page.status_code == 422 and 'href="#id_email"' in text_of(page)


def test_a_slip_in_the_address_and_a_number_in_the_text_are_asked_about_once(client):
    page = asks(client, email="ho@qq.con", text="Is A123456(3) enough?")
    assert page.status_code == 200 and "ho@qq.com" in text_of(page)
    again = client.post(ASK, {**hidden(page), **WORDS, "email": "ho@qq.con", "use_email": "ho@qq.com"})
    assert again["Location"] == SENT
    assert Case.objects.get().contact.email == "ho@qq.com"


def test_the_same_form_sent_twice_is_one_question_with_one_code(client):
    data = {**hidden(client.get(ASK)), **WORDS}
    client.post(ASK, data)
    code = code_on(client.get(SENT))
    assert client.post(ASK, data)["Location"] == SENT
    assert Case.objects.count() == 1
    assert code_on(client.get(SENT)) == code


def test_two_presses_at_once_leave_one_code_and_it_works(client, monkeypatch):
    """The second request has read its session before the first stored the code there."""
    data = {**hidden(client.get(ASK)), **WORDS}
    client.post(ASK, {**data, "_lang": "en"})  # gives this browser a session
    opened, pressed = asking.open_case, []

    def open_late(*args, **kwargs):
        if not pressed:
            pressed.append(True)
            first = Client()
            first.cookies = client.cookies
            assert first.post(ASK, data)["Location"] == SENT
            pressed.append(code_on(first.get(SENT)))
        return opened(*args, **kwargs)

    monkeypatch.setattr(asking, "open_case", open_late)
    assert client.post(ASK, data)["Location"] == SENT
    code, reference = code_on(client.get(SENT)), Case.objects.get().reference
    assert code == pressed[1]
    assert Client().post("/en/track/", {"reference": reference, "code": code}).status_code == 303


def test_p1_where_the_answer_was_lost_with_its_session_the_same_form_gives_a_code_that_works():
    first, data = Client(), None
    data = {**hidden(first.get(ASK)), **WORDS}
    first.post(ASK, data)
    other = Client()
    assert other.post(ASK, data)["Location"] == SENT
    code, reference = code_on(other.get(SENT)), Case.objects.get().reference
    assert Client().post("/en/track/", {"reference": reference, "code": code}).status_code == 303


def test_the_same_form_with_other_words_is_asked_about_and_then_another_question(client):
    data = {**hidden(client.get(ASK)), **WORDS}
    client.post(ASK, data)
    page = client.post(ASK, {**data, "text": "And which for Shenzhen?"})
    assert page.status_code == 409 and "And which for Shenzhen?" in text_of(page)
    assert client.post(ASK, {**hidden(page), **WORDS, "text": "And which for Shenzhen?"})["Location"] == SENT
    assert Case.objects.count() == 2


def test_the_code_is_shown_until_it_was_noted_and_to_nobody_who_signed_out(client):
    asks(client)
    client.post(SENT)
    assert "tracking-code" not in text_of(client.get(SENT))
    client.post("/en/track/sign-out/")
    assert client.get(SENT)["Location"] == ASK
    assert Client().get(SENT)["Location"] == ASK


def test_another_language_keeps_what_was_typed(client):
    page = client.get(ASK)
    answer = client.post(ASK, {**hidden(page), **WORDS, "text": "龍門海關 in Dongguan", "_lang": "zh-hant"})
    assert answer["Location"] == "/zh-hant/question/"
    page = client.get("/zh-hant/question/")
    assert "龍門海關 in Dongguan" in text_of(page) and 'value="440000" selected' in text_of(page)
    assert "龍門海關" not in text_of(client.get("/zh-hant/question/"))


@pytest.mark.parametrize("form", ["", "forged", "a" * 5000])
def test_a_form_without_our_mark_is_taken_all_the_same(client, form):
    assert client.post(ASK, {**WORDS, "form": form})["Location"] == SENT
    assert Case.objects.get().flagged == "hurry"


def test_bad_input_39_what_looks_automatic_is_marked_and_told_to_staff_until_somebody_assessed_it(cast):
    client = Client()
    asks(client, website="http://spam.example.invalid")
    case = Case.objects.get()
    assert case.flagged == "honeypot"
    desk = Client()
    desk.force_login(cast.amina)
    assert "looks automatic" in text_of(desk.get("/en/cases/"))
    assert "This may come from a program" in text_of(desk.get(f"/en/cases/{case.reference}/"))
    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    assert "looks automatic" not in text_of(desk.get("/en/cases/"))
    assert "This may come from a program" not in text_of(desk.get(f"/en/cases/{case.reference}/"))


def test_t32_many_from_one_network_are_marked_and_never_refused(client, monkeypatch):
    monkeypatch.setattr("feedback.automatic.HUMAN_SECONDS", -1)
    for number in range(FILINGS_OF_NETWORK + 2):
        assert asks(client, text=f"Question {number}?")["Location"] == SENT
    flags = list(Case.objects.order_by("pk").values_list("flagged", flat=True))
    assert flags == [""] * FILINGS_OF_NETWORK + ["many"] * 2


def test_an_officer_answers_a_question_with_one_move_and_finds_questions_by_a_filter(client, cast):
    asks(client)
    question, concern = Case.objects.get(), file_case()
    desk = Client()
    desk.force_login(cast.amina)
    queue = text_of(desk.get("/en/cases/?enquiry=yes&state=open"))
    assert question.reference in queue and concern.reference not in queue and "quick question" in queue
    assert question.reference not in text_of(desk.get("/en/cases/?enquiry=no&state=open"))
    move(question, "claim", cast.staff("amina"))
    assert "Answer the question" in text_of(desk.get(f"/en/cases/{question.reference}/"))
    assert "Answer the question" not in text_of(desk.get(f"/en/cases/{concern.reference}/"))
    with pytest.raises(NotAllowed) as refused:
        move(concern, "answer_enquiry", cast.staff("amina"), text="No.")
    assert "not a quick question" in str(refused.value.message)


def test_an_assessed_question_is_a_concern(client, cast):
    asks(client)
    case = Case.objects.get()
    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    case.refresh_from_db()
    assert not case.enquiry and project(case).status == "We are looking into it"
    with pytest.raises(NotAllowed):
        move(case, "answer_enquiry", cast.staff("amina"), text="No.")


def test_a_question_asked_back_and_answered_is_still_a_question(client, cast):
    asks(client)
    case = Case.objects.get()
    move(case, "ask", cast.staff("amina"), text="Which goods?")
    move(case, "answer_enquiry", cast.staff("amina"), text="The Guangdong office does.")
    case.refresh_from_db()
    assert case.state == State.CLOSED and not case.questions.filter(closed_at=None).exists()


def test_a_question_with_a_letter_out_is_not_just_answered(cast):
    case = make_case(State.REFERRED, cast)
    with pytest.raises(NotAllowed):
        move(case, "answer_enquiry", cast.staff("amina"), text="No.")
