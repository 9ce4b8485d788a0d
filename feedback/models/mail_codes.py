"""Six-digit codes sent by e-mail: for what, to whom, and how often they were tried."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.utils.crypto import constant_time_compare, salted_hmac

from jobs.clock import this_moment
from text.sealed import SealedTextField

#: Source: ux.md A1.5 (ASVS 6.5.5).
GOOD_FOR = timedelta(minutes=10)
TRIES = 5


class MailCode(models.Model):
    """One code. Its digits are a keyed hash of the row's random number and stand in no table at all.

    ``address`` is kept, sealed, only until the mail is sent or given up. What says of whom the row is are keyed
    hashes, by which the codes of an hour are counted.
    """

    class Purpose(models.TextChoices):
        CONFIRM = "confirm", "that somebody reads an address"
        RESUME = "resume", "going on with a form"
        MINE = "mine", "the concerns of an address"

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    address_source = models.CharField(max_length=64, db_index=True)
    network_source = models.CharField(max_length=64, db_index=True)
    language = models.CharField(max_length=10)
    at = models.DateTimeField(db_index=True)
    #: One request too many: it was answered like the others, and there is no mail.
    withheld = models.BooleanField(default=False)
    address = SealedTextField(blank=True)
    sending_at = models.DateTimeField(null=True, blank=True)
    #: How often the mail server may have taken it. A code that nobody was sent opens nothing.
    handed = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"code {self.uuid}"

    @property
    def digits(self) -> str:
        mac = salted_hmac("feedback.mail_codes", self.uuid.hex, algorithm="sha256").digest()
        return f"{int.from_bytes(mac[:8]) % 10**6:06d}"

    @property
    def is_over(self) -> bool:
        return this_moment() - self.at >= GOOD_FOR

    def is_said_by(self, digits: str) -> bool:
        return self.handed > 0 and constant_time_compare(self.digits, digits)
