"""Six-digit codes by e-mail: one time, ten minutes, five tries, and never a flood for anybody."""

import threading
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult
from prometheus_client import REGISTRY, generate_latest

from cases import mailing
from feedback import code_mails
from feedback.code_mails import send_codes
from feedback.mail_codes import Verdict, address_asked, ask, forget_old_codes, try_code
from feedback.models import MailCode
from jobs.smtp import OutcomeUnseen
from tests.feedback.codes import another_than, code_in, delivered, newest_code

pytestmark = [pytest.mark.both, pytest.mark.django_db]
HO = "ho@example.invalid"


@pytest.fixture(autouse=True)
def _a_rested_server(monkeypatch):
    monkeypatch.setattr(mailing, "_resting_until", 0.0)


@pytest.fixture
def clock(monkeypatch):
    """Call it to let time pass."""
    passed = timedelta(0)
    real = timezone.now

    def later(**by):
        nonlocal passed
        passed += timedelta(**by)

    monkeypatch.setattr(timezone, "now", lambda: real() + passed)
    return later


class Browser:
    """A session at an address that asks and tries."""

    def __init__(self, network="192.0.2.1"):
        self.request = RequestFactory().post("/", REMOTE_ADDR=network)
        self.request.session = SessionStore()

    def asks(self, address=HO, purpose="confirm"):
        ask(self.request, purpose, address)

    def tries(self, digits, purpose="confirm"):
        return try_code(self.request.session, purpose, digits)


def test_a_code_is_right_once_in_the_browser_that_asked_for_it():
    ho, stranger = Browser(), Browser()
    ho.asks()
    code = newest_code()
    assert stranger.tries(code) == Verdict.OVER
    assert ho.tries(code, "resume") == Verdict.OVER
    assert ho.tries(another_than(code)) == Verdict.WRONG
    assert ho.tries(code) == Verdict.RIGHT
    assert address_asked(ho.request.session, "confirm") == HO
    assert ho.tries(code) == Verdict.USED


def test_the_metrics_count_codes_and_hold_no_address():
    def counted(outcome):
        labels = {"purpose": "confirm", "outcome": outcome}
        return REGISTRY.get_sample_value("causeway_mail_codes_total", labels) or 0

    outcomes = ("asked", "limited", "sent", "confirmed")
    before = [counted(outcome) for outcome in outcomes]
    ho = Browser()
    ho.asks()
    ho.asks()  # at once again: one too many
    code = newest_code()
    for digits in (another_than(code), code, code):
        ho.tries(digits)
    assert [counted(one) - was for one, was in zip(outcomes, before, strict=True)] == [1, 1, 1, 1]
    assert b"ho@example" not in generate_latest(REGISTRY).lower()


