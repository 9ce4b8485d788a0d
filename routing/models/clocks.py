"""Time limits, where they come from, and the days on which people work."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from routing.models.authorities import Authority, AuthorityType
from routing.models.named import Named, Reference, name_key
from routing.models.places import CalendarCode, Division


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

    class Owner(models.TextChoices):
        """As ``sla.yaml`` has it; a caseworker's and a supervisor's stages are the office's."""

        SERVICE = "system", _("the service itself")
        CASEWORKER = "caseworker", _("the caseworker")
        SUPERVISOR = "supervisor", _("a supervisor")
        OFFICE = "office", _("the office")
        BUSINESS = "complainant", _("the business")
        AUTHORITY = "authority", _("the Mainland authority")

    stage = models.CharField(
        _("stage"),
        max_length=40,
        help_text=_("The code by which the service knows the stage, such as triage_decision."),
    )
    owner = models.CharField(_("who must act"), max_length=20, choices=Owner.choices)
    starts = models.CharField(
        _("starts with"),
        max_length=100,
        blank=True,
        help_text=_("In words, for people to read: the service itself does not go by this."),
    )
    unit = models.CharField(
        _("unit"),
        max_length=15,
        choices=Unit.choices,
        help_text=_("Of the target, the limit and the days of reminders."),
    )
    target = models.PositiveIntegerField(
        _("target"), help_text=_("How many of the unit; the day of the event is day 0.")
    )
    limit = models.PositiveIntegerField(
        _("limit"), help_text=_("How many of the unit; the day of the event is day 0.")
    )
    calendar = models.CharField(
        _("calendar"),
        max_length=6,
        choices=Calendar.choices,
        help_text=_(
            "Whose working days count. With “none” all days do; a limit on a day off moves to the next working day."
        ),
    )
    pausing = models.CharField(
        _("when it pauses"),
        max_length=100,
        blank=True,
        help_text=_("In words, for people to read: the service itself does not go by this."),
    )
    chase_at = models.JSONField(
        _("days of reminders"),
        default=list,
        blank=True,
        help_text=_(
            "When a reminder to the authority falls due: a list of days since the letter, such as [15, 20]."
        ),
    )
    on_breach = models.TextField(
        _("after the limit"),
        blank=True,
        help_text=_("In words, for people to read: what the service does stands in the steps of clocks."),
    )
    basis = models.JSONField(
        _("legal basis"),
        default=list,
        blank=True,
        help_text=_('A list of codes of sources of time limits, such as ["HK_PLEDGE"].'),
    )
    province = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="clock_rules",
        limit_choices_to={"level": Division.Level.PROVINCE},
        verbose_name=_("only authorities in"),
        help_text=_(
            "A province whose own rules differ; they do not bind an authority under vertical management. "
            "Empty: the whole Mainland."
        ),
    )
    authority_type = models.ForeignKey(
        AuthorityType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="clock_rules",
        verbose_name=_("only this type of authority"),
    )
    authority = models.ForeignKey(
        Authority,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="clock_rules",
        verbose_name=_("only this authority"),
        help_text=_("Of several limits that fit a letter, the one for its authority holds, then the type's."),
    )

    class Meta:
        ordering = ["stage", "valid_from"]
        verbose_name = _("time limit")
        verbose_name_plural = _("time limits")
        constraints = [
            # As expressions: to a unique column every empty value is another one.
            models.UniqueConstraint(
                "stage",
                Coalesce("province", Value("")),
                Coalesce("authority_type", Value("")),
                Coalesce("authority", Value("")),
                Coalesce("valid_from", Value(date.min)),
                name="rule_once_a_day",
                violation_error_message=_("There is a limit of this stage with the same first day already."),
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.owner != self.Owner.AUTHORITY and (self.province or self.authority_type or self.authority):
            raise ValidationError(
                _("Only the limits of authorities may differ by place or authority: our own are one promise.")
            )


_IN_ENGLISH = _("If this is empty, the name in English is shown.")


class RuleSource(Reference):
    """An instrument from which time limits are derived, such as Article 19 of MOFCOM Order 3 of 2020."""

    code = models.CharField(_("code"), max_length=30, primary_key=True)
    instrument = models.CharField(_("instrument in English"), max_length=200)
    instrument_zh_hant = models.CharField(
        _("instrument in Traditional Chinese"), max_length=200, blank=True, help_text=_IN_ENGLISH
    )
    instrument_zh_hans = models.CharField(
        _("instrument in Simplified Chinese"), max_length=200, blank=True, help_text=_IN_ENGLISH
    )
    rule = models.TextField(_("what it says"))

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

    code = models.CharField(_("code"), max_length=20, primary_key=True)
    examples = models.TextField(_("examples"), blank=True)
    action = models.TextField(_("what to do"), blank=True)
    triage_working_hours = models.PositiveSmallIntegerField(
        _("working hours to assess"),
        null=True,
        blank=True,
        help_text=_("Counted while the office is open. Empty: the ordinary limit holds."),
    )
    referral_working_days = models.PositiveSmallIntegerField(
        _("working days to refer"), null=True, blank=True, help_text=_("Empty: the ordinary limit holds.")
    )
    authority_chase_working_days = models.PositiveSmallIntegerField(
        _("working days to the first reminder"),
        null=True,
        blank=True,
        help_text=_("Empty: the ordinary limit holds."),
    )

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

    level = models.PositiveSmallIntegerField(_("level"), primary_key=True)
    to = models.CharField(_("raised to"), max_length=200)
    when = models.TextField(
        _("raised when"),
        help_text=_("In words, for people to read: what the service does stands in the steps of clocks."),
    )
    told = models.CharField(_("who is told"), max_length=15, choices=Told.choices, default=Told.NOBODY)

    class Meta:
        ordering = ["level"]
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")

    def __str__(self) -> str:
        return f"{self.level} {self.to}"


class CalendarDay(Named, Reference):
    """A day that differs from the week: a holiday, or a weekend day on which the Mainland works."""

    jurisdiction = models.CharField(_("Hong Kong or Mainland"), max_length=2, choices=CalendarCode.choices)
    day = models.DateField(_("day"))
    working = models.BooleanField(
        _("people work"), help_text=_("Ticked: a weekend day on which people work. Not ticked: a holiday.")
    )

    class Meta:
        ordering = ["jurisdiction", "day"]
        # As a unit of a limit, “calendar days” are another thing.
        verbose_name = pgettext_lazy("holiday or working weekend", "calendar day")
        verbose_name_plural = pgettext_lazy("holiday or working weekend", "calendar days")
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "day"], name="calendar_day_once")]


class CalendarYear(Reference):
    """Whether a year's schedule has been published; dates in any other year are provisional."""

    jurisdiction = models.CharField(_("Hong Kong or Mainland"), max_length=2, choices=CalendarCode.choices)
    year = models.PositiveSmallIntegerField(_("year"))
    confirmed = models.BooleanField(
        _("holidays published"), help_text=_("Until they are, dates in this year are provisional.")
    )

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
