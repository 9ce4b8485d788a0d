"""Written words and files. Events point here, so that words can be erased while events cannot."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.terms import TermsField
from cases.states import Cleaning, Inside, Scan


class Statement(models.Model):
    """What the business said when it filed, in its own words; never edited."""

    case = models.OneToOneField(
        "cases.Case", on_delete=models.CASCADE, primary_key=True, related_name="statement"
    )
    text = models.TextField()
    wanted = models.TextField(blank=True)
    raised_before = models.CharField(max_length=10, blank=True)
    #: "2026-09" or "2026-09-05"; empty if the business was not sure
    started = models.CharField(max_length=10, blank=True)
    authority_named = models.CharField(max_length=300, blank=True)
    for_whom = models.CharField(max_length=20, blank=True)
    sector = models.CharField(max_length=200, blank=True)
    #: What the form proposed before an officer decided
    declared_proceedings = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return f"statement of case {self.case_id}"


class SearchText(models.Model):
    """Every word of a case that staff may read, folded, and its terms; its own table keeps the case row light.

    Kept by ``cases.indexing``. Who the business is does not stand here but in ``NameKey``.
    """

    case = models.OneToOneField(
        "cases.Case", on_delete=models.CASCADE, primary_key=True, related_name="search_text"
    )
    folded = models.TextField()
    terms = TermsField(default="", db_default="", editable=False)

    def __str__(self) -> str:
        return f"search text of case {self.case_id}"


class Message(models.Model):
    """Words between the business and the office. The business sees every one of them."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="messages")
    from_business = models.BooleanField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"message {self.pk}"


class Question(models.Model):
    """What the office asked; its words are the message of the event numbered ``seq``."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="questions")
    seq = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    answer_by = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_how = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(closed_at=None), name="one_open_question_a_case"
            )
        ]

    def __str__(self) -> str:
        return f"question {self.seq} of case {self.case_id}"


class Extension(models.Model):
    """A later date asked for one clock, by one officer, decided by another."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="extensions")
    clock = models.CharField(max_length=40)
    new_date = models.DateField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="extensions_asked"
    )
    asked_at = models.DateTimeField()
    decision = models.CharField(
        max_length=10, blank=True, choices=[("granted", _("Granted")), ("refused", _("Refused"))]
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="extensions_decided",
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "clock"], condition=Q(decision=""), name="one_pending_extension_a_clock"
            )
        ]

    def __str__(self) -> str:
        return f"{self.clock} to {self.new_date}"


class CaseLink(models.Model):
    """Two cases an officer wants to see side by side. ``one`` has the smaller id."""

    one = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="one_link_a_pair")]

    def __str__(self) -> str:
        return f"{self.one_id} - {self.other_id}"


class Attachment(models.Model):
    """A file somebody gave us. It stands under a random key and leaves only as a download.

    Before it belongs to a case it is held for a draft (``held_for``, the draft's key).
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    held_for = models.CharField(max_length=64, blank=True, db_index=True)
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="attachments"
    )
    answer = models.ForeignKey(
        "cases.Answer", on_delete=models.SET_NULL, null=True, blank=True, related_name="attachments"
    )
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    #: What it holds that its owner may not know of: codes of ``cases.inspecting.verdict.FACTS``.
    inside = models.JSONField(default=list, blank=True)
    scan = models.CharField(max_length=12, choices=Scan, default=Scan.WAITING)
    #: When the scanner was last asked about it, whether or not it answered.
    scanned_at = models.DateTimeField(null=True, blank=True)
    #: The scanner's name for what it found, or its reason for not looking.
    scan_found = models.CharField(max_length=100, blank=True)
    from_business = models.BooleanField(default=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    #: Of a cleaned copy, what it was made of. The copy is ours: it was not sent by anybody.
    original = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="cleaned"
    )
    #: What came of making a cleaned copy of this one; empty before it was tried.
    cleaning = models.CharField(max_length=6, choices=Cleaning, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_file_belongs_to_a_case_or_a_draft",
                condition=Q(case__isnull=False) | ~Q(held_for=""),
            ),
            models.UniqueConstraint(
                fields=["held_for", "sha256"], condition=~Q(held_for=""), name="no_file_twice_in_a_draft"
            ),
        ]
        indexes = [
            models.Index(fields=["at"], condition=Q(scan="waiting"), name="attachment_to_scan"),
            models.Index(
                fields=["at"],
                condition=Q(cleaning="", from_business=True, case__isnull=False),
                name="attachment_to_clean",
            ),
            models.Index(
                fields=["scanned_at"],
                condition=~Q(scan__in=["waiting", "clean"]),
                name="attachment_held_back",
            ),
        ]

    def __str__(self) -> str:
        return f"attachment {self.uuid}"

    @property
    def scan_shown(self) -> str:
        """A code of ``Scan``, or ``unchecked`` for a file that waits while there is no scanner to wait for."""
        return "unchecked" if self.scan == Scan.WAITING and not settings.CLAMD_URL else self.scan

    @property
    def may_leave(self) -> bool:
        """Only what was found clean is handed out; without a scanner also what nobody could check."""
        return self.scan_shown in (Scan.CLEAN, "unchecked")

    @property
    def holds(self) -> list[str]:
        """In words what it holds that its owner may not know of."""
        return [str(Inside(code).label) for code in self.inside]

    @classmethod
    def that_may_leave(cls) -> models.QuerySet[Attachment]:
        """All that ``may_leave`` says yes of."""
        return cls.objects.filter(scan__in=[Scan.CLEAN] if settings.CLAMD_URL else [Scan.CLEAN, Scan.WAITING])
