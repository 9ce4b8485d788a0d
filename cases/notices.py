"""Who is told of an event by mail. Only decides and writes it down; ``mailing`` sends.

A mail says no more than that there is something new, so one that still waits also tells what came after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from cases.models import Case, Contact, Event, Notice
from cases.permissions import ActorKind
from cases.tasks import send_notices
from cases.told import HOME, calendar_of, office_hours, people
from jobs.clock import this_moment
from routing.ladder import told_at_level
from routing.models import Told

#: At most one mail to the same person about the same case in this time.
QUIET = timedelta(minutes=15)

_FROM_BUSINESS = {
    "reply",
    "send_message",
    "withdraw",
    "request_reopen",
    "request_erasure",
    "accept_outcome",
    "contest_outcome",
}


def plan(case: Case, event: Event) -> None:
    """Write the notices of one event and see to their sending, in the gate's transaction."""
    ready = False
    if _concerns_business(event) and _wants_mail(case):
        template = "received" if event.kind == "received" else "update"
        ready |= _write(case, event, None, template, case.language)
    for user in _colleagues(case, event):
        ready |= _write(case, event, user, "staff", user.language)
    if ready:
        send_notices.enqueue()


def _concerns_business(event: Event) -> bool:
    """What the business sees and did not do itself, and that we have its concern."""
    own = event.by_kind == ActorKind.BUSINESS or event.on_behalf == "business"
    return bool(event.kind) and (event.kind == "received" or not own)


def _wants_mail(case: Case) -> bool:
    contact: Contact | None = getattr(case, "contact", None)
    # An address that nobody has confirmed may be a stranger's (trust.md T32).
    return bool(contact and contact.notify and contact.email and contact.email_confirmed_at)


def _colleagues(case: Case, event: Event) -> Iterator[User]:
    """Members of staff for whom this event is news; never the one who made it."""
    for user in _interested(case, event):
        if user.is_active and user.pk != event.by_user_id:
            yield user


def _interested(case: Case, event: Event) -> Iterator[User]:
    own = event.by_kind == ActorKind.BUSINESS or event.on_behalf == "business"
    news = (own and event.move in _FROM_BUSINESS) or event.by_kind == ActorKind.AUTHORITY
    if (news or event.move == "assign") and case.assignee is not None:
        yield case.assignee
    if event.move == "request_erasure":  # a case that has ended may be nobody's
        yield from people(case, Told.SUPERVISOR)
    if event.move == "escalate" and "rule" not in event.data:  # else the sweep's own mail gathers it
        yield from people(case, told_at_level().get(event.data["level"], Told.NOBODY))


def remind_business(case: Case, calendar: str) -> None:
    """Mail the business that we wait for it, in office hours of that calendar; a mail that waits says it too."""
    waits = Notice.objects.filter(
        case=case, to_user=None, address="", status=Notice.Status.WAITING, sending_at=None
    )
    if _wants_mail(case) and not waits.exists():
        Notice.objects.create(
            case=case,
            template="reminder",
            language=case.language,
            not_before=office_hours(this_moment(), calendar),
        )


def address_confirmed(case: Case, address: str = "") -> None:
    """Somebody reads the address of this case: mail goes there from now on, one at once for what nobody was told.

    ``address`` is the one that a code was typed in for; if the case has another by now, nothing was confirmed.
    The row of the case is locked as in the gate: news of this moment is either in that mail or follows it.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case.pk)
        now_given = Contact.objects.filter(case=case).first()
        if address and (now_given is None or now_given.email.lower() != address.lower()):
            return
        unconfirmed = Contact.objects.filter(case=case, email_confirmed_at=None).exclude(email="")
        if not unconfirmed.update(email_confirmed_at=this_moment()) or not _wants_mail(case):
            return
        events = Event.objects.filter(case=case).exclude(kind="").order_by("seq")
        told = Notice.objects.filter(case=case, to_user=None, address="", status=Notice.Status.SENT)
        last = told.aggregate(at=Max("sent_at"))["at"]
        news = [event for event in events if _concerns_business(event) and (not last or event.at > last)]
        waits = Notice.objects.filter(case=case, to_user=None, address="", status=Notice.Status.WAITING)
        if news and not waits.exists():
            template = "received" if news[0].kind == "received" and len(news) == 1 else "update"
            Notice.objects.create(
                case=case, event=news[-1], template=template, language=case.language, not_before=this_moment()
            )
            send_notices.enqueue()


def unreached(case: Case) -> Notice | None:
    """The last mail to the business if the mail server refused it for good, or nobody saw how sending it ended.

    Later mail that arrived makes it history, and so does another address that was confirmed since, or none.
    """
    ended = [Notice.Status.SENT, Notice.Status.FAILED, Notice.Status.PARKED]
    last = case.notices.filter(to_user=None, address="", status__in=ended).order_by("-pk").first()
    if last is None or last.status == Notice.Status.SENT:
        return None
    contact = Contact.objects.filter(case=case).first()
    confirmed = contact.email_confirmed_at if contact and contact.email else None
    return last if confirmed and last.sending_at and last.sending_at >= confirmed else None


def _write(case: Case, event: Event, user: User | None, template: str, language: str) -> bool:
    """Add a notice unless one to the same person still waits; whether it may be sent at once."""
    now = this_moment()
    earlier = Notice.objects.filter(case=case, to_user=user, address="").order_by("-pk")
    last = earlier.first() if event.seq > 1 else None
    not_before = now
    if last is not None:
        if last.status == Notice.Status.WAITING and last.sending_at is None:
            return False
        if spoken := last.sent_at or last.sending_at:
            not_before = max(now, spoken + QUIET)
    if event.by_kind == ActorKind.SYSTEM and event.by_user_id is None:
        # A clock has no reason to wake anybody.
        not_before = office_hours(not_before, HOME if user is None else calendar_of(user))
    Notice.objects.create(
        case=case, event=event, to_user=user, template=template, language=language, not_before=not_before
    )
    return not_before <= now
