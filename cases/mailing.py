"""Sends notices: each at least once and at most twice, in order to each person about each case.

A notice is taken by setting ``sending_at``, which is cleared or replaced only by whoever set it. If a try ends
without an answer (the worker was killed, or the line broke after the text was handed over), the mail may have
gone out: it is sent once more with the same Message-ID, and after a second such end it is parked.
"""

from __future__ import annotations

import logging
import random
import smtplib
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import translation

from cases import digest
from cases.models import Case, Contact, Notice, Reader
from cases.models.reaching import ADDRESS_CHANGED, INVITED
from jobs import measures
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from jobs.smtp import OutcomeUnseen
from look.languages import LANGUAGES, TAGS

log = logging.getLogger(__name__)
Status = Notice.Status

#: A try that has shown no end for so long has been given up by whoever made it.
ABANDONED = timedelta(seconds=60)
#: A mail is handed over so often, at most, without anybody seeing the answer.
MAX_UNSEEN = 2
#: The longest wait between two tries after a temporary refusal.
LONGEST_WAIT = timedelta(minutes=10)
#: For so long a mail that the server puts off is tried again; then it counts as refused, and the case shows it.
#: Mail servers keep what is put off for four to five days (RFC 5321, 4.5.4.1): news of a case is stale before.
PUT_OFF_AT_MOST = timedelta(days=3)
#: One run of the task takes no more than this; the next run goes on.
BATCH = 200
#: Seconds for which a mail server that does not answer is left alone, so that waiting for it does not take
#: up a worker that has other work.
REST = 40.0
#: The answer with which a mail server closes the connection.
GOODBYE = 421

_resting_until = 0.0


def send_due() -> int:
    """Send the notices that are due, oldest first; returns how many the mail server accepted.

    If the server cannot be reached nothing is taken, so that nothing is marked as tried: the next run finds it.
    """
    connection = connect() if _next_due(this_moment()) else None
    if connection is None:
        return 0
    try:
        return _send_over(connection)
    finally:
        hang_up(connection)


def _send_over(connection: Any) -> int:
    sent = 0
    for _turn in range(BATCH):
        notice = _next_due(this_moment())
        if notice is None:
            break
        if not _take(notice):
            continue
        try:
            message = _message(notice)
        except Exception as wrong:  # a notice that cannot be written must not hold up the others
            log.exception("notice %s cannot be written", notice.uuid)
            _end(notice, Status.FAILED, type(wrong).__name__)
            continue
        if message is None:
            _end(notice, Status.SKIPPED, "no address")
            continue
        message.connection = connection
        failpoint("before_smtp")
        healthy = _send(notice, message)
        sent += notice.status == Status.SENT
        if not healthy:
            rest()
            break
    return sent


# --- the row ------------------------------------------------------------------------------------
def _next_due(now: datetime) -> Notice | None:
    """The oldest notice that may be tried now, and has no earlier one to the same person still waiting."""
    to = Coalesce("to_user_id", 0)
    earlier = (
        Notice.objects.filter(case=OuterRef("case"), pk__lt=OuterRef("pk"), status=Status.WAITING)
        .annotate(to=to)
        # What is told to an address given up holds up nothing that goes to the new one.
        .filter(to=Coalesce(OuterRef("to_user_id"), 0), address="")
    )
    free = Q(sending_at=None) | Q(sending_at__lt=now - ABANDONED)
    due = Notice.objects.filter(free, status=Status.WAITING, not_before__lte=now).exclude(Exists(earlier))
    return due.select_related("case", "to_user").order_by("not_before", "pk").first()


