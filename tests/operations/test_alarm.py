"""P6, F25: the administrators are told of trouble once, without a name in it, and never flooded."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from cases.models import Notice
from operations import alarm
from operations.models import Alarm
from tests.cast import file_case
from tests.operations.trouble import parked_task, refused_notice

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def quiet(cast):
    """No mail of the cast's own waits."""
    Notice.objects.all().delete()
    mail.outbox.clear()
    return cast


def an_hour_later():
    Alarm.objects.exclude(told_at=None).update(told_at=timezone.now() - timedelta(minutes=61))


def test_when_nothing_is_wrong_nobody_is_told(quiet):
    assert alarm.sound() == 0
    assert mail.outbox == []


def test_a_parked_task_is_told_once(quiet):
    parked_task()
    assert alarm.sound() == 1
    assert alarm.sound() == 0
    an_hour_later()
    assert alarm.sound() == 0
    (message,) = mail.outbox
    assert message.to == ["ada@example.invalid"]
    assert "Background tasks that failed for good: 1" in message.body
    assert "/en/operations/" in message.body


def test_more_of_it_is_told_but_no_more_than_once_an_hour(quiet):
    for _ in range(10):
        parked_task()
        alarm.sound()
    assert len(mail.outbox) == 1
    an_hour_later()
    assert alarm.sound() == 1
    assert "for good: 10" in mail.outbox[1].body


def test_trouble_that_ended_and_came_back_is_told_again(quiet):
    row = parked_task()
    alarm.sound()
    row.delete()
    assert alarm.sound() == 0
    assert Alarm.objects.get(trouble="tasks_failed").since is None
    an_hour_later()
    parked_task()
    assert alarm.sound() == 1


def test_a_refused_mail_and_one_that_waits_too_long_are_told_without_whose_they_are(quiet):
    case = file_case(company="Canary Ltd", email="canary@example.invalid")
    Notice.objects.all().delete()
    refused_notice(case)
    waiting = {"status": Notice.Status.WAITING, "sending_at": None, "attempts": 0, "error": ""}
    refused_notice(case, ago=timedelta(minutes=16), **waiting)
    assert alarm.sound() == 1
    body = mail.outbox[0].body
    assert "Mails that were refused or got no answer: 1" in body
    assert "Mails waiting for more than 15 minutes: 1" in body
    assert "anary" not in body and case.reference not in body


def test_a_task_that_waits_too_long_is_told(quiet):
    parked_task(status="READY", finished_at=None, ago=timedelta(minutes=16))
    assert alarm.sound() == 1
    assert "waiting for more than 15 minutes: 1" in mail.outbox[0].body


def test_each_administrator_reads_it_in_their_language_and_nobody_else(quiet):
    quiet.ada.language = "zh-hans"
    quiet.ada.save()
    parked_task()
    alarm.sound()
    assert "/zh-hans/operations/" in mail.outbox[0].body
    assert len(mail.outbox) == 1


def test_what_could_not_be_told_is_told_next_time(quiet, monkeypatch):
    parked_task()

    def away(*_args, **_kwargs):
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as patch:
        patch.setattr("operations.alarm.EmailMessage.send", away)
        assert alarm.sound() == 0
    assert alarm.sound() == 1
