"""What an authority answered to a letter."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from cases.permissions import Actor
from cases.states import Channel, Result


class Answer(models.Model):
    """What the authority said. Its words stay inside until the office passes on its own."""

    referral = models.ForeignKey("cases.Referral", on_delete=models.PROTECT, related_name="answers")
    text = models.TextField()
    received_on = models.DateField()
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    result = models.CharField(max_length=20, choices=Result.choices, blank=True)
    by_authority = models.BooleanField(default=False)
    at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    returned_at = models.DateTimeField(null=True, blank=True)
    relayed_round = models.PositiveSmallIntegerField(null=True, blank=True)
    relayed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"answer {self.pk} to referral {self.referral_id}"

    @property
    def is_accepted(self) -> bool:
        return self.accepted_at is not None

    @property
    def waits_for_acceptance(self) -> bool:
        return self.accepted_at is None and self.returned_at is None

    def accept(self, by: Actor, at: datetime, result: str) -> None:
        self.accepted_at, self.accepted_by, self.result = at, by.user, result
