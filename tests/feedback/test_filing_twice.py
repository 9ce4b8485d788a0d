"""The same thing twice: two presses, two windows, two browsers, fifty at once, and a second concern."""

import re
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from cases.models import Attachment, Case
from feedback.browser import COOKIE
from feedback.models import Draft
from tests.feedback.answers import ANSWERS, address, answer, hidden, post, send

pytestmark = pytest.mark.django_db


def code_on(page):
    return re.search(r"\d{4} \d{4} \d{4} \d{4}", page.content.decode())[0]


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_bad_input_36_f17_t25_fifty_at_once_are_one_case_and_one_page(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = Client()
    answer(client, upto="evidence")
    file = SimpleUploadedFile("notice.txt", b"Held.")
    client.post(address("evidence"), {**hidden(client.get(address("evidence"))), "files": file})
    for step in ("sharing", "about-you", "contact"):
        post(client, step, ANSWERS[step])
    form = hidden(client.get(address("check")))
    barrier, answers = threading.Barrier(10), []

    def press():
        browser = Client()
        browser.cookies[COOKIE] = client.cookies[COOKIE].value
        try:
            barrier.wait(60)
            for _ in range(5):
                page = browser.post(address("check"), form)
                answers.append((page.status_code, page["Location"], code_on(browser.get(address("done")))))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(answers) == 50
    assert len(set(answers)) == 1
    assert answers[0][:2] == (303, address("done"))
    case = Case.objects.get()
    assert Attachment.objects.get().case == case
    assert case.events.count() == 1


def test_bad_input_36_a_reload_of_the_slip_shows_the_same_slip(client):
    answer(client)
    send(client)
    assert code_on(client.get(address("done"))) == code_on(client.get(address("done")))


def test_bad_input_36_back_and_sending_again_leads_to_the_slip(client):
    answer(client)
    send(client)
    for step in ("check", "contact", "wanted"):
        page = client.post(address(step), {"draft_version": "3", "wanted": "Something else."})
        assert (page.status_code, page["Location"]) == (303, address("done"))
    assert Case.objects.get().statement.wanted == ANSWERS["wanted"]["wanted"]


def test_f01_a_send_that_died_before_the_commit_is_repeated_from_the_same_page(client, monkeypatch):
    from feedback import sending

    answer(client)
    page = client.get(address("check"))
    real = sending.open_case

    def dies(*args, **kwargs):
        real(*args, **kwargs)
        raise ConnectionError

    monkeypatch.setattr(sending, "open_case", dies)
    with pytest.raises(ConnectionError):
        client.post(address("check"), hidden(page))
    assert not Case.objects.exists()
    monkeypatch.setattr(sending, "open_case", real)
    assert client.post(address("check"), hidden(page))["Location"] == address("done")
    assert Case.objects.get().reference in client.get(address("done")).content.decode()


def test_pressing_continue_twice_is_no_conflict(client):
    answer(client, upto="what-happened")
    form = {**hidden(client.get(address("what-happened"))), "text": "Goods held."}
    first, second = (client.post(address("what-happened"), form) for _ in range(2))
    assert first["Location"] == second["Location"] == address("when")


def test_bad_input_35_two_windows_on_the_first_page_never_overwrite_each_other(client):
    client.post(address("for-whom"), {"for_whom": "client", "draft_version": "0"})
    page = client.post(address("for-whom"), {"for_whom": "own", "draft_version": "0"})
    assert page.status_code == 409
    assert "A client" in page.content.decode()
    assert Draft.objects.get().answers["for-whom"]["for_whom"] == "client"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "You changed this in another window"),
        ("zh-hant", "你在另一視窗更改了這一項"),
        ("zh-hans", "您在另一窗口更改了这一项"),
    ],
)
def test_bad_input_35_the_conflict_is_told_in_the_readers_language(client, language, sentence):
    answer(client, upto="wanted", language=language)
    page = client.get(address("wanted", language))
    post(client, "wanted", {"wanted": "Typed there."}, language)
    html = client.post(
        address("wanted", language), {**hidden(page), "wanted": "Typed here."}
    ).content.decode()
    assert sentence in html
    assert "Typed there." in html
    assert "Typed here." in html


def test_what_changed_in_another_window_is_not_sent_unseen(client):
    answer(client)
    page = client.get(address("check"))
    post(client, "wanted", {"wanted": "Changed meanwhile."})
    again = client.post(address("check"), hidden(page))
    assert again.status_code == 409
    assert "Nothing was sent" in again.content.decode()
    assert "Changed meanwhile." in again.content.decode()
    assert not Case.objects.exists()
    client.post(address("check"), hidden(again))
    assert Case.objects.get().statement.wanted == "Changed meanwhile."


def test_a_second_concern_can_be_written_in_the_same_browser(client):
    answer(client)
    send(client)
    assert client.get("/en/concerns/new/")["Location"] == address("for-whom")
    answer(client, wanted={"wanted": "Another matter."})
    send(client)
    first, second = Case.objects.order_by("pk")
    assert first.reference != second.reference
    assert second.reference in client.get(address("done")).content.decode()


def test_the_slip_of_one_browser_is_not_shown_in_another(client):
    answer(client)
    send(client)
    assert Client().get(address("done"))["Location"] == address("for-whom")
    stranger = Client()
    stranger.cookies[COOKIE] = "0" * 32
    assert stranger.get(address("done"))["Location"] == address("for-whom")


def test_the_cookie_is_for_the_server_alone_and_lasts_thirty_days_after_sending(client):
    answer(client)
    sent = send(client)
    cookie = sent.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 30 * 24 * 3600
