"""The development mailbox: in the embedded default mail is kept in the database for the demo user to read."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import QuerySet

from jobs.models import MailboxMessage


class Mailbox(BaseEmailBackend):
    """E-mail backend that stores every message, one row a recipient, and sends nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            # Building the real message refuses a line break in a header, as sending it would.
            headers = dict(message.message().items())
            MailboxMessage.objects.bulk_create(
                MailboxMessage(
                    to=address,
                    sender=message.from_email,
                    subject=str(message.subject),
                    text=str(message.body),
                    html=_html_of(message),
                    headers=headers,
                )
                for address in message.recipients()
            )
        return len(email_messages)


def _html_of(message: EmailMessage) -> str:
    for content, mimetype in getattr(message, "alternatives", ()):
        if mimetype == "text/html":
            return str(content)
    return ""


def newest_messages(to: str = "") -> QuerySet[MailboxMessage]:
    """Stored mail, newest first; with ``to`` only what went to that address (in any case)."""
    messages = MailboxMessage.objects.all()
    return messages.filter(to__iexact=to) if to else messages
