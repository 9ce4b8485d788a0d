"""Going on with a saved form by a mailed code, several forms of one address, and one reminder at most."""

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases import mailing
from feedback.models import Draft, MailCode
from feedback.reminding import remind_of_drafts
from feedback.tasks import forget_drafts
from tests.feedback.answers import answer, send
from tests.feedback.codes import another_than, delivered, newest_code

pytestmark = [pytest.mark.both, pytest.mark.django_db]
RESUME = "/en/concerns/resume/"
CODE = RESUME + "code/"
CHOOSE = RESUME + "choose/"
KEEP = RESUME + "keep/"
HO = "ho@example.invalid"


@pytest.fixture(autouse=True)
def _a_rested_server(monkeypatch):
    monkeypatch.setattr(mailing, "_resting_until", 0.0)


@pytest.fixture
def at(monkeypatch):
    """Call it to be so much later than now."""
    now = timezone.now()
    return lambda **later: monkeypatch.setattr(timezone, "now", lambda: now + timedelta(**later))


def text_of(page):
    return page.content.decode()


def words(page):
    return re.sub(r'(nonce|value)="[^"]*"', "", text_of(page))


def begun(upto="what-happened", address=HO, **more):
    client = Client()
    answer(client, upto=upto)
    assert keeps(client, address, **more)["Location"] == RESUME + "?kept=1"
    mail.outbox.clear()
    MailCode.objects.all().delete()  # it counts for the limits
    return client


def keeps(client, address=HO, **more):
    said = client.post(RESUME, {"_keep_address": "1", "keep-email": address, **more})
    assert said["Location"] == KEEP
    return client.post(KEEP, {"code": newest_code()})


def asks(address=HO, path=RESUME):
    other = Client()
    said = other.post(path, {"_mail_code": "1", "ask-email": address})
    assert said.status_code == 303
    return other


def test_another_device_goes_on_with_a_mailed_code():
    first = begun()
    assert "You can continue with a code" in text_of(first.get(RESUME + "?kept=1"))
    other = asks("Ho@Example.invalid", "/zh-hant/concerns/resume/")
    page = other.get("/zh-hant/concerns/resume/code/")
    assert "no-store" in page["Cache-Control"]
    assert 'autocomplete="one-time-code"' in text_of(page)
    assert delivered()[-1].to == [HO]  # as it stands with the form, not as a stranger wrote it
    opened = other.post("/zh-hant/concerns/resume/code/", {"code": newest_code()})
    assert opened["Location"] == "/zh-hant/concerns/new/"
    assert other.get("/en/concerns/new/")["Location"] == "/en/concerns/new/what-happened/"
    assert first.get("/en/concerns/new/")["Location"] == "/en/concerns/new/what-happened/"
    assert Draft.objects.count() == 1


def test_t48_the_address_is_sealed_in_the_database():
    begun()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM feedback_draft")
        assert HO not in repr(cursor.fetchall())
    assert Draft.objects.get().email == HO


def test_of_several_forms_of_one_address_one_is_chosen():
    begun(upto="where")
    begun(upto="what-happened")
    begun(address="chan@example.invalid")
    other = asks()
    assert other.get(CHOOSE)["Location"] == RESUME
    assert other.post(CODE, {"code": newest_code()})["Location"] == CHOOSE
    page = text_of(other.get(CHOOSE))
    assert "No subject chosen yet" in page
    mine = re.findall(r'name="draft" value="(\d+)"', page)
    assert len(mine) == 2
    stranger = str(Draft.reached_by("chan@example.invalid").get().pk)
    assert other.post(CHOOSE, {"draft": stranger})["Location"] == CHOOSE
    assert other.post(CHOOSE, {"draft": mine[1]})["Location"] == "/en/concerns/new/"
    assert other.get("/en/concerns/new/")["Location"] == "/en/concerns/new/where/"
    assert other.get(CHOOSE)["Location"] == RESUME


def test_the_list_is_over_after_ten_minutes(at):
    begun(upto="where")
    begun()
    other = asks()
    other.post(CODE, {"code": newest_code()})
    at(minutes=11)
    assert other.get(CHOOSE)["Location"] == RESUME


def test_t05_clearing_the_form_leaves_neither_the_list_nor_the_address_on_the_device():
    begun(upto="where")
    begun()
    other = asks()
    other.post(CODE, {"code": newest_code()})
    other.post(RESUME, {"_mail_code": "1", "ask-email": HO})
    other.post("/en/concerns/new/clear/")
    assert other.get(CHOOSE)["Location"] == other.get(CODE)["Location"] == RESUME
    assert Draft.objects.count() == 2


def test_nothing_tells_whether_an_address_is_known():
    begun()
    known, unknown = asks(), asks("chan@example.invalid")
    pages = [words(one.get(CODE)).replace("chan@", "ho@") for one in (known, unknown)]
    assert pages[0] == pages[1]
    assert [message.to for message in delivered()] == [[HO]]
    said = [words(one.post(CODE, {"code": "000000"})).replace("chan@", "ho@") for one in (known, unknown)]
    assert said[0] == said[1]


def test_whoever_asked_for_no_code_is_led_to_where_one_is_asked_for(client):
    assert client.get(CODE)["Location"] == RESUME
    assert client.post(CODE, {"code": "123456"})["Location"] == RESUME
    assert client.post(RESUME, {"_keep_address": "1", "keep-email": HO})["Location"] == "/en/concerns/new/"