def _take(notice: Notice) -> bool:
    """Take the notice if nobody else did; one that was handed over twice without an answer is parked."""
    before, now = notice.sending_at, this_moment()
    mine = Notice.objects.filter(pk=notice.pk, status=Status.WAITING, sending_at=before)
    abandoned = int(before is not None)
    if notice.unseen + abandoned >= MAX_UNSEEN:
        measures.mails.labels(Status.PARKED).inc()
        mine.update(status=Status.PARKED, unseen=F("unseen") + abandoned, error="no answer, twice")
        return False
    taken = mine.update(sending_at=now, attempts=F("attempts") + 1, unseen=F("unseen") + abandoned, error="")
    notice.sending_at, notice.attempts, notice.unseen = now, notice.attempts + 1, notice.unseen + abandoned
    return bool(taken)


def _end(notice: Notice, status: Notice.Status, error: str = "", **columns: Any) -> None:
    """Write the result of a try, unless the notice was taken over by another worker meanwhile."""
    notice.status = status
    measures.mails.labels(status).inc()
    mine = Notice.objects.filter(pk=notice.pk, status=Status.WAITING, sending_at=notice.sending_at)
    if status in (Status.SENT, Status.SKIPPED):
        columns["address"] = ""
    if not mine.update(status=status, error=error[:200], **columns):
        log.warning("notice %s was taken over by another worker", notice.uuid)


def _again(notice: Notice, error: str, **columns: Any) -> None:
    seconds = min(LONGEST_WAIT.total_seconds(), 15 * 2 ** min(notice.attempts, 10))
    wait = timedelta(seconds=seconds * random.uniform(0.75, 1))  # noqa: S311  # not a secret
    _end(notice, Status.WAITING, error, sending_at=None, not_before=this_moment() + wait, **columns)


def try_again(notices: Iterable[Notice]) -> None:
    """Put notices that were refused or parked back to be sent, with the Message-ID they had and all tries anew."""
    Notice.objects.filter(
        pk__in=[notice.pk for notice in notices], status__in=[Status.FAILED, Status.PARKED]
    ).update(
        status=Status.WAITING,
        not_before=this_moment(),
        sending_at=None,
        attempts=0,
        unseen=0,
        error="",
        put_off_at=None,
    )


# --- the wire -----------------------------------------------------------------------------------
def connect() -> Any:
    """An open connection to the mail server, or None if there is none to be had now or the server is left alone."""
    if time.monotonic() < _resting_until:
        return None
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as away:
        log.warning("mail server: %s: %s", type(away).__name__, away)
        hang_up(connection)
        rest()
        return None
    return connection


def rest() -> None:
    """Leave a mail server that does not do its work alone for a while."""
    global _resting_until
    _resting_until = time.monotonic() + REST


def hang_up(connection: Any) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException) as rude:
        log.info("mail server hung up: %s", rude)


def _send(notice: Notice, message: EmailMultiAlternatives) -> bool:
    """One try, with its result written; False if the connection is of no further use."""
    try:
        message.send()
    except OutcomeUnseen:
        unseen = notice.unseen + 1
        if unseen >= MAX_UNSEEN:
            _end(notice, Status.PARKED, "no answer, twice", unseen=unseen)
        else:
            _again(notice, "no answer", unseen=unseen)
        return False
    except smtplib.SMTPRecipientsRefused as refused:
        code, reason = next(iter(refused.recipients.values()))
        _refused(notice, code, reason)
        return code != GOODBYE
    except smtplib.SMTPDataError as refused:
        _refused(notice, refused.smtp_code, refused.smtp_error)
        return refused.smtp_code != GOODBYE
    except (smtplib.SMTPNotSupportedError, UnicodeError, ValueError) as wrong:
        # The address or a header cannot be carried: trying again would change nothing.
        _end(notice, Status.FAILED, type(wrong).__name__)
        return True
    except (OSError, smtplib.SMTPException) as lost:
        # Before the text was handed over, or a word about the sender: the recipient is not to blame.
        _again(notice, _told(lost))
        return False
    failpoint("after_smtp_before_mark")
    _end(notice, Status.SENT, sent_at=this_moment())
    return True


