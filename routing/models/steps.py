"""What happens as a time limit runs: who is reminded, when a matter is raised, when the clock closes a case."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from routing.models.clocks import ClockRule, EscalationStep, Told
from routing.models.named import Reference


class ClockStep(Reference):
    """One step of a running clock. The ladder of ``sla.yaml`` is those that escalate.

    ``owner`` says whose clocks the step belongs to; a stage that some step names has only the steps that name it.
    The day comes from ``measure`` and ``amount`` (days in ``unit``, or percent): see the choices. ``told`` is who
    gets a reminder; who hears that a case was raised stands with the level. No step is taken while its clock is
    paused, and each once for a clock in a round of a case.
    """

    class Owner(models.TextChoices):
        OFFICE = "office", _("the office")
        BUSINESS = "business", _("the business")
        AUTHORITY = "authority", _("the authority that has a letter to answer")

    class Measure(models.TextChoices):
        TARGET = "target", _("on the target day")
        PERCENT = "percent", _("when so many percent of the limit have gone")
        BEFORE_LIMIT = "before_limit", _("so many days before the limit")
        AFTER_LIMIT = "after_limit", _("when so many days have passed since the limit")
        AFTER_START = "after_start", _("when so many days have passed since the start")
        CHASE = "chase_at", _("on each day on which a reminder to the authority falls due")

    class Action(models.TextChoices):
        REMIND = "remind", _("send a reminder")
        ESCALATE = "escalate", _("escalate")
        CLOSE = "close", _("close the case")

    code = models.CharField(_("code"), max_length=30, primary_key=True)
    owner = models.CharField(_("who must act"), max_length=10, choices=Owner.choices)
    stage = models.CharField(
        _("stage"),
        max_length=40,
        blank=True,
        help_text=_("The code of a stage. Empty: all stages that no step names."),
    )
    measure = models.CharField(_("when"), max_length=15, choices=Measure.choices)
    amount = models.PositiveSmallIntegerField(
        _("number"),
        default=0,
        help_text=_("How many days, or what percentage; 0 where the moment needs no number."),
    )
    unit = models.CharField(
        _("unit"),
        max_length=15,
        choices=ClockRule.Unit.choices,
        default=ClockRule.Unit.WORKING_DAY,
        help_text=_("Of the number, unless it is a percentage."),
    )
    action = models.CharField(_("what is done"), max_length=10, choices=Action.choices)
    level = models.ForeignKey(
        EscalationStep,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("escalation level"),
        help_text=_("Only for a step that escalates."),
    )
    told = models.CharField(
        _("who is reminded"),
        max_length=15,
        choices=Told.choices,
        default=Told.NOBODY,
        help_text=_("Who hears of an escalation stands with its level."),
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("step of a clock")
        verbose_name_plural = _("steps of clocks")

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        super().clean()
        if (self.action == self.Action.ESCALATE) != (self.level_id is not None):
            raise ValidationError({"level": _("A level belongs to a step that escalates, and only to one.")})
        if self.unit == ClockRule.Unit.MINUTES:
            raise ValidationError({"unit": _("A step counts in days.")})
        if self.measure == self.Measure.PERCENT and not 0 < self.amount <= 100:
            raise ValidationError({"amount": _("Give a percentage from 1 to 100.")})
