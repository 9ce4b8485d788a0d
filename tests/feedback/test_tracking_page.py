"""The page of a followed case: what it shows, what a business may do there, and that nothing is lost."""

import re
import threading
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases.actions import open_case
from cases.models import Attachment, Case, Event
from cases.permissions import Actor
from cases.states import State
from feedback.models import SentForm
from tests.cast import (
    a_filing,
    file_case,
    make_case,
    make_cast,
    move,
    record_answer,
    relay_and_close,
    sent_referral,
    triage_inputs,
)

pytestmark = pytest.mark.both
LANGUAGES = [("en", "en-HK"), ("zh-hant", "zh-Hant-HK"), ("zh-hans", "zh-Hans-CN")]


def follow(client, *cases):
    session = client.session
    session["tracked"] = {case.reference: int(timezone.now().timestamp()) for case in cases}
    session.save()
    client.cookies["session"] = session.session_key
    return client


def address(case, rest="", language="en"):
    return f"/{language}/track/{case.reference}/{rest}"


def text_of(answer):
    return answer.content.decode()


def seqs(answer):
    return [int(n) for n in re.findall(r'<li data-seq="(\d+)"', text_of(answer))]


def send(client, case, name, *, token=None, **inputs):
    return client.post(address(case, f"{name}/"), {"token": token or uuid.uuid4(), **inputs})


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize(("language", "tag"), LANGUAGES)
def test_every_state_is_a_whole_page_in_every_language(client, cast, state, language, tag):
    case = make_case(state, cast, language=language)
    follow(client, case)
    answer = client.get(address(case, language=language))
    text = text_of(answer)
    assert answer.status_code == 200
    assert f'<html lang="{tag}"' in text
    assert text.count("<h1") == 1
    assert "no-store" in answer["Cache-Control"]
    assert case.reference in text
    assert "style=" not in text
    assert not re.search(r"\son[a-z]+=", text)


def test_the_timeline_is_what_the_database_holds_newest_first(client, cast):
    case = make_case(State.ASSESSING, cast)
    move(case, "add_note", cast.staff("amina"), text="Nobody outside reads this.")
    referral = sent_referral(case, cast)
    record_answer(case, referral, cast)
    relay_and_close(case, referral, cast)
    page = follow(client, case).get(address(case))
    public = list(
        Event.objects.filter(case=case, public_seq__isnull=False).values_list("public_seq", flat=True)
    )
    assert seqs(page) == sorted(public, reverse=True)
    assert "Nobody outside" not in text_of(page)
    assert "货物已放行" not in text_of(page)


def test_no_name_of_a_member_of_staff_is_shown(client, cast):
    case = make_case(State.CLOSED, cast)
    text = text_of(follow(client, case).get(address(case)))
    shown = set(re.findall(r"\w+", text[text.index("<main") :]))
    assert not shown & {user.name for user in cast.users.values()}


@pytest.mark.parametrize("state", [State.RECEIVED, State.CLOSED])
def test_the_page_takes_few_queries_however_long_the_story(
    client, cast, state, django_assert_max_num_queries
):
    case = make_case(state, cast)
    follow(client, case)
    client.get(address(case))
    for n in range(20):
        move(case, "send_message", cast.staff("amina"), text=f"Message {n}")
    with django_assert_max_num_queries(14):
        page = client.get(address(case))
    assert len(seqs(page)) >= 20


def test_written_words_carry_their_own_language(client, cast):
    case = make_case(State.ASSESSING, cast, language="zh-hans")
    move(case, "send_message", cast.staff("amina"), text="请补充报关单号。")
    text = text_of(follow(client, case).get(address(case)))
    assert re.search(r'lang="zh-Hans-CN"[^>]*>请补充报关单号。', text)


def test_words_that_look_like_markup_are_shown_as_written(client, cast):
    case = make_case(State.ASSESSING, cast)
    follow(client, case)
    send(client, case, "send_message", text='<script>alert(1)</script> & "quotes"')
    text = text_of(client.get(address(case)))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in text