@pytest.mark.parametrize("typed", ["", "ho", "何@例子.香港", "a" * 300 + "@example.invalid"])
def test_what_is_no_address_is_said_to_be_none(client, typed):
    for button, field in (("_keep_address", "keep-email"), ("_mail_code", "ask-email")):
        page = client.post(RESUME, {button: "1", field: typed})
        assert page.status_code == 422
        assert f'href="#id_{field}"' in text_of(page)


def test_a_later_address_takes_the_place_of_the_one_before():
    first = begun()
    keeps(first, "new@example.invalid")
    mail.outbox.clear()
    MailCode.objects.all().delete()
    asks()
    asks("new@example.invalid")
    assert [message.to for message in delivered()] == [["new@example.invalid"]]


def test_p8_a_mailed_code_opens_a_form_for_fourteen_days_and_none_on_the_fifteenth(at):
    begun()
    at(days=13, hours=23)
    assert asks().post(CODE, {"code": newest_code()})["Location"] == "/en/concerns/new/"
    at(days=14, hours=1)
    asks()
    assert len(delivered()) == 1
    forget_drafts.call()
    assert not Draft.objects.exists()


def test_a_form_that_was_sent_keeps_no_address_and_opens_no_more():
    first = begun(upto=None)
    waiting = asks()
    code = newest_code()
    assert send(first).status_code == 303
    draft = Draft.objects.get()
    assert (draft.email, draft.email_key) == ("", "")
    # The code was right, and there is nothing any more.
    assert waiting.post(CODE, {"code": code})["Location"] == RESUME + "?none=1"
    assert "nothing saved with this address any more" in text_of(waiting.get(RESUME + "?none=1"))


def reminders():
    remind_of_drafts.call()
    return mail.outbox


def test_one_reminder_goes_out_two_days_before_the_end_to_who_asked_for_it(at):
    begun(**{"keep-remind": "on"})
    begun(address="chan@example.invalid")
    at(days=11, hours=23)
    assert reminders() == []
    at(days=12, minutes=1)
    (message,) = reminders()
    assert message.to == [HO]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "/en/concerns/resume/" in message.body and "concern " not in message.body
    assert "Goods held" not in message.body
    at(days=13)
    assert len(reminders()) == 1


def test_a_reminder_the_server_did_not_take_is_sent_by_the_next_run(at, monkeypatch):
    begun(**{"keep-remind": "on"})
    at(days=12, minutes=1)
    send_mail, ends = EmailMultiAlternatives.send, [SMTPServerDisconnected("gone")]

    def ending(message, *args, **kwargs):
        if ends:
            raise ends.pop()
        return send_mail(message, *args, **kwargs)

    monkeypatch.setattr(EmailMultiAlternatives, "send", ending)
    assert reminders() == []
    monkeypatch.setattr(mailing, "_resting_until", 0.0)
    assert len(reminders()) == 1


def test_t32_many_forms_with_a_strangers_address_are_one_reminder_a_day(at):
    for _n in range(3):
        begun(upto="where", **{"keep-remind": "on"})
    at(days=12, minutes=1)
    assert len(reminders()) == 1
    at(days=12, hours=20)
    assert len(reminders()) == 1
    assert not Draft.objects.filter(reminded_at=None).exists()


@pytest.mark.parametrize("gone", ["sent", "cleared"])
def test_nobody_is_reminded_of_what_was_sent_or_cleared(at, gone):
    first = begun(upto=None, **{"keep-remind": "on"})
    if gone == "sent":
        send(first)
    else:
        first.post("/en/concerns/new/clear/")
    at(days=12, minutes=1)
    assert reminders() == []


def test_t32_an_address_that_nobody_confirmed_opens_no_form():
    client = Client()
    answer(client, upto="where")
    said = client.post(RESUME, {"_keep_address": "1", "keep-email": "a-slip@example.invalid"})
    assert said["Location"] == KEEP
    assert "a-slip@example.invalid" in text_of(client.get(KEEP))
    right = newest_code()
    assert client.post(KEEP, {"code": another_than(right)}).status_code == 422
    mail.outbox.clear()
    asks("a-slip@example.invalid")
    assert delivered() == []
    assert Draft.objects.get().email == ""


def test_an_address_confirmed_before_is_kept_without_another_code():
    client = begun()
    again = client.post(RESUME, {"_keep_address": "1", "keep-email": HO, "keep-remind": "on"})
    assert again["Location"] == RESUME + "?kept=1"
    assert Draft.objects.get().remind


def test_the_list_of_forms_shows_none_that_has_another_address_by_now():
    first, second = begun(upto="where"), begun()
    other = asks()
    other.post(CODE, {"code": newest_code()})
    keeps(first, "new@example.invalid")
    assert len(re.findall(r'name="draft"', text_of(other.get(CHOOSE)))) == 1
    MailCode.objects.all().delete()  # the next would come too soon after it
    keeps(second, "new@example.invalid")
    assert other.get(CHOOSE)["Location"] == RESUME


def test_whoever_wants_to_keep_no_address_is_led_back(client):
    assert client.get(KEEP)["Location"] == RESUME
    answer(client, upto="where")
    assert client.get(KEEP)["Location"] == RESUME
