"""Calls of programs that were done, so that a repeated call gets the first one's answer."""

from datetime import timedelta

from django.db import models

from cases.models.event import Event
from jobs.clock import this_moment

#: A key may be used again for something else after this long.
KEPT_FOR = timedelta(days=7)


class SentCall(models.Model):
    """A move made under a key that its caller chose; ``content`` is a hash of all that was asked.

    ``caller`` is the account, or the case whose tracking code was given. Rows are kept for ``KEPT_FOR``.
    """

    caller = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    content = models.CharField(max_length=64)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="a_call_is_done_once")]

    def __str__(self) -> str:
        return f"call of {self.caller}"


def forget_old_calls() -> int:
    """Delete the calls whose keys may be used again; returns how many."""
    return SentCall.objects.filter(at__lt=this_moment() - KEPT_FOR).delete()[0]