# --- doing ------------------------------------------------------------------------------------------
def test_a_question_is_answered_on_the_page_itself(client, cast):
    case = make_case(State.AWAITING, cast)
    follow(client, case)
    page = text_of(client.get(address(case)))
    assert "Which declaration number?" in page
    answer = send(client, case, "reply", text="No. 5200-1234")
    assert answer.status_code == 303
    assert answer["Location"] == address(case)
    assert Case.objects.get(pk=case.pk).state == State.ASSESSING
    page = text_of(client.get(address(case)))
    assert "No. 5200-1234" in page
    assert "We have your answer." in page
    assert 'name="text"' not in page


def test_an_answer_after_the_question_was_dropped_arrives_as_a_message(client, cast):
    case = make_case(State.AWAITING, cast)
    follow(client, case)
    move(case, "drop_question", cast.staff("amina"))
    assert send(client, case, "reply", text="Here it is.").status_code == 303
    last = Event.objects.filter(case=case).last()
    assert (last.move, last.message.text) == ("send_message", "Here it is.")


@pytest.mark.parametrize("name", ["reply", "send_message"])
def test_a_document_alone_is_an_answer_and_can_be_fetched_again(client, cast, name):
    case = make_case(State.AWAITING, cast)
    follow(client, case)
    upload = SimpleUploadedFile("報關單.txt", "貨物已被扣".encode(), "text/plain")
    assert send(client, case, name, files=upload).status_code == 303
    kept = Attachment.objects.get(case=case)
    page = text_of(client.get(address(case)))
    assert "報關單.txt" in page
    answer = client.get(address(case, f"files/{kept.uuid}/"))
    assert b"".join(answer.streaming_content).decode() == "貨物已被扣"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_refused_document_keeps_what_was_typed_and_writes_nothing(client, cast):
    case = make_case(State.AWAITING, cast)
    follow(client, case)
    upload = SimpleUploadedFile("run.exe", b"MZ\x90\x00" + b"\x00" * 200, "application/octet-stream")
    answer = send(client, case, "reply", text="My long answer", files=upload)
    assert answer.status_code == 422
    assert "My long answer" in text_of(answer)
    assert Case.objects.get(pk=case.pk).state == State.AWAITING
    assert not Attachment.objects.exists()
    assert not SentForm.objects.exists()


def test_an_empty_answer_is_refused_on_a_page_that_shows_the_question_again(client, cast):
    case = make_case(State.AWAITING, cast)
    answer = send(follow(client, case), case, "reply", text="  \u200b ")
    text = text_of(answer)
    assert answer.status_code == 422
    assert "Which declaration number?" in text
    assert 'href="#id_text"' in text
    assert text.count("<h1") == 1


def test_a_text_of_4001_characters_is_refused_and_kept(client, cast):
    case = make_case(State.ASSESSING, cast)
    answer = send(follow(client, case), case, "send_message", text="說" * 4001)
    assert answer.status_code == 422
    assert "說" * 4001 in text_of(answer)


def test_withdrawing_asks_on_a_page_of_its_own_and_a_get_changes_nothing(client, cast):
    case = make_case(State.ASSESSING, cast)
    follow(client, case)
    page = client.get(address(case, "withdraw/"))
    assert page.status_code == 200
    assert Case.objects.get(pk=case.pk).state == State.ASSESSING
    assert send(client, case, "withdraw", reason="Settled by itself.").status_code == 303
    assert Case.objects.get(pk=case.pk).state == State.WITHDRAWN
    assert address(case, "withdraw/") not in text_of(client.get(address(case)))


def test_a_closed_case_can_be_asked_to_be_looked_at_again_once(client, cast):
    case = make_case(State.CLOSED, cast)
    follow(client, case)
    assert address(case, "request_reopen/") in text_of(client.get(address(case)))
    answer = send(client, case, "request_reopen", kind="reopen", reason="The goods are held again.")
    assert answer.status_code == 303
    assert Case.objects.get(pk=case.pk).reopen_asked == "reopen"
    assert address(case, "request_reopen/") not in text_of(client.get(address(case)))