def test_t48_neither_table_nor_session_tells_a_code_or_an_address():
    ho = Browser()
    ho.asks()
    stored = repr(ho.request.session.items()) + repr(list(DBTaskResult.objects.values_list("args_kwargs")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM feedback_mailcode")
        stored += repr(cursor.fetchall())
    assert HO not in stored and newest_code() not in stored
    assert MailCode.objects.get().address == ""  # wiped once it was sent


def test_the_mail_is_neutral_and_says_that_a_machine_sent_it():
    with translation.override("zh-hans"):
        Browser().asks()
    (message,) = delivered()
    assert message.to == [HO]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.extra_headers["Content-Language"] == "zh-Hans-CN"
    assert message.extra_headers["Message-ID"].startswith(f"<{MailCode.objects.get().uuid}@")
    assert code_in(message) not in message.subject
    html = message.alternatives[0].content
    assert code_in(message) in html
    for link in ("/track/", "/my/", "/concerns/", "?", "HKC"):
        assert link not in message.body + html.replace("<?", "")


def test_t32_a_hundred_requests_for_one_address_are_five_mails():
    browsers = [Browser(f"192.0.2.{n}") for n in range(100)]
    for one in browsers:
        one.asks("Ho@example.invalid" if one is browsers[7] else HO)
        # One browser every half minute and more, or the pause alone would refuse them.
        MailCode.objects.update(at=timezone.now() - timedelta(seconds=31))
    assert len(delivered()) == 5
    # Those who were sent none have nothing to guess: the digits of their rows open nothing.
    for row, one in zip(MailCode.objects.filter(withheld=True)[:3], browsers[-3:], strict=True):
        one.request.session["mail_codes"]["confirm"]["codes"] = [row.pk.hex]
        assert one.tries(row.digits) == Verdict.WRONG


def test_one_network_is_sent_twenty_an_hour_for_whatever_addresses(clock):
    for n in range(25):
        Browser("2001:db8::" + str(n + 1)).asks(f"ho{n}@example.invalid")
    assert len(delivered()) == 20
    clock(minutes=61)
    Browser("2001:db8::1").asks("ho0@example.invalid")
    assert len(delivered()) == 21


def test_another_mail_goes_out_after_thirty_seconds_and_replaces_the_code(clock):
    ho = Browser()
    ho.asks()
    first = newest_code()
    clock(seconds=29)
    ho.asks()
    assert len(delivered()) == 1  # and the code in it stays good
    clock(seconds=2)
    ho.asks()
    second = newest_code()
    assert len(mail.outbox) == 2
    assert ho.tries(first) == Verdict.REPLACED
    assert ho.tries(second) == Verdict.RIGHT


def test_after_five_an_hour_the_last_code_still_works(clock):
    ho = Browser()
    for _n in range(8):
        ho.asks()
        clock(seconds=31)
    assert len(delivered()) == 5
    assert ho.tries(code_in(mail.outbox[-1])) == Verdict.RIGHT


def test_bad_input_57_the_sixth_try_is_refused_though_it_were_right():
    ho = Browser()
    ho.asks()
    code = newest_code()
    said = [ho.tries(another_than(code)) for _n in range(5)]
    assert said == [Verdict.WRONG] * 4 + [Verdict.TOO_OFTEN]
    assert ho.tries(code) == Verdict.TOO_OFTEN


def test_bad_input_58_a_code_is_over_after_ten_minutes_by_the_clock(clock):
    ho = Browser()
    ho.asks()
    code = newest_code()
    clock(minutes=9, seconds=50)
    assert ho.tries(another_than(code)) == Verdict.WRONG
    clock(seconds=11)
    assert ho.tries(code) == Verdict.OVER


def test_codes_are_forgotten_when_they_no_longer_count(clock):
    Browser().asks()
    clock(minutes=59)
    assert forget_old_codes() == 0
    clock(minutes=2)
    assert forget_old_codes() == 1


def test_an_address_that_nobody_knows_is_sent_nothing(monkeypatch):
    monkeypatch.setitem(code_mails.RECIPIENTS, "confirm", lambda address: "")
    ho = Browser()
    ho.asks()
    assert delivered() == []
    row = MailCode.objects.get()
    assert row.address == ""
    assert ho.tries(row.digits) == Verdict.WRONG


@pytest.fixture
def failing(monkeypatch):
    """Call it with what the mail server does to the next mails; None lets one through."""
    ends = []
    send = EmailMultiAlternatives.send

    def ending(message, *args, **kwargs):
        wrong = ends.pop(0) if ends else None
        if wrong is not None:
            raise wrong
        return send(message, *args, **kwargs)

    monkeypatch.setattr(EmailMultiAlternatives, "send", ending)
    return ends.append


def test_f14_what_the_server_refused_for_now_is_sent_again_as_the_same_mail(failing, clock, monkeypatch):
    failing(SMTPRecipientsRefused({HO: (451, b"4.3.0 later")}))
    failing(SMTPServerDisconnected("gone"))
    ho = Browser()
    ho.asks()
    assert delivered() == []
    clock(seconds=61)
    assert delivered() == []
    assert delivered() == []  # the server is left alone
    monkeypatch.setattr(mailing, "_resting_until", 0.0)
    assert len(delivered()) == 1
    assert ho.tries(newest_code()) == Verdict.RIGHT


def test_f14_what_the_server_refused_for_good_holds_nobody_up(failing):
    failing(SMTPDataError(550, b"no such person"))
    Browser().asks()
    Browser("192.0.2.2").asks("chan@example.invalid")
    assert [message.to for message in delivered()] == [["chan@example.invalid"]]
    assert not MailCode.objects.exclude(address="").exists()


def test_f14_a_mail_without_an_answer_is_sent_twice_at_most(failing, clock, monkeypatch):
    for _n in range(3):
        failing(OutcomeUnseen())
    ho = Browser()
    ho.asks()
    for _n in range(4):
        monkeypatch.setattr(mailing, "_resting_until", 0.0)
        send_codes.call()
        clock(seconds=61)
    row = MailCode.objects.get()
    assert (row.handed, row.address) == (2, "")
    assert ho.tries(row.digits) == Verdict.RIGHT  # it may have arrived


def test_a_mail_is_not_sent_when_its_code_is_over(clock):
    Browser().asks()
    clock(minutes=10)
    assert delivered() == []
    assert MailCode.objects.get().address == ""


def at_once(*work):
    wrong = []

    def run(one):
        try:
            one()
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []


@pytest.mark.django_db(transaction=True)
def test_t32_many_requests_at_once_are_one_mail():
    at_once(*[Browser(f"192.0.2.{n}").asks for n in range(8)])
    assert MailCode.objects.filter(withheld=False).count() == 1
    at_once(send_codes.call, send_codes.call)
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_code_tried_many_times_at_once_is_right_once_and_compared_five_times():
    ho = Browser()
    ho.asks()
    code, said = newest_code(), []
    session = ho.request.session
    at_once(*[lambda: said.append(try_code(session, "confirm", code)) for _n in range(6)])
    assert said.count(Verdict.RIGHT) == 1
    assert MailCode.objects.get().tries <= 5
