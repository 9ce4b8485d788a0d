"""Rows of the background work: who is alive, which periodic slot is taken, and mail kept for reading."""

from __future__ import annotations

from django.db import models


class WorkerBeat(models.Model):
    """One row a running worker, renewed every few seconds. All times are the database's own clock, in UTC."""

    class Kind(models.TextChoices):
        WORKER = "worker", "a process of its own"
        EMBEDDED = "embedded", "a thread of the server"

    worker_id = models.CharField(max_length=32, primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    seen = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.worker_id}"


class PeriodicSlot(models.Model):
    """One beat of one periodic task. Its uniqueness is what makes a slot run once under many workers."""

    name = models.CharField(max_length=200)
    slot = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="one_row_a_periodic_slot")]

    def __str__(self) -> str:
        return f"{self.name} {self.slot:%Y-%m-%d %H:%M:%S}"


class MailboxMessage(models.Model):
    """One mail of the embedded default, kept for reading instead of being sent. One row a recipient."""

    to = models.CharField(max_length=320)
    sender = models.CharField(max_length=320)
    subject = models.CharField(max_length=998)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    sent_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
