"""Mail of the embedded default is kept to be read; nothing leaves the machine."""

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import override_settings

from jobs.checks import mail_leaves_the_house
from jobs.mailbox import newest_messages

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(settings):
    settings.EMAIL_BACKEND = "jobs.mailbox.Mailbox"


def test_a_mail_is_kept_with_both_its_parts_and_its_headers(mailbox):
    message = EmailMultiAlternatives(
        "有新進展", "請登入。", "Causeway <no-reply@causeway.invalid>", ["ho@example.invalid"],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": "<1@causeway.invalid>"},
    )  # fmt: skip
    message.attach_alternative("<p>請登入。</p>", "text/html")
    assert message.send() == 1
    kept = newest_messages().get()
    assert (kept.to, kept.subject, kept.text) == ("ho@example.invalid", "有新進展", "請登入。")
    assert kept.html == "<p>請登入。</p>"
    assert kept.headers["Auto-Submitted"] == "auto-generated"
    assert kept.headers["Message-ID"] == "<1@causeway.invalid>"


def test_each_recipient_has_a_mail_of_his_own_and_the_newest_comes_first(mailbox):
    mail.send_mail("first", "text", None, ["ho@example.invalid", "amina@example.invalid"])
    mail.send_mail("second", "text", None, ["ho@example.invalid"])
    assert [kept.subject for kept in newest_messages(to="HO@example.invalid")] == ["second", "first"]
    assert newest_messages().count() == 3


def test_a_line_break_in_a_header_is_refused_as_in_real_mail(mailbox):
    with pytest.raises(mail.BadHeaderError):
        mail.send_mail("Subject\nBcc: all@example.invalid", "text", None, ["ho@example.invalid"])
    assert not newest_messages().exists()


def test_a_deployment_without_a_mail_server_is_pointed_out():
    with override_settings(EMAIL_BACKEND="jobs.mailbox.Mailbox", EMBEDDED=False):
        assert [finding.id for finding in mail_leaves_the_house(None)] == ["jobs.E001"]
    with override_settings(EMAIL_BACKEND="jobs.mailbox.Mailbox", EMBEDDED=True):
        assert mail_leaves_the_house(None) == []
