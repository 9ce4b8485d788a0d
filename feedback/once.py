"""A move of a business that is made once, however often its request arrives."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction

from cases.actions import perform
from cases.models import Case
from cases.permissions import Actor
from cases.refusals import told_when_busy
from feedback.models import SentForm
from jobs.clock import this_moment


@told_when_busy()
def perform_once(
    case: Case, move: str, actor: Actor, inputs: dict[str, Any], token: uuid.UUID | None
) -> None:
    """Make the move unless a request with this token already made it; None makes it in any case.

    The token's row is written in the transaction of the move: of two at once the second waits for the first and
    then does nothing, and a move that was refused uses up no token. Raises what ``perform`` raises.
    """
    with transaction.atomic():
        if token is not None:
            try:
                with transaction.atomic():
                    SentForm.objects.create(case=case, token=token, at=this_moment())
            except IntegrityError:
                return
        perform(case, move, by=actor, **inputs)
