"""Two places to write, drafts that are kept, and messages that can be taken back."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from cases import composing, erasing
from cases.models import Attachment, Case, Composed, Event, HeldMessage, Notice
from cases.permissions import Actor
from cases.states import State
from jobs import failpoints
from jobs.clock import this_moment
from tests.cast import file_case, make_case, move

pytestmark = [pytest.mark.both, pytest.mark.django_db]
WORDS = "您好。请补充报关单号。"


@pytest.fixture
def case(cast):
    return make_case(State.ASSESSING, cast, language="zh-hans")


@pytest.fixture
def at(cast):
    def desk(name):
        client = Client()
        client.force_login(cast.users[name])
        return client

    return desk


def page_of(case):
    return f"/en/cases/{case.reference}/"


def text_of(answer):
    return answer.content.decode()


def post(desk, case, name, **typed):
    typed.setdefault("version", Case.objects.get(pk=case.pk).seq)
    return desk.post(f"{page_of(case)}moves/{name}/", typed)


def sends(desk, case, text=WORDS, **typed):
    assert post(desk, case, "send_message", text=text, confirmed="1", **typed).status_code == 302
    return HeldMessage.objects.filter(case=case).latest("at")


def act(desk, case, held, name):
    return desk.post(f"{page_of(case)}messages/{held.pk}/{name}/")


def messages_of(case):
    return list(Event.objects.filter(case=case, move="send_message").values_list("message__text", flat=True))


def time_passes():
    HeldMessage.objects.update(goes_at=this_moment() - timedelta(seconds=1))
    return composing.send_held_messages()


# --- drafts -----------------------------------------------------------------------------------
def test_what_is_typed_is_kept_apart_for_each_place_and_shown_again(case, at):
    amina = at("amina")
    for name, words in (("add_note", "Between us."), ("send_message", WORDS)):
        answer = amina.post(f"{page_of(case)}drafts/{name}/", {"text": words})
        assert answer.status_code == 200 and answer.json()["said"].startswith("Draft saved at")
    assert "Between us." in text_of(amina.get(page_of(case)))
    message = text_of(amina.get(f"{page_of(case)}moves/send_message/"))
    assert WORDS in message and "Between us." not in message
    assert WORDS not in text_of(amina.get(f"{page_of(case)}moves/ask/"))


def test_drafts_belong_to_who_typed_them_and_stay_when_a_colleague_takes_over(case, at, cast):
    amina, chi = at("amina"), at("chi")
    amina.post(f"{page_of(case)}drafts/send_message/", {"text": WORDS})
    move(case, "assign", cast.staff("wing"), user=cast.chi)
    assert WORDS not in text_of(chi.get(f"{page_of(case)}moves/send_message/"))
    assert WORDS in text_of(amina.get(f"{page_of(case)}moves/send_message/"))


def test_a_draft_is_gone_when_its_words_were_sent_or_deleted(case, at):
    amina = at("amina")
    amina.post(f"{page_of(case)}drafts/add_note/", {"text": "Between us."})
    post(amina, case, "add_note", text="Between us, really.")
    assert not Composed.objects.exists()
    amina.post(f"{page_of(case)}drafts/add_note/", {"text": "Again."})
    assert amina.post(f"{page_of(case)}drafts/add_note/", {"text": "  "}).json() == {"said": ""}
    assert not Composed.objects.exists()


def test_a_refused_move_keeps_the_draft(case, at, cast):
    amina = at("amina")
    amina.post(f"{page_of(case)}drafts/send_message/", {"text": WORDS})
    seen = case.seq
    move(case, "add_note", cast.staff("chi"), text="Meanwhile.")
    refused = post(amina, case, "send_message", text=WORDS, version=seen, confirmed="1")
    assert refused.status_code == 409 and WORDS in text_of(refused)
    assert Composed.objects.get().text == WORDS


@pytest.mark.parametrize(("name", "status"), [("claim", 404), ("no_such_move", 404), ("add_note", 200)])
def test_only_forms_with_words_have_drafts(case, at, name, status):
    assert at("amina").post(f"{page_of(case)}drafts/{name}/", {"text": "x"}).status_code == status


def test_a_draft_that_cannot_be_kept_says_so(case, at):
    amina, url = at("amina"), f"{page_of(case)}drafts/add_note/"
    assert amina.post(url, {"text": "x" * 20_001}).status_code == 422
    assert at("bo").post(url, {"text": "x"}).status_code == 404
    assert Client().post(url, {"text": "x"}).status_code == 302
    assert not Composed.objects.exists()


def test_t48_words_being_written_are_sealed_and_go_with_an_erasure(case, at, cast):
    amina = at("amina")
    amina.post(f"{page_of(case)}drafts/add_note/", {"text": "Canary note"})
    sends(amina, case, text="Canary message")
    with connection.cursor() as cursor:
        for table in ("cases_composed", "cases_heldmessage"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            assert "Canary" not in repr(cursor.fetchall())
    move(case, "withdraw", Actor.business(case))
    move(case, "request_erasure", Actor.business(case))
    move(case, "grant_erasure", cast.staff("wing"), reason="Asked for.")
    Notice.objects.update(status=Notice.Status.SENT)
    assert erasing.erase_granted() == 1
    assert not Composed.objects.exists() and HeldMessage.objects.get().text == ""


# --- messages that wait -----------------------------------------------------------------------
def test_a_message_waits_and_then_goes(case, at, settings):
    amina = at("amina")
    look = text_of(post(amina, case, "send_message", text=WORDS))
    assert "60 seconds after you send it" in look
    held = sends(amina, case)
    assert (held.goes_at - held.at).total_seconds() == settings.UNDO_SECONDS == 60
    assert composing.send_held_messages() == 0 and messages_of(case) == []
    page = text_of(amina.get(page_of(case)))
    assert "Undo: do not send it" in page and WORDS in page
    assert "Undo" not in text_of(at("chi").get(page_of(case)))
    assert time_passes() == 1 and messages_of(case) == [WORDS]
    assert time_passes() == 0 and messages_of(case) == [WORDS]
    assert HeldMessage.objects.get().text == "" and "Undo" not in text_of(amina.get(page_of(case)))
    assert Event.objects.get(case=case, move="send_message").by_user.username == "amina"


def test_the_preview_shows_the_mail_in_the_language_of_the_business(at, cast):
    case = file_case(language="zh-hans")
    look = text_of(post(at("amina"), case, "send_message", text=WORDS))
    assert ("营商个案" in look and "您的个案有新进展" in look) or "新进展" in look
    assert WORDS not in re.search(r"The mail that tells them.*?</details>", look, re.S)[0]
    silent = file_case(email="")
    assert "No mail goes out" in text_of(post(at("amina"), silent, "send_message", text=WORDS))


def test_undo_brings_the_words_and_the_files_back_into_the_form(case, at, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    amina = at("amina")
    file = SimpleUploadedFile("list.txt", b"one\ntwo")
    look = text_of(post(amina, case, "send_message", text=WORDS, files=file))
    key = re.search(r'name="held" value="([^"]+)"', look)[1]
    held = sends(amina, case, held=key)
    assert act(amina, case, held, "undo")["Location"].endswith("/moves/send_message/")
    form = text_of(amina.get(f"{page_of(case)}moves/send_message/"))
    assert WORDS in form
    assert "list.txt" in form
    assert "was not sent" in form
    assert time_passes() == 0 and messages_of(case) == []
    sends(amina, case, text="Better.", held=key)
    assert time_passes() == 1 and messages_of(case) == ["Better."]
    assert Attachment.objects.get().message.text == "Better."


def test_undo_loses_nothing_that_was_begun_since(case, at):
    amina = at("amina")
    held = sends(amina, case)
    amina.post(f"{page_of(case)}drafts/send_message/", {"text": "And another thing."})
    act(amina, case, held, "undo")
    assert Composed.objects.get().text == f"{WORDS}\n\nAnd another thing."


def test_nobody_takes_back_the_message_of_another_nor_one_that_has_gone(case, at):
    held = sends(at("amina"), case)
    act(at("chi"), case, held, "undo")
    act(at("chi"), case, held, "now")
    assert at("bo").post(f"{page_of(case)}messages/{held.pk}/undo/").status_code == 404
    assert HeldMessage.objects.get().state == "waiting"
    time_passes()
    answer = at("amina").post(f"{page_of(case)}messages/{held.pk}/undo/", follow=True)
    assert "had gone already" in text_of(answer)
    assert messages_of(case) == [WORDS]


def test_send_it_now_sends_it_now(case, at):
    held = sends(at("amina"), case)
    act(at("amina"), case, held, "now")
    assert messages_of(case) == [WORDS]


def test_answers_do_not_cross(case, at):
    """What the business writes while a message waits stops the message; its words are kept."""
    amina = at("amina")
    held = sends(amina, case)
    move(case, "send_message", Actor.business(case), text="One more thing.")
    assert time_passes() == 0 and messages_of(case) == ["One more thing."]
    page = text_of(amina.get(page_of(case)))
    assert "was not sent" in page and "something new was said" in page
    assert act(amina, case, held, "settle")["Location"].endswith("/moves/send_message/")
    assert WORDS in text_of(amina.get(f"{page_of(case)}moves/send_message/"))
    assert "was not sent" not in text_of(amina.get(page_of(case)))


def test_a_note_of_a_colleague_does_not_stop_a_message(case, at, cast):
    sends(at("amina"), case)
    move(case, "add_note", cast.staff("chi"), text="By the way.")
    assert time_passes() == 1


def test_f19_a_message_to_who_withdrew_meanwhile_is_not_sent(case, at):
    sends(at("amina"), case)
    move(case, "withdraw", Actor.business(case))
    assert time_passes() == 0 and messages_of(case) == []


def test_who_left_the_office_meanwhile_sends_nothing(case, at, cast):
    sends(at("amina"), case)
    cast.amina.is_active = False
    cast.amina.save()
    assert time_passes() == 0 and HeldMessage.objects.get().state == "stopped"


def test_a_worker_killed_while_sending_sends_it_once(case, at, monkeypatch):
    sends(at("amina"), case)

    def die(name):
        raise failpoints.Failed(name)

    monkeypatch.setattr(composing, "failpoint", die)
    assert time_passes() == 0 and messages_of(case) == []
    monkeypatch.undo()
    assert time_passes() == 1 and messages_of(case) == [WORDS]


def test_a_message_that_would_be_refused_is_refused_at_once(case, at, cast):
    seen = case.seq
    move(case, "add_note", cast.staff("chi"), text="Meanwhile.")
    assert post(at("amina"), case, "send_message", text=WORDS, version=seen, confirmed="1").status_code == 409
    assert not HeldMessage.objects.exists()


@pytest.mark.parametrize("unfilled", ["Dear {{ name }}", "by __ please", "【待填：编号】"])
def test_what_still_has_to_be_filled_in_is_not_sent(case, at, unfilled):
    page = post(at("amina"), case, "send_message", text=unfilled, confirmed="1")
    assert page.status_code == 422 and "placeholder" in text_of(page)
    assert not HeldMessage.objects.exists()


def test_what_a_caller_told_is_recorded_at_once(case, at):
    post(at("amina"), case, "send_message", text="They called.", confirmed="1", channel_of_business="phone")
    assert messages_of(case) == ["They called."]


def test_without_a_wait_a_message_goes_at_once(case, at, settings):
    settings.UNDO_SECONDS = 0
    post(at("amina"), case, "send_message", text=WORDS, confirmed="1")
    assert messages_of(case) == [WORDS]