def test_who_was_too_late_is_told_where_it_stands_and_can_send_the_words_as_a_message(client, cast):
    case = make_case(State.ASSESSING, cast)
    follow(client, case)
    client.get(address(case, "withdraw/"))
    move(case, "close", cast.staff("amina"), outcome="explained", text="This is the rule.")
    answer = send(client, case, "withdraw", reason="We no longer need it, thank you.")
    text = text_of(answer)
    assert answer.status_code == 409
    assert "We no longer need it, thank you." in text
    assert "Closed" in text
    assert "Amina" not in text
    assert f'action="{address(case, "send_message/")}"' in text


@pytest.mark.parametrize("name", ["triage", "close", "add_note", "events2", "__init__", "open_case"])
def test_a_move_that_is_not_the_business_s_does_not_exist(client, cast, name):
    case = make_case(State.ASSESSING, cast)
    follow(client, case)
    assert client.get(address(case, f"{name}/")).status_code == 404
    assert send(client, case, name, text="x").status_code == 404
    assert Event.objects.filter(case=case).count() == 2


# --- twice, late, elsewhere ------------------------------------------------------------------------------
def test_the_same_form_sent_twice_is_one_message(client, cast):
    case = make_case(State.ASSESSING, cast)
    follow(client, case)
    token = uuid.uuid4()
    for _ in range(3):
        assert send(client, case, "send_message", text="Once.", token=token).status_code == 303
    assert Event.objects.filter(case=case, move="send_message").count() == 1
    send(client, case, "send_message", text="Once.")
    assert Event.objects.filter(case=case, move="send_message").count() == 2


def test_a_form_that_was_refused_can_be_sent_again_with_the_same_token(client, cast):
    case = make_case(State.ASSESSING, cast)
    follow(client, case)
    token = str(uuid.uuid4())
    answer = send(client, case, "send_message", text="", token=token)
    assert token in text_of(answer)
    assert send(client, case, "send_message", text="Now with words.", token=token).status_code == 303
    assert Event.objects.filter(case=case, move="send_message").count() == 1


@pytest.mark.parametrize("token", ["", "not a token", "0" * 5000])
def test_a_broken_token_loses_no_message(client, cast, token):
    case = make_case(State.ASSESSING, cast)
    follow(client, case)
    assert client.post(address(case, "send_message/"), {"text": "Still.", "token": token}).status_code == 303
    assert Event.objects.filter(case=case, move="send_message").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_at_the_very_same_moment_is_one_message():
    cast = make_cast()
    case = make_case(State.AWAITING, cast)
    client = follow(Client(), case)
    token, codes = uuid.uuid4(), []

    def press():
        pressing = Client()
        pressing.cookies = client.cookies
        codes.append(send(pressing, case, "reply", text="Pressed twice.", token=token).status_code)
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert codes == [303] * 6
    assert Event.objects.filter(case=case, move__in=["reply", "send_message"]).count() == 1


def test_words_written_when_the_session_had_ended_are_there_after_the_code_was_entered(client, db):
    opened = open_case(a_filing(), by=Actor.new_business())
    answer = send(client, opened.case, "send_message", text="An hour of typing.")
    assert answer.status_code == 303
    assert "What you wrote is kept" in text_of(client.get(answer["Location"]))
    answer = client.post("/en/track/", {"reference": opened.case.reference, "code": opened.tracking_code})
    assert answer["Location"] == address(opened.case, "send_message/")
    assert "An hour of typing." in text_of(client.get(answer["Location"]))
    assert Event.objects.filter(case=opened.case).count() == 1
    assert send(client, opened.case, "send_message", text="An hour of typing.").status_code == 303
    assert "kept" not in client.session


def test_one_case_does_not_open_another(client, cast):
    mine, other = file_case(), file_case()
    follow(client, mine)
    assert client.get(address(other)).status_code == 303
    assert send(client, other, "withdraw").status_code == 303
    assert Case.objects.get(pk=other.pk).state == State.RECEIVED
    kept = Attachment.objects.create(
        case=other, file="x", name="x.txt", content_type="text/plain", size=1, sha256="", at=timezone.now()
    )
    assert client.get(address(mine, f"files/{kept.uuid}/")).status_code == 404


