"""Which steps of clocks were taken, and who still has to hear of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cases.models.event import Notice


class TakenStep(models.Model):
    """A step that the sweep took, or passed over for a later one: a row keeps it from being taken again.

    ``key`` tells clock and step apart (``cases.clocks.Alarm``), ``step`` is the code of the rule, ``day`` the day
    it was for and ``limit`` that of its clock; ``level`` is the one it raised the case to, if it did.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="taken_steps")
    round = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=120)
    step = models.CharField(max_length=30)
    stage = models.CharField(max_length=40)
    action = models.CharField(max_length=10)
    level = models.PositiveSmallIntegerField(null=True)
    day = models.DateField()
    limit = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "round", "key"], name="a_step_is_taken_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of case {self.case_id}"


class Telling(models.Model):
    """One person is to hear of one step; ``notice`` is the mail that gathers it with others, once there is one."""

    step = models.ForeignKey(TakenStep, on_delete=models.CASCADE, related_name="tellings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, null=True, related_name="tellings")

    class Meta:
        indexes = [
            models.Index(fields=["user"], name="telling_waits", condition=models.Q(notice=None)),
        ]

    def __str__(self) -> str:
        return f"step {self.step_id} for {self.user_id}"


class Recount(models.Model):
    """How far the dates of open cases have been counted with the calendars and rules of today; one row.

    ``counting_with`` is their digest, ``behind`` the id of the last case counted with them, ``done`` that none is
    left.
    """

    counting_with = models.CharField(max_length=64)
    behind = models.BigIntegerField(default=0)
    done = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"behind {self.behind}"
