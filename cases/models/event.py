"""The history. An event is written by the gate and changed by nobody: a database trigger refuses it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from cases.models.prepared import Prepared
from text.sealed import SealedTextField


class Note(models.Model):
    """Internal words: a note, or the reason for a move. Never shown outside."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True)
    text = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note {self.pk}"


class Event(models.Model):
    """One committed change. It holds codes, dates and ids only: words and names stand in rows it points to.

    ``seq`` counts all events of a case without a gap, ``public_seq`` those the business sees. ``changes`` maps
    each changed column to its old and new code, so that replaying the events gives the case as it is.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    public_seq = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    by_office = models.CharField(max_length=10, blank=True)
    on_behalf = models.CharField(max_length=10, blank=True)
    channel = models.CharField(max_length=10, blank=True)
    move = models.CharField(max_length=30)
    kind = models.CharField(max_length=30, blank=True)
    referral = models.ForeignKey(
        "cases.Referral", on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    state_before = models.CharField(max_length=20, blank=True)
    state_after = models.CharField(max_length=20)
    referral_before = models.CharField(max_length=20, blank=True)
    referral_after = models.CharField(max_length=20, blank=True)
    changes = models.JSONField(default=dict)
    data = models.JSONField(default=dict)
    message = models.ForeignKey("cases.Message", on_delete=models.PROTECT, null=True, related_name="events")
    note = models.ForeignKey(Note, on_delete=models.PROTECT, null=True, related_name="events")

    class Meta:
        ordering = ["case_id", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="one_event_a_seq"),
            models.UniqueConstraint(fields=["case", "public_seq"], name="one_event_a_public_seq"),
        ]
        indexes = [models.Index(fields=["at"], name="event_at")]

    def __str__(self) -> str:
        return f"{self.move} #{self.seq} of case {self.case_id}"

    @property
    def is_public(self) -> bool:
        return self.public_seq is not None


#: All events of a case by its id, oldest first, with what the clocks and the gate need and no words.
past_of = Prepared(
    lambda case_id: (
        Event.objects.filter(case_id=case_id)
        .order_by("seq")
        .only(
            "seq",
            "referral",
            "at",
            "move",
            "by_kind",
            "on_behalf",
            "public_seq",
            "state_after",
            "changes",
            "data",
        )
    )
)


class Notice(models.Model):
    """A mail to be sent, written in the transaction of what it tells.

    It holds no words and, but for one that tells of a changed address, no address: both are read when it is sent, so
    that an address erased meanwhile is not used. ``sending_at`` without ``sent_at`` marks a try whose end nobody saw:
    it is sent once more, then parked.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"
        PARKED = "parked"
        SKIPPED = "skipped"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    #: Null for a mail that gathers the day's steps of many cases.
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, null=True, related_name="notices")
    #: Null for what a clock asked for.
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="notices")
    #: Null means the business; else the member of staff.
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: Where the mail goes instead: an address that the business had until it gave another one. Gone once it is sent.
    address = SealedTextField(blank=True)
    template = models.CharField(max_length=30)
    language = models.CharField(max_length=10)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Tries whose end nobody saw: the mail may have been delivered.
    unseen = models.PositiveSmallIntegerField(default=0)
    sending_at = models.DateTimeField(null=True, blank=True)
    #: When the mail server first put this mail off ("try again later"), and has not taken it since.
    put_off_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status", "not_before"], name="notice_waiting")]

    def __str__(self) -> str:
        return f"{self.template} notice {self.uuid}"


class Reading(models.Model):
    """Somebody on the staff looked at identity or a file. Looking is no event: it makes nobody's page stale."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="readings")
    what = models.CharField(max_length=20)
    attachment = models.ForeignKey("cases.Attachment", on_delete=models.SET_NULL, null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.what} of case {self.case_id}"
