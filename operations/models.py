"""What administrators did about failures, and which troubles they were told of."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    TASK = "task", _("Background task")
    NOTICE = "notice", _("Mail")


class Intervention(models.Model):
    """Somebody tried a failure again or gave it up. Rows are only ever added (a trigger refuses the rest).

    ``subject`` is the id of the task or the notice; ``what`` and ``why`` are codes, as they stood on the page.
    """

    class Act(models.TextChoices):
        RETRY = "retry", _("Tried again")
        GIVE_UP = "give_up", _("Given up")

    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=10, choices=Act.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.UUIDField()
    what = models.CharField(max_length=200)
    why = models.CharField(max_length=200, blank=True)
    #: Required to give something up.
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["subject", "act"], name="intervention_subject"),
            models.Index(fields=["-at", "-id"], name="intervention_at"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.kind} {self.subject}"


class Alarm(models.Model):
    """A kind of trouble, one row each: since when it lasts, and when the administrators were last told."""

    trouble = models.CharField(max_length=30, primary_key=True)
    #: Null when it is over.
    since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    #: How bad it was when they were told (a number of failures); more of it is news.
    told_count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.trouble
