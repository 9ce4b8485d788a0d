"""Tells the administrators by mail that something is wrong: that, how much and where to look, nothing else.

Each kind of trouble is told when it begins, and again only when there is more of it, at most once an hour.
That no worker is alive cannot be told by a worker: ``/readyz`` and ``causeway_worker_silence_seconds`` say it.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from operations import failures, figures
from operations.models import Alarm, Kind

log = logging.getLogger(__name__)

#: What could have been done and was not for so long is late.
LATE = timedelta(minutes=15)
#: The same trouble is not told again within this time, however it comes and goes.
QUIET = timedelta(hours=1)

WORDS: dict[str, Promise | str] = {
    "tasks_failed": _("Background tasks that failed for good"),
    "notices_failed": _("Mails that were refused or got no answer"),
    "tasks_late": _("Background tasks waiting for more than 15 minutes"),
    "notices_late": _("Mails waiting for more than 15 minutes"),
    "files_late": _("Documents the virus scanner has not answered about for more than 15 minutes"),
    "files_infected": _("Documents of the last seven days in which the virus scanner found something"),
}


def troubles() -> dict[str, int]:
    """What is wrong now, with how many tasks or mails it concerns; empty if nothing is."""
    failed = failures.groups()
    found = {
        "tasks_failed": sum(group.count for group in failed if group.kind == Kind.TASK),
        "notices_failed": sum(group.count for group in failed if group.kind == Kind.NOTICE),
        "tasks_late": _late(figures.tasks_ready()),
        "notices_late": _late(figures.notices_waiting()),
        "files_late": _late(figures.files_waiting()),
        "files_infected": figures.files_infected(),
    }
    return {name: count for name, count in found.items() if count}


def _late(piles: list[figures.Pile]) -> int:
    return sum(pile.count for pile in piles if pile.seconds > LATE.total_seconds())


def sound() -> int:
    """Tell what is news; how many mails went out. What could not be told is news again next time."""
    now = timezone.now()
    found = troubles()
    news = _news(found, now)
    if not news:
        return 0
    Alarm.objects.filter(trouble__in=news).update(told_at=now)
    for name in news:
        Alarm.objects.filter(trouble=name).update(told_count=found[name])
    told = _tell({name: found[name] for name in news})
    if not told:
        Alarm.objects.filter(trouble__in=news).update(told_at=None, told_count=0)
    return told


def _news(found: dict[str, int], now: datetime) -> list[str]:
    Alarm.objects.exclude(trouble__in=found).update(since=None, told_count=0)
    news = []
    for name, count in found.items():
        alarm, _made = Alarm.objects.get_or_create(trouble=name)
        if alarm.since is None:
            Alarm.objects.filter(trouble=name).update(since=now)
        rested = alarm.told_at is None or alarm.told_at <= now - QUIET
        if rested and count > alarm.told_count:
            news.append(name)
    return news


def _tell(news: dict[str, int]) -> int:
    people = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(email="")
    told = 0
    connection = get_connection()
    try:
        connection.open()
        for person in people:
            told += _told(_message(person, news), connection)
        connection.close()
    except (OSError, smtplib.SMTPException) as away:
        log.warning("the administrators could not be told: %s", away)
    return told


def _told(message: EmailMessage, connection: Any) -> bool:
    message.connection = connection
    try:
        return bool(message.send())
    except smtplib.SMTPRecipientsRefused:  # its words quote the address
        log.warning("an administrator's address is refused")
        return False


def _message(person: User, news: dict[str, int]) -> EmailMessage:
    with translation.override(person.language):
        lines = [{"words": WORDS[name], "count": count} for name, count in news.items()]
        link = f"{settings.SITE_ORIGIN}/{person.language}/operations/"
        context = {"lines": lines, "link": link}
        subject = render_to_string("operations/mail/alarm_subject.txt", context).strip()
        text = render_to_string("operations/mail/alarm.txt", context).strip() + "\n"
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    return EmailMessage(subject, text, to=[person.email], headers=headers)
