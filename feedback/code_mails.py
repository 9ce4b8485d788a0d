"""Sending codes by e-mail, in the background: at least once and at most twice, while the code still works.

The mail tells nothing but the code: no word of a concern, and no link that does anything.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import translation
from django_tasks import task

from cases.mailing import ABANDONED, GOODBYE, MAX_UNSEEN, connect, hang_up, headers_of, links_to, rest
from feedback.models import MailCode
from feedback.models.mail_codes import GOOD_FOR
from jobs.clock import this_moment
from jobs.periodic import every
from jobs.smtp import OutcomeUnseen

log = logging.getLogger(__name__)

#: Where a code for an address goes: an address that is not known here is sent none. Looked up here and not where the
#: code is asked for, so that the time of that answer tells nothing.
RECIPIENTS: dict[str, Callable[[str], str]] = {MailCode.Purpose.CONFIRM: str}


@every(seconds=20)
@task(queue_name="mail")
def send_codes() -> None:
    """Send the codes that wait, oldest first. Enqueued with each request, and by the clock for those refused."""
    over = MailCode.objects.exclude(address="").filter(at__lte=this_moment() - GOOD_FOR)
    over.update(address="")
    connection: Any = None
    try:
        while (code := _next()) is not None:
            connection = connection or connect()
            if connection is None or not _deliver(code, connection):
                break
    finally:
        if connection is not None:
            hang_up(connection)


def _next() -> MailCode | None:
    """The oldest that may be sent now. Those for addresses that nobody knows here, and tried twice, are given up."""
    now = this_moment()
    waiting = MailCode.objects.exclude(address="").filter(at__gt=now - GOOD_FOR)
    for code in waiting.filter(Q(sending_at=None) | Q(sending_at__lt=now - ABANDONED)).order_by("at")[:200]:
        code.address = RECIPIENTS[code.purpose](code.address)
        if code.address and code.handed < MAX_UNSEEN:
            return code
        _given_up(code)
    return None


def _deliver(code: MailCode, connection: Any) -> bool:
    """One try, with its result written; False if the connection is of no further use."""
    now = this_moment()
    row = MailCode.objects.filter(pk=code.pk, sending_at=code.sending_at, handed=code.handed)
    if not row.update(sending_at=now, handed=F("handed") + 1):
        return True  # another worker has it
    mine = MailCode.objects.filter(pk=code.pk, sending_at=now)
    message = _message(code)
    message.connection = connection
    try:
        message.send()
    except OutcomeUnseen:
        return _failed("no answer")  # it may have arrived: tried once more when it counts as abandoned
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refused:
        status = _status(refused)
        if 500 <= status < 600:
            mine.update(address="", handed=F("handed") - 1)
        else:
            mine.update(sending_at=now, handed=F("handed") - 1)
        log.warning("a code was refused: %s", status)
        return status != GOODBYE
    except (smtplib.SMTPNotSupportedError, UnicodeError, ValueError) as wrong:
        # The address cannot be carried: trying again would change nothing.
        mine.update(address="", handed=F("handed") - 1)
        log.warning("a code cannot be sent: %s", type(wrong).__name__)
        return True
    except (OSError, smtplib.SMTPException) as lost:
        mine.update(sending_at=None, handed=F("handed") - 1)
        return _failed(type(lost).__name__)
    mine.update(address="")
    return True


def _failed(why: str) -> bool:
    rest()
    log.warning("mail server: %s", why)
    return False


def _given_up(code: MailCode) -> None:
    MailCode.objects.filter(pk=code.pk, sending_at=code.sending_at).update(address="")


def _status(refused: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> int:
    if isinstance(refused, smtplib.SMTPDataError):
        return int(refused.smtp_code)
    return int(next(iter(refused.recipients.values()))[0])


def _message(code: MailCode) -> EmailMultiAlternatives:
    with translation.override(code.language):
        facts = {"code": code.digits, **links_to("", code.language)}
        subject = render_to_string("mail/code_subject.txt", facts).strip()
        text = render_to_string("mail/code.txt", facts).strip() + "\n"
        html = render_to_string("mail/code.html", facts | {"reference": subject})
    mail = EmailMultiAlternatives(
        subject, text, to=[code.address], headers=headers_of(code.uuid, code.language)
    )
    mail.attach_alternative(html, "text/html")
    return mail
