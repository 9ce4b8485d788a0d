"""Sending codes by e-mail, in the background: at least once and at most twice, while the code still works.

The mail tells nothing but the code: no word of a concern, and no link that does anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import translation
from django_tasks import task

from cases.mailing import ABANDONED, MAX_UNSEEN, connect, hang_up, headers_of, links_to
from cases.models import Contact, Reader
from feedback.handing_over import Handed, hand_over
from feedback.models import Draft, MailCode
from feedback.models.mail_codes import GOOD_FOR
from jobs import measures
from jobs.clock import this_moment
from jobs.periodic import every

#: Where a code for an address goes: an address that is not known here is sent none. Looked up here and not where the
#: code is asked for, so that the time of that answer tells nothing.
RECIPIENTS: dict[str, Callable[[str], str]] = {
    MailCode.Purpose.CONFIRM: str,
    MailCode.Purpose.MINE: lambda address: _known_as(address),
    MailCode.Purpose.RESUME: lambda address: next((d.email for d in Draft.reached_by(address)[:1]), ""),
}


def _known_as(address: str) -> str:
    """As it stands with a concern, of its business or of somebody who may read it."""
    for contact in Contact.confirmed_as(address):
        return contact.email
    return next((reader.email for reader in Reader.known_as(address)), "")


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
    handed = hand_over(_message(code), connection)
    if handed == Handed.TAKEN:
        measures.mail_codes.labels(str(MailCode.Purpose(code.purpose).value), "sent").inc()
        mine.update(address="")
    elif handed == Handed.REFUSED:
        mine.update(address="", handed=F("handed") - 1)
    elif handed == Handed.AWAY:
        mine.update(sending_at=None, handed=F("handed") - 1)
    elif handed == Handed.LATER:
        # Tried again when it counts as abandoned, like one without an answer.
        mine.update(handed=F("handed") - 1)
    return not handed.ends_connection


def _given_up(code: MailCode) -> None:
    MailCode.objects.filter(pk=code.pk, sending_at=code.sending_at).update(address="")


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