def test_what_the_authority_sent_is_not_handed_out(client, cast):
    case = make_case(State.REFERRED, cast)
    internal = Attachment.objects.create(
        case=case,
        file="x",
        name="reply.pdf",
        content_type="application/pdf",
        size=1,
        sha256="",
        from_business=False,
        at=timezone.now(),
    )
    assert follow(client, case).get(address(case, f"files/{internal.uuid}/")).status_code == 404


def test_a_file_that_is_missing_is_a_page_that_says_so(client, cast):
    case = file_case()
    lost = Attachment.objects.create(
        case=case, file="gone", name="x.txt", content_type="text/plain", size=1, sha256="", at=timezone.now()
    )
    answer = follow(client, case).get(address(case, f"files/{lost.uuid}/", "zh-hant"))
    assert answer.status_code == 404
    assert 'lang="zh-Hant-HK"' in text_of(answer)


# --- the fragment -------------------------------------------------------------------------------------------
def test_the_fragment_gives_what_is_missing_newest_first_and_the_last_number(client, cast):
    case = make_case(State.REFERRED, cast)
    answer = follow(client, case).get(address(case, "events/?after=1"))
    assert seqs(answer) == [3, 2]
    assert answer["X-Last-Seq"] == "3"
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert "<html" not in text_of(answer)


def test_the_fragment_answers_304_until_something_public_happens(client, cast):
    case = make_case(State.ASSESSING, cast)
    follow(client, case)
    first = client.get(address(case, "events/?after=2"))
    again = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    answer = client.get(address(case, "events/?after=2"), **again)
    assert answer.status_code == 304
    assert answer["X-Last-Seq"] == "2"
    move(case, "add_note", cast.staff("amina"), text="Internal.")
    assert client.get(address(case, "events/?after=2"), **again).status_code == 304
    move(case, "send_message", cast.staff("amina"), text="News.")
    answer = client.get(address(case, "events/?after=2"), **again)
    assert answer.status_code == 200
    assert seqs(answer) == [3]


def test_the_fragment_is_in_the_language_of_its_address_and_an_old_answer_in_another_is_no_match(
    client, cast
):
    case = file_case()
    english = follow(client, case).get(address(case, "events/"))
    chinese = client.get(address(case, "events/", "zh-hant"), HTTP_IF_NONE_MATCH=english["ETag"])
    assert chinese.status_code == 200
    assert text_of(chinese) != text_of(english)


@pytest.mark.parametrize("after", ["-1", "x", "１", "1e3", "9" * 30, ""])
def test_an_after_that_is_no_number_is_400(client, cast, after):
    case = file_case()
    assert follow(client, case).get(address(case, "events/"), {"after": after}).status_code == 400


def test_the_fragment_without_the_code_is_401_whether_or_not_the_case_exists(client, db):
    case = file_case()
    known = client.get(address(case, "events/?after=0"))
    unknown = client.get("/en/track/HKC-0000-0000/events/?after=0")
    assert known.status_code == unknown.status_code == 401
    assert known.content == unknown.content == b""


def test_the_fragment_takes_few_queries(client, cast, django_assert_max_num_queries):
    case = make_case(State.CLOSED, cast)
    follow(client, case).get(address(case, "events/"))
    with django_assert_max_num_queries(8):
        client.get(address(case, "events/"))


def test_t04_looking_at_every_page_changes_no_row(client, cast):
    case = make_case(State.AWAITING, cast)
    follow(client, case)
    before = (Event.objects.count(), Case.objects.get(pk=case.pk).updated_at, SentForm.objects.count())
    for rest in ("", "reply/", "send_message/", "withdraw/", "request_reopen/", "events/"):
        assert client.get(address(case, rest)).status_code in (200, 303)
    assert before == (
        Event.objects.count(),
        Case.objects.get(pk=case.pk).updated_at,
        SentForm.objects.count(),
    )


def test_triage_inputs_are_public_only_once(client, cast):
    """A corrected triage is internal: the business reads "We are looking into it" once."""
    case = make_case(State.ASSESSING, cast)
    move(case, "triage", cast.staff("amina"), **triage_inputs(case, priority="urgent"))
    assert seqs(follow(client, case).get(address(case))) == [2, 1]
