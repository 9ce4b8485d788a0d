"""Going on with a saved form on another device: the code, its limits, two devices at once, and its end."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case
from feedback.models import Attempt, Draft
from feedback.tasks import forget_drafts
from tests.feedback.answers import ANSWERS, address, answer, post

pytestmark = [pytest.mark.both, pytest.mark.django_db]
RESUME = "/en/concerns/resume/"


def text_of(page):
    return page.content.decode()


def a_code(client):
    page = client.post(RESUME, {"_new_code": "1"})
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    return re.search(r"<strong>(\d{4} \d{4} \d{4} \d{4})</strong>", text_of(page))[1]


@pytest.fixture
def begun(client):
    answer(client, upto="what-happened")
    return client


def test_another_device_goes_on_where_the_first_stopped_in_its_own_language(begun):
    code, other = a_code(begun), Client()
    opened = other.post("/zh-hans/concerns/resume/", {"code": code.replace(" ", "　")})
    assert (opened.status_code, opened["Location"]) == (303, "/zh-hans/concerns/new/")
    assert other.get("/zh-hans/concerns/new/")["Location"] == "/zh-hans/concerns/new/what-happened/"
    assert Draft.objects.count() == 1
    # Both go on, and neither overwrites the other in silence.
    here = begun.get(address("what-happened"))
    post(other, "what-happened", {"text": "Written on the other device."})
    version = re.search(r'name="draft_version" value="(\d+)"', text_of(here))[1]
    stale = begun.post(address("what-happened"), {"text": "Written here.", "draft_version": version})
    assert stale.status_code == 409
    assert "Written on the other device." in text_of(stale)
    assert "Written here." in text_of(stale)


def test_the_code_is_kept_as_a_hash_and_shown_by_one_answer_alone(begun):
    code = a_code(begun)
    assert code not in text_of(begun.get(RESUME))
    stored = Draft.objects.get().resume_hash
    assert code.replace(" ", "") not in stored
    assert len(stored) == 64


def test_a_new_code_replaces_the_one_before(begun):
    first, second = a_code(begun), a_code(begun)
    assert Client().post(RESUME, {"code": first}).status_code == 422
    assert Client().post(RESUME, {"code": second}).status_code == 303


def test_bad_input_57_a_code_is_read_as_people_write_it(begun):
    code = a_code(begun).replace(" ", "-")
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９")).replace("０", "O")
    assert Client().post(RESUME, {"code": wide}).status_code == 303


@pytest.mark.parametrize("typed", ["", "12", "abcd efgh ijkl mnop", "1" * 200])
def test_what_is_no_code_is_said_to_be_none(client, typed):
    page = client.post(RESUME, {"code": typed})
    assert page.status_code == 422
    assert "There is a problem" in text_of(page)


def test_t02_wrong_codes_are_counted_in_the_database_and_the_right_one_waits_too(begun):
    code, other = a_code(begun), Client()
    for n in range(5):
        assert other.post(RESUME, {"code": f"{n:016d}"}).status_code == 422
    refused = other.post(RESUME, {"code": code})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "Too many wrong codes" in text_of(refused)
    Attempt.objects.all().delete()
    assert other.post(RESUME, {"code": code}).status_code == 303


def test_bad_input_58_a_code_whose_form_is_over_cleared_or_sent_opens_nothing_and_says_the_same(begun):
    code = a_code(begun)
    unknown = text_of(Client().post(RESUME, {"code": "1234 5678 9012 3456"}))
    Draft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    over = text_of(Client().post(RESUME, {"code": code}))
    forget_drafts.call()
    gone = text_of(Client().post(RESUME, {"code": code}))

    def words(page):
        page = re.sub(r'(nonce|value)="[^"]*"', "", page)
        return page.replace("1234 5678 9012 3456", "").replace(code, "")

    assert words(over) == words(gone) == words(unknown)
    assert "This code opens no saved concern" in over
    assert not Draft.objects.exists()


def test_p8_a_saved_form_opens_for_fourteen_days_and_is_gone_on_the_fifteenth(begun, monkeypatch):
    code, now = a_code(begun), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=13, hours=23))
    assert Client().post(RESUME, {"code": code}).status_code == 303
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=14, hours=1))
    assert Client().post(RESUME, {"code": code}).status_code == 422


def test_a_form_that_was_continued_elsewhere_is_one_concern_and_its_code_is_over(begun):
    code, other = a_code(begun), Client()
    other.post(RESUME, {"code": code})
    steps = list(ANSWERS)
    for step in steps[steps.index("what-happened") :]:
        assert post(other, step, ANSWERS[step]).status_code == 303
    version = Draft.objects.get().version
    sent = other.post("/en/concerns/new/check/", {"draft_version": version})
    assert sent.status_code == 303
    assert Case.objects.count() == 1
    assert begun.get("/en/concerns/new/done/").status_code == 200
    assert Client().post(RESUME, {"code": code}).status_code == 422


def test_whoever_has_no_form_is_led_to_one(client):
    assert client.post(RESUME, {"_new_code": "1"}).status_code == 303
    assert not Draft.objects.exists()
