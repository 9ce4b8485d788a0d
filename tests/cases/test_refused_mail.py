"""P6: a mail to the business that was refused for good is seen on its case by those who handle it."""

import smtplib

import pytest
from django.core import mail
from django.test import Client

from cases.mailing import send_due, try_again
from cases.models import Notice
from tests.cast import file_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(cast, monkeypatch):
    """A case whose first mail the mail server refused for good."""
    case = file_case()

    def refuse(*_args, **_kwargs):
        raise smtplib.SMTPRecipientsRefused(
            {"ho@example.invalid": (550, b"5.1.1 <ho@example.invalid> unknown")}
        )

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        send_due()
    return case


def page(cast, case, name="amina", language="en"):
    client = Client()
    client.force_login(cast.users[name])
    return client.get(f"/{language}/cases/{case.reference}/").content.decode()


def test_p6_a_refused_mail_is_shown_on_the_case_with_its_code_at_once(cast, refused):
    shown = page(cast, refused)
    assert "was refused (550 5.1.1)" in shown
    assert "reach them another way" in shown
    assert "ho@example.invalid" not in shown


def test_a_mail_nobody_saw_the_end_of_is_told_too(cast, refused):
    Notice.objects.update(status=Notice.Status.PARKED, error="no answer, twice")
    assert "Nobody knows whether the mail" in page(cast, refused)


def test_once_a_mail_has_arrived_nothing_is_said(cast, refused):
    try_again(Notice.objects.all())
    assert "E-mail to the business" not in page(cast, refused)
    mail.outbox.clear()
    send_due()
    assert mail.outbox
    assert "E-mail to the business" not in page(cast, refused)


def test_a_refused_mail_to_a_colleague_is_no_matter_of_the_case(cast, refused):
    Notice.objects.update(to_user=cast.wing)
    assert "E-mail to the business" not in page(cast, refused)
