"""Who the business is. It stands apart, so that it can be masked, logged when read, and erased."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.db import models

from cases.states import Authorisation, Sharing
from text.fold import company_fold
from text.sealed import FindingField, SealedTextField, finding_keys

#: Version of the sharing and privacy wording that the form shows; stored with each choice.
SHARING_TEXT = "2026-11"


def company_key(registration_no: str, company: str) -> str:
    """A keyed hash by which distinct companies can be counted without knowing them; empty if neither is known."""
    known = registration_no.strip() or company_fold(company)
    if not known:
        return ""
    return hmac.new(settings.COMPANY_KEY.encode(), known.casefold().encode(), hashlib.sha256).hexdigest()


class Contact(models.Model):
    """Identity and ways to reach the business. Staff read it only with a reason, which is logged."""

    case = models.OneToOneField(
        "cases.Case", on_delete=models.CASCADE, primary_key=True, related_name="contact"
    )
    name = SealedTextField(blank=True)
    company = SealedTextField(blank=True)
    registration_no = SealedTextField(blank=True)
    email = SealedTextField(blank=True)
    phone = SealedTextField(blank=True)
    #: The number that ``phone``, which is kept as typed, was understood to be; empty where it came unread.
    phone_e164 = SealedTextField(blank=True)
    #: The business wants a mail when something changes.
    notify = models.BooleanField(default=True)
    email_key = FindingField(of="email")
    #: When a code mailed to ``email`` was typed in; until then no news goes there.
    email_confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"contact of case {self.case_id}"

    @classmethod
    def confirmed_as(cls, address: str) -> list[Contact]:
        """Who gave this address with a concern and confirmed it, the newest concern first.

        None whose address was erased or changed, and none who did not want to give a name.
        """
        found = cls.objects.filter(email_key__in=finding_keys(address)).exclude(email_confirmed_at=None)
        found = found.exclude(case__sharing=Sharing.ANONYMOUS).order_by("-case__received_at")
        known = found.select_related("case__office", "case__on_behalf")
        # What finds them follows ``email``; ``email`` itself decides.
        return [contact for contact in known if contact.email.lower() == address.lower()]

    @property
    def tokens(self) -> list[str]:
        """Every word that would tell who this is; used by the disclosure guard."""
        return [t for t in (self.name, self.company, self.registration_no, self.email, self.phone) if t]


class NameKey(models.Model):
    """A keyed hash of a name by which the business may be asked for (``cases.indexing``): whole names only.

    Hashes of parts of names would tell, by how often they occur, what they stand for.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="name_keys")
    key = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "case"], name="one_name_key_a_case")]

    def __str__(self) -> str:
        return f"name key of case {self.case_id}"


class Reader(models.Model):
    """Somebody whom the business lets read its concern, by an e-mail address; until ``ended_at``."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="readers")
    email = SealedTextField()
    email_key = FindingField(of="email")
    invited_at = models.DateTimeField()
    first_read_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"reader of case {self.case_id}"

    @classmethod
    def known_as(cls, address: str) -> list[Reader]:
        """What this address may read, the newest concern first."""
        found = cls.objects.filter(email_key__in=finding_keys(address), ended_at=None)
        known = found.select_related("case__office", "case__on_behalf").order_by("-case__received_at")
        return [reader for reader in known if reader.email.lower() == address.lower()]


class OnBehalf(models.Model):
    """For whom somebody else filed the concern, and by what authority. It is part of who the business is.

    There is none where people file for themselves.
    """

    case = models.OneToOneField(
        "cases.Case", on_delete=models.CASCADE, primary_key=True, related_name="on_behalf"
    )
    #: The client or member; empty where nobody's name was given.
    name = SealedTextField(blank=True)
    #: Empty where the writer was not asked (before October 2026, and partners that do not say).
    authorisation = models.CharField(max_length=10, choices=Authorisation.choices, blank=True)
    authorised_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"on whose behalf case {self.case_id} is"


class SharingChoice(models.Model):
    """What the business chose about its identity, with the text it was shown."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="sharing_choices")
    choice = models.CharField(max_length=12, choices=Sharing.choices)
    text_version = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    at = models.DateTimeField()
    by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: Told on a call that more may be shared: nothing changes until another officer has heard the same.
    waits = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.choice} at {self.at:%Y-%m-%d}"
