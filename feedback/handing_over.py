"""One mail to the mail server, and what became of it."""

from __future__ import annotations

import logging
import smtplib
from enum import StrEnum
from typing import Any

from django.core.mail import EmailMultiAlternatives

from cases.mailing import GOODBYE, rest
from jobs.smtp import OutcomeUnseen

log = logging.getLogger(__name__)


class Handed(StrEnum):
    TAKEN = "taken"
    #: Trying again would change nothing.
    REFUSED = "refused"
    #: Refused for now.
    LATER = "later"
    #: The server is away or says goodbye: it is left alone for a while, the mail is tried later.
    AWAY = "away"
    #: The server may have taken it, and is away.
    UNSEEN = "unseen"

    @property
    def ends_connection(self) -> bool:
        return self in (Handed.AWAY, Handed.UNSEEN)


def hand_over(message: EmailMultiAlternatives, connection: Any) -> Handed:
    """Send it over this connection. The log is told how it ended, never to whom it went."""
    message.connection = connection
    try:
        message.send()
    except OutcomeUnseen:
        handed = Handed.UNSEEN
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refused:
        handed = _refused(refused)
    except (smtplib.SMTPNotSupportedError, UnicodeError, ValueError):
        handed = Handed.REFUSED  # the address cannot be carried
    except (OSError, smtplib.SMTPException):
        handed = Handed.AWAY
    else:
        return Handed.TAKEN
    log.warning("a mail was not taken: %s", handed)
    if handed.ends_connection:
        rest()
    return handed


def _refused(refused: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> Handed:
    if isinstance(refused, smtplib.SMTPDataError):
        code = refused.smtp_code
    else:
        code = next(iter(refused.recipients.values()))[0]
    if code == GOODBYE:
        return Handed.AWAY
    return Handed.REFUSED if 500 <= code < 600 else Handed.LATER
