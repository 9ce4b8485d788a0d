"""Carrying out an erasure: the person goes, what happened stays.

What goes: contact data, on whose behalf it was filed, the statement, all messages, notes, answers and letters with
their documents, files on the disk, the words of the search, reasons given for reading, addresses in mail errors, and
mails kept by the development mailbox. What stays: events, dates, states, offices, authorities, categories, the
choices of sharing, the keyed hash of the company and the hash of each letter that left. docs/decisions/0023 says
why.
"""

from __future__ import annotations

import logging

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django_tasks import task

from cases import indexing
from cases.actions import perform
from cases.mailing import message_id
from cases.models import (
    Answer,
    Attachment,
    Case,
    Composed,
    Contact,
    HeldMessage,
    Letter,
    LetterVersion,
    Message,
    Note,
    Notice,
    OnBehalf,
    Reader,
    Reading,
    ReminderLetter,
    Statement,
)
from cases.permissions import Actor
from cases.refusals import Refusal
from cases.states import ENDED, Erasure
from jobs.failpoints import failpoint
from jobs.models import MailboxMessage
from jobs.periodic import every

log = logging.getLogger(__name__)

#: So many in one run; the next run goes on.
AT_ONCE = 200


@every(seconds=60)
@task
def erase_granted_cases() -> None:
    """Erase what was granted. Broken off anywhere, the next run goes on where this one stopped."""
    erase_granted()


def erase_granted() -> int:
    """Returns how many cases were erased. One waits while a mail to its business is unsent: it says that we erase.

    A case whose file cannot be deleted now keeps no other waiting; the next run tries it again.
    """
    mails = Notice.objects.filter(case=OuterRef("pk"), to_user=None, address="", status=Notice.Status.WAITING)
    due = _still_due().filter(~Exists(mails))
    erased = 0
    for case in due.order_by("pk")[:AT_ONCE]:
        try:
            erased += erase(case)
        except Exception:
            log.exception("case %s could not be erased", case.pk)
    return erased


def _still_due() -> QuerySet[Case]:
    return Case.objects.filter(erasure=Erasure.GRANTED, on_hold=False, state__in=ENDED)


def erase(case: Case) -> bool:
    """Files first, each with its row, then all words with the event in one transaction; whether it was done.

    A document that arrives in between is found by the next run.
    """
    for attachment in Attachment.objects.filter(case=case).order_by("-pk"):
        with transaction.atomic():
            # A legal hold placed meanwhile keeps what is still there.
            if not _still_due().select_for_update().filter(pk=case.pk).exists():
                return False
            # Under its lock no cleaned copy is added to it; copies that were go first, as rows and as bytes.
            Attachment.objects.select_for_update().filter(pk=attachment.pk).values_list("pk").first()
            for gone in [*Attachment.objects.filter(original=attachment), attachment]:
                # The bytes first: a row without bytes is found again, bytes without a row never.
                default_storage.delete(str(gone.file.name))
                failpoint("file_erased")
                gone.delete()
    with transaction.atomic():
        Case.objects.select_for_update().filter(pk=case.pk).values_list("pk").first()
        if Attachment.objects.filter(case=case).exists():
            return False
        try:
            perform(case, "erase", by=Actor.system())
        except Refusal as refused:  # held or opened again meanwhile
            log.info("case %s is not erased: %s", case.reference, refused.code)
            return False
        _erase_words(case)
        failpoint("words_erased")
    return True


def _erase_words(case: Case) -> None:
    contact = Contact.objects.filter(case=case).first()
    if contact is not None:
        if contact.email:
            MailboxMessage.objects.filter(to__iexact=contact.email).delete()
        contact.name = contact.company = contact.registration_no = ""
        contact.email = contact.phone = contact.phone_e164 = ""
        contact.notify, contact.email_confirmed_at = False, None
        contact.save()
    OnBehalf.objects.filter(case=case).update(name="")
    Reader.objects.filter(case=case).delete()
    Statement.objects.filter(case=case).update(text="", wanted="", authority_named="", sector="")
    # Whatever address they went to: the business may have had another one then.
    ours = [message_id(uuid) for uuid in Notice.objects.filter(case=case).values_list("uuid", flat=True)]
    MailboxMessage.objects.filter(**{"headers__Message-ID__in": ours}).delete()
    indexing.forget(case)
    Composed.objects.filter(case=case).delete()
    HeldMessage.objects.filter(case=case).update(text="")
    Message.objects.filter(case=case).update(text="")
    Note.objects.filter(case=case).update(text="")
    Answer.objects.filter(referral__case=case).update(text="")
    LetterVersion.objects.filter(referral__case=case).update(subject="", body="")
    Letter.objects.filter(referral__case=case).update(document=b"")
    ReminderLetter.objects.filter(referral__case=case).update(document=b"")
    Reading.objects.filter(case=case).update(reason="")
    Notice.objects.filter(case=case).update(error="", address="")
