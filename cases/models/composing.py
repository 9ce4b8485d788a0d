"""What officers are writing, and messages on their way out that can still be taken back."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from text.sealed import SealedTextField


class Composed(models.Model):
    """Words typed into the form of one move and not sent yet. They belong to who typed them, whoever owns the case.

    ``held`` names the files that were added to them (``Attachment.held_for``).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="composed")
    move = models.CharField(max_length=40)
    text = SealedTextField(blank=True)
    held = models.CharField(max_length=64, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "case", "move"], name="one_text_a_person_and_move")
        ]

    def __str__(self) -> str:
        return f"{self.move} being written in case {self.case_id}"


class HeldMessage(models.Model):
    """A message to the business that was sent and waits a little, so that its author can take it back.

    ``public_seq`` is the last the author had seen of what the business sees: if there is more by then, nothing goes
    out, so that two answers never cross. ``why`` is the code of the refusal that stopped it.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        UNDONE = "undone"
        STOPPED = "stopped"
        #: Stopped, and the author has been told.
        SETTLED = "settled"

    #: What the page of the case tells of.
    SHOWN = (State.WAITING, State.STOPPED)

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="held_messages")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = SealedTextField(blank=True)
    held = models.CharField(max_length=64, blank=True)
    public_seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    goes_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=20, blank=True)
    event = models.ForeignKey(
        "cases.Event", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["goes_at"], name="held_message_waiting", condition=models.Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"message held for case {self.case_id}"
