"""One reminder, for who asked for it, two days before a form that was not sent is deleted.

The mail tells no word of the form. An address is reminded once a day at most, whoever gave it (trust.md T32).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django_tasks import task

from cases.mailing import connect, hang_up, headers_of, links_to
from feedback.handing_over import Handed, hand_over
from feedback.models import Draft
from jobs.clock import this_moment
from jobs.periodic import every
from text.dates import HONG_KONG, long_date

BEFORE = timedelta(days=2)
DAY = timedelta(days=1)


@every(seconds=1800)
@task(queue_name="mail")
def remind_of_drafts() -> None:
    """Write to those whose forms end within two days. A mail the server did not take is tried by the next run."""
    now = this_moment()
    ending = Draft.unsent().filter(remind=True, reminded_at=None, expires_at__lte=now + BEFORE)
    connection: Any = None
    try:
        for draft in ending.exclude(email="").order_by("expires_at")[:500]:
            connection = connection or connect()
            if connection is None or not _remind(draft, connection):
                break
    finally:
        if connection is not None:
            hang_up(connection)


def _remind(draft: Draft, connection: Any) -> bool:
    """False if the connection is of no further use. Marked first: two workers, or a worker killed, never send two."""
    now = this_moment()
    mine = Draft.objects.filter(pk=draft.pk)
    told = Draft.objects.filter(email_key=draft.email_key, reminded_at__gt=now - DAY).exists()
    if not mine.filter(reminded_at=None).update(reminded_at=now) or told:
        return True
    handed = hand_over(_message(draft), connection)
    if handed in (Handed.LATER, Handed.AWAY):
        mine.filter(reminded_at=now).update(reminded_at=None)
    return not handed.ends_connection


def _message(draft: Draft) -> EmailMultiAlternatives:
    language = draft.language
    with translation.override(language):
        until = long_date(draft.expires_at.astimezone(HONG_KONG).date(), language)
        facts = {"until": until, **links_to("concerns/resume/", language)}
        subject = render_to_string("mail/draft_ends_subject.txt", facts).strip()
        text = render_to_string("mail/draft_ends.txt", facts).strip() + "\n"
        html = render_to_string("mail/draft_ends.html", facts | {"reference": subject})
    stable = uuid5(NAMESPACE_URL, draft.key)
    mail = EmailMultiAlternatives(subject, text, to=[draft.email], headers=headers_of(stable, language))
    mail.attach_alternative(html, "text/html")
    return mail
