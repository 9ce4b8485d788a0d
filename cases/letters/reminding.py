"""The reminder to an authority that has not answered: numbered, and citing the letter and the reminders before it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from cases.clocks import local_day
from cases.letters.paper import official_number, reminder_document
from cases.models import Letter, Referral, ReminderLetter
from cases.permissions import Actor
from cases.states import ReferralKind
from text.dates import long_date


def remind(referral: Referral, by: Actor, at: datetime, inputs: dict[str, Any]) -> dict[str, Any]:
    """Before ``chase``: make and keep the next reminder letter; the inputs stay as they are.

    It tells nothing about the business and repeats nothing of the first letter but its number and date. Its own
    number is the first letter's with its place in the row, so that the office's numbers stay without a gap. Where
    the authority passed our letter on, the reminder goes to the one that has it now and names the way it went.
    """
    chain = _chain(referral)
    first = Letter.objects.filter(referral=chain[0]).select_related("office").defer("document").first()
    number, on = referral.reminders + 1, local_day(at)
    earlier = ReminderLetter.objects.filter(referral__in=chain).order_by("number")
    facts = {
        "n": number,
        "number": official_number(first) if first else referral.number,
        "file": referral.number,
        "sent_on": _day(chain[0].sent_on),
        "to": chain[0].authority.name_zh_hans,
        "passed_on": _day(chain[-2].ended_on) if len(chain) > 1 else "",
        "earlier": [f"{_day(row.sent_on)}（第{row.number}次）" for row in earlier.defer("document")],
        "enquiry": referral.kind == ReferralKind.ENQUIRY,
    }
    subject = render_to_string("letters/reminder_subject.txt", facts).strip()
    body = render_to_string("letters/reminder.txt", facts).strip()
    numbers = [f"{facts['number']}（催{number}）", f"档号：{referral.number}-{number}"]
    document = reminder_document(referral, subject, body, numbers, on)
    ReminderLetter.objects.create(
        referral=referral,
        number=number,
        sent_on=on,
        document=document,
        sha256=hashlib.sha256(document).hexdigest(),
        at=at,
    )
    return inputs


def _chain(referral: Referral) -> list[Referral]:
    """The letter and those it goes back to, the first one first."""
    by_id = {row.pk: row for row in referral.case.referrals_now}
    chain = [referral]
    while before := by_id.get(chain[0].successor_of_id or 0):
        chain.insert(0, before)
    return chain


def _day(day: Any) -> str:
    return long_date(day, "zh-hans") if day else ""
