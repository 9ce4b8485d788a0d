"""Concerns that came as a table: the rows as they were read, and what became of each."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from text.sealed import SealedTextField


class RowState(models.TextChoices):
    NEW = "new", _("Not checked yet")
    GOOD = "good", _("Good")
    BAD = "bad", _("Has errors")
    THERE = "there", _("Was imported before")
    FILED = "filed", _("Filed")
    FAILED = "failed", _("Could not be filed")


class Import(models.Model):
    """One table that somebody handed in. Nothing of it is filed before it is confirmed."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    file_name = SealedTextField(blank=True)
    #: The headings that are not known, one a line.
    unread = SealedTextField(blank=True)
    #: The businesses are to hear of updates by mail; otherwise none of them is written to.
    mail = models.BooleanField(default=False)
    #: Of the page on which the table was handed in: what is wrong with its rows is said in it.
    language = models.CharField(max_length=10)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"import {self.uuid}"


class ImportedRow(models.Model):
    """One row. What it says is kept sealed until it was filed or given up, and then emptied."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    #: As a person counts them in the table, the headings being row 1.
    number = models.PositiveIntegerField()
    #: By what it is known again: ``import:`` and a hash of its own reference, or of all it says.
    key = models.CharField(max_length=80)
    data = SealedTextField(blank=True)
    state = models.CharField(max_length=10, choices=RowState.choices, default=RowState.NEW)
    #: Pairs of a column's code and what is wrong there, in the language of the import.
    why = models.JSONField(default=list, blank=True)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="an_imported_row_stands_once")
        ]
        indexes = [models.Index(fields=["batch", "state"], name="imported_by_state")]

    def __str__(self) -> str:
        return f"row {self.number} of {self.batch_id}"
