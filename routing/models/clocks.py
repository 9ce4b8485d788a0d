"""Time limits, where they come from, and the days on which people work."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from routing.models.named import Named, Reference, name_key
from routing.models.places import CalendarCode


class ClockRule(Named, Reference):
    """How long a stage may take. A change is a new row with its own first day; the old one gets a last."""

    class Unit(models.TextChoices):
        MINUTES = "minutes", _("minutes")
        CALENDAR_DAY = "calendar_day", _("calendar days")
        WORKING_DAY = "working_day", _("working days")

    class Calendar(models.TextChoices):
        HONG_KONG = "HK", _("Hong Kong")
        MAINLAND = "CN", _("Mainland")
        OFFICE = "office", _("the office's own")
        NONE = "none", _("none")

    stage = models.CharField(max_length=40)
    owner = models.CharField(max_length=20)
    starts = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=15, choices=Unit.choices)
    target = models.PositiveIntegerField()
    limit = models.PositiveIntegerField()
    calendar = models.CharField(max_length=6, choices=Calendar.choices)
    pausing = models.CharField(max_length=100, blank=True)
    chase_at = models.JSONField(default=list, blank=True)
    on_breach = models.TextField(blank=True)
    basis = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["stage", "valid_from"]
        verbose_name = _("time limit")
        verbose_name_plural = _("time limits")
        constraints = [
            models.UniqueConstraint(fields=["stage", "valid_from"], name="rule_once_a_day"),
            models.UniqueConstraint(
                fields=["stage"], condition=Q(valid_from=None), name="rule_one_beginning"
            ),
        ]


class RuleSource(Reference):
    """An instrument from which time limits are derived, such as Article 19 of MOFCOM Order 3 of 2020."""

    code = models.CharField(max_length=30, primary_key=True)
    instrument = models.CharField(max_length=200)
    instrument_zh_hant = models.CharField(max_length=200, blank=True)
    instrument_zh_hans = models.CharField(max_length=200, blank=True)
    rule = models.TextField()

    class Meta:
        ordering = ["code"]
        verbose_name = _("source of a time limit")
        verbose_name_plural = _("sources of time limits")

    def __str__(self) -> str:
        return self.instruments()[name_key(get_language())]

    def instruments(self) -> dict[str, str]:
        """What it is called in three languages; in English where it has no other name."""
        return {
            "en": self.instrument,
            "zh_hant": self.instrument_zh_hant or self.instrument,
            "zh_hans": self.instrument_zh_hans or self.instrument,
        }


class UrgencyTier(Reference):
    """Shorter limits for urgent matters; empty where the ordinary limit holds."""

    code = models.CharField(max_length=20, primary_key=True)
    examples = models.TextField(blank=True)
    action = models.TextField(blank=True)
    triage_working_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    referral_working_days = models.PositiveSmallIntegerField(null=True, blank=True)
    authority_chase_working_days = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("urgency tier")
        verbose_name_plural = _("urgency tiers")

    def __str__(self) -> str:
        return self.code


class Told(models.TextChoices):
    """Who hears of a step."""

    BUSINESS = "business", pgettext_lazy("who is told", "the business")
    HOLDER = "holder", _("the caseworker; supervisors if nobody has the case")
    SUPERVISOR = "supervisor", _("the supervisors of the office")
    HEAD = "head", _("the head of the office")
    HIGHER = "higher", _("the Beijing Office for a national body, else headquarters")
    HEADQUARTERS = "headquarters", _("headquarters")
    NOBODY = "nobody", _("nobody")


class EscalationStep(Reference):
    """One level of the ladder. ``ClockStep`` rows say when a matter is raised to it, ``told`` who then hears of it;
    ``to`` and ``when`` are the words of the rule."""

    level = models.PositiveSmallIntegerField(primary_key=True)
    to = models.CharField(max_length=200)
    when = models.TextField()
    told = models.CharField(max_length=15, choices=Told.choices, default=Told.NOBODY)

    class Meta:
        ordering = ["level"]
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")

    def __str__(self) -> str:
        return f"{self.level} {self.to}"


class CalendarDay(Named, Reference):
    """A day that differs from the week: a holiday, or a weekend day on which the Mainland works."""

    jurisdiction = models.CharField(max_length=2, choices=CalendarCode.choices)
    day = models.DateField()
    working = models.BooleanField()

    class Meta:
        ordering = ["jurisdiction", "day"]
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "day"], name="calendar_day_once")]


class CalendarYear(Reference):
    """Whether a year's schedule has been published; dates in any other year are provisional."""

    jurisdiction = models.CharField(max_length=2, choices=CalendarCode.choices)
    year = models.PositiveSmallIntegerField()
    confirmed = models.BooleanField()

    class Meta:
        ordering = ["jurisdiction", "year"]
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "year"], name="calendar_year_once")]

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.year}"


class ReferenceStamp(models.Model):
    """One row that counts changes of reference data, so that every process notices another's."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