def _refused(notice: Notice, code: int, reason: bytes | str) -> None:
    # The server's words may quote the address: only its codes are kept.
    words = reason.decode("ascii", "replace") if isinstance(reason, bytes) else reason
    extended = words.split(" ", 1)[0]
    told = f"{code} {extended}" if extended.count(".") == 2 and len(extended) < 12 else str(code)
    now = this_moment()
    since = notice.put_off_at or now
    if code == GOODBYE:
        _again(notice, told)  # the server has no time for anybody: nothing is said of this mail
    elif 500 <= code < 600 or now - since >= PUT_OFF_AT_MOST:
        _end(notice, Status.FAILED, told)
    else:
        _again(notice, told, put_off_at=since)


def _told(error: Exception) -> str:
    code = getattr(error, "smtp_code", "")
    return f"{code} {type(error).__name__}".strip()


# --- the letter ---------------------------------------------------------------------------------
def _message(notice: Notice) -> EmailMultiAlternatives | None:
    """The mail in its reader's one language, or None if there is nobody to write to or nothing to say any more.

    It holds the reference and neutral sentences: no name, no authority, nothing that anybody wrote.
    """
    address = _address(notice)
    language = notice.language if notice.language in TAGS else settings.LANGUAGE_CODE
    with translation.override(language):
        facts = _facts(notice, language) if address else None
        if facts is None:
            return None
        subject = render_to_string(f"mail/{notice.template}_subject.txt", facts).strip()
        text = render_to_string(f"mail/{notice.template}.txt", facts).strip() + "\n"
        html = render_to_string(f"mail/{notice.template}.html", facts)
    mail = EmailMultiAlternatives(
        subject,
        text,
        to=[address],
        headers=headers_of(notice.uuid, language),
    )
    mail.attach_alternative(html, "text/html")
    return mail


def preview_of(case: Case) -> dict[str, str] | None:
    """What the mail that tells its business of news will say; None if none goes out."""
    mail = _message(Notice(case=case, template="update", language=case.language))
    return {"subject": str(mail.subject), "text": str(mail.body)} if mail is not None else None


def message_id(uuid: UUID) -> str:
    return f"<{uuid}@{urlsplit(settings.SITE_ORIGIN).hostname}>"


def headers_of(uuid: UUID, language: str) -> dict[str, str]:
    """A mail sent a second time has the same Message-ID, and no machine answers it."""
    return {
        "Message-ID": message_id(uuid),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": TAGS[language],
    }


def links_to(page: str, language: str) -> dict[str, Any]:
    """The same page in the mail's language, and in the others for its foot."""
    links = {code: f"{settings.SITE_ORIGIN}/{code}/{page}" for code in TAGS}
    others = [(one.tag, one.name, links[one.code]) for one in LANGUAGES if one.code != language]
    return {"link": links[language], "others": others, "tag": TAGS[language]}


def _facts(notice: Notice, language: str) -> dict[str, Any] | None:
    """What the templates say, in the active language; None if there is nothing to say any more."""
    if notice.case is None:
        facts = digest.facts_of(notice, language)
        page = "cases/day/"
    else:
        facts = {"reference": notice.case.reference}
        page = "track/" if notice.to_user_id is None else f"cases/{notice.case.reference}/"
        if notice.template == INVITED:
            page = "my/"
    if facts is None:
        return None
    return {**facts, **links_to(page, language)}


def _address(notice: Notice) -> str:
    """Read at the last moment, so that an address erased or a wish changed meanwhile is respected."""
    if notice.to_user is not None:
        return notice.to_user.email if notice.to_user.is_active else ""
    if notice.template == ADDRESS_CHANGED:
        return notice.address
    if notice.template == INVITED:
        standing = Reader.objects.filter(case=notice.case_id, ended_at=None)
        return notice.address if any(row.email == notice.address for row in standing) else ""
    contact = Contact.objects.filter(case=notice.case_id, notify=True).first()
    return contact.email if contact and contact.email_confirmed_at else ""
