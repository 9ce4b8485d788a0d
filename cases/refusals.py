"""Why the gate says no. Each refusal knows its HTTP status and the sentence a person reads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs import measures
from jobs.outages import Outage, outage_of

Sentence = str | Promise


class Refusal(Exception):  # noqa: N818  # a refusal is an answer, not a malfunction
    """Nothing was changed, and this is why."""

    status = 400
    code = "refused"
    message: Sentence = _("This could not be done.")
    counted = False

    def __init__(self, message: Sentence | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(str(self.code))

    def detail(self) -> dict[str, Any]:
        """What a program needs beside code and message."""
        return {}


class Unseen(Refusal):
    """The case or move does not exist for this actor: the same answer whether or not it exists."""

    status = 404
    code = "not_found"
    message = _("There is no such case.")


class NotPermitted(Refusal):
    status = 403
    code = "not_permitted"
    message = _("You may not do this in this case.")


class VersionMissing(Refusal):
    status = 428
    code = "version_missing"
    message = _("Say which version of the case you have seen.")


class Conflict(Refusal):
    """The case is not what the actor thought: who changed it, and when.

    ``by`` is a display name for staff and never leaves the staff side.
    """

    status = 409

    def __init__(
        self,
        message: Sentence | None = None,
        *,
        state: str,
        version: int,
        by: str,
        at: datetime | None,
    ) -> None:
        super().__init__(message)
        self.state, self.version, self.by, self.at = state, version, by, at

    def detail(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "version": self.version,
            "by": self.by,
            "at": self.at.isoformat() if self.at else None,
        }


class Stale(Conflict):
    code = "stale"
    message = _("Somebody was faster: the case has changed since you opened it.")


class NotAllowed(Conflict):
    code = "not_allowed"
    message = _("This is not possible in the present state of the case.")


class InputRefused(Refusal):
    """Inputs that a person can correct, by field."""

    code = "invalid"
    message = _("There is a problem with what was entered.")

    def __init__(self, errors: Mapping[str, Sentence | list[Sentence]]) -> None:
        super().__init__()
        self.errors = {k: v if isinstance(v, list) else [v] for k, v in errors.items()}

    def detail(self) -> dict[str, Any]:
        return {"errors": {k: [str(s) for s in v] for k, v in self.errors.items()}}


class AlreadyThere(InputRefused):
    """What was sent is there; to a sender who was cut off before the answer this is good news."""


class OtherContent(Refusal):
    """The same idempotency key came with another body."""

    status = 422
    code = "key_reused"
    message = _("This key was already used for another concern.")


class Busy(Refusal):
    """Somebody else has held the case for longer than anybody is kept waiting."""

    status = 409
    code = "busy"
    message = _("Somebody else is changing this at this moment. Try again.")


@contextmanager
def told_when_busy() -> Iterator[None]:
    """Turns a lock that was not to be had in time into ``Busy``; every refusal that passes is counted."""
    try:
        yield
    except Refusal as refusal:
        _count(refusal)
        raise
    except OperationalError as trouble:
        if outage_of(trouble) is Outage.BUSY:
            busy = Busy()
            _count(busy)
            raise busy from trouble
        raise


def _count(refusal: Refusal) -> None:
    """Once, however many of our own layers it passes."""
    if not refusal.counted:
        refusal.counted = True
        measures.refusals.labels(refusal.code).inc()
