"""The letter to an authority: its versions, what was sent byte for byte, and what it told whom."""

from django.conf import settings
from django.db import models


class LetterVersion(models.Model):
    """One saved draft. Each change is a new version; none is overwritten."""

    referral = models.ForeignKey("cases.Referral", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    #: Names of contact fields this letter tells, for instance ["name", "company"]
    disclosed = models.JSONField(default=list, blank=True)
    annexes = models.ManyToManyField("cases.Attachment", blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["referral", "number"], name="one_letter_version_a_number")
        ]

    def __str__(self) -> str:
        return f"version {self.number} of referral {self.referral_id}"


class LetterCounter(models.Model):
    """The last outgoing number of an office in a year; its row is locked while a number is taken."""

    office = models.ForeignKey("routing.Office", on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "year"], name="one_counter_an_office_year")]

    def __str__(self) -> str:
        return f"{self.office_id}/{self.year}: {self.last}"


class Letter(models.Model):
    """What left the office: the exact bytes with their hash. Never changed."""

    referral = models.OneToOneField("cases.Referral", on_delete=models.PROTECT, related_name="letter")
    office = models.ForeignKey("routing.Office", on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    version = models.ForeignKey(LetterVersion, on_delete=models.PROTECT)
    document = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "year", "number"], name="one_letter_a_number")
        ]

    def __str__(self) -> str:
        return self.text_number

    @property
    def text_number(self) -> str:
        """As printed on the letter: office, year, number."""
        return f"{self.office.code}/{self.year}/{self.number:04d}"


class ReminderLetter(models.Model):
    """A reminder as it left the office. Its number is the first letter's with its own place in the row of reminders;
    one that the authority passed on goes on counting. Never changed."""

    referral = models.ForeignKey("cases.Referral", on_delete=models.PROTECT, related_name="reminder_letters")
    number = models.PositiveSmallIntegerField()
    sent_on = models.DateField()
    document = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["referral", "number"], name="one_reminder_letter_a_number")
        ]

    def __str__(self) -> str:
        return f"reminder {self.number} of referral {self.referral_id}"


class Disclosure(models.Model):
    """One letter told one authority these fields about the business. The business may read this."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="disclosures")
    referral = models.OneToOneField("cases.Referral", on_delete=models.PROTECT, related_name="disclosure")
    authority = models.ForeignKey("routing.Authority", on_delete=models.PROTECT)
    fields = models.JSONField(default=list)
    annexes = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"disclosure of referral {self.referral_id}"
