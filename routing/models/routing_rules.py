"""Rules that an administrator writes: where a concern goes when place and category alone do not say it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jobs.clock import this_day
from routing.models.authorities import Authority
from routing.models.categories import Category
from routing.models.named import Reference, name_key
from routing.models.places import Division, LiaisonUnit, Office


class Urgency(models.TextChoices):
    """As a case has it (the tiers of ``sla.yaml``)."""

    NORMAL = "normal", _("normal")
    URGENT = "urgent", _("urgent")
    DISTRESS = "distress", _("distress")


class RoutingRule(Reference):
    """If all conditions that are filled in hold, the concern goes where the rule says; the first such rule decides.

    ``words`` holds one word or phrase a line, any of which must stand in the text, in whatever script.
    ``pool`` holds ids of accounts of the rule's office, among whom the case should be given out; accounts are no
    concern of this room, so whoever writes or uses a rule checks them. ``off_why`` is one of ``Left`` with the
    code or number of what left, such as ``office:GDETO``; it is filled exactly while the rule has switched itself
    off, and ``told_at`` says when administrators were told.
    """

    class Left(models.TextChoices):
        """What a rule pointed at and is there no longer."""

        OFFICE = "office", _("the office is no longer valid")
        UNIT = "unit", _("the liaison unit is no longer valid")
        AUTHORITY = "authority", _("the authority is no longer valid")
        POOL = "pool", _("nobody of the people to give it to works there any more")

    position = models.PositiveIntegerField(
        _("position"),
        unique=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Rules are tried from the lowest number up; the first one that fits decides. Leave gaps: 10, 20, 30."
        ),
    )
    title = models.CharField(
        _("title"), max_length=100, help_text=_("For the list; the business never sees it.")
    )
    active = models.BooleanField(_("switched on"), default=False)
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("A main category includes its subcategories."),
    )
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("place"),
        help_text=_("A province includes its cities, a city its counties."),
    )
    words = models.TextField(
        _("words"),
        blank=True,
        help_text=_(
            "One word or phrase a line; one of them must stand in the text. Scripts are the same here."
        ),
    )
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency.choices, blank=True)
    language = models.CharField(
        _("language of the business"), max_length=10, choices=settings.LANGUAGES, blank=True
    )
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("office")
    )
    liaison_unit = models.ForeignKey(
        LiaisonUnit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("liaison unit"),
    )
    pool = models.JSONField(_("people to give it to"), default=list, blank=True)
    authority = models.ForeignKey(
        Authority,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("authority"),
    )
    over_form = models.BooleanField(
        _("also against the place in the form"),
        default=False,
        help_text=_(
            "Without this the office of the place that the business chose decides, and the rule only adds what fits it."
        ),
    )
    why_en = models.CharField(_("reason in English"), max_length=300)
    why_zh_hant = models.CharField(_("reason in Traditional Chinese"), max_length=300)
    why_zh_hans = models.CharField(_("reason in Simplified Chinese"), max_length=300)
    off_why = models.CharField(max_length=60, blank=True, editable=False)
    off_at = models.DateTimeField(null=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["position"]
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints = [
            models.CheckConstraint(
                name="a_rule_that_switched_itself_off_is_off",
                condition=Q(off_why="", off_at=None) | Q(active=False, off_at__isnull=False) & ~Q(off_why=""),
            ),
            models.CheckConstraint(
                name="a_rule_for_a_liaison_unit_names_its_office",
                condition=Q(office__isnull=False) | Q(liaison_unit=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.title}"

    def why(self) -> dict[str, str]:
        return {key: getattr(self, f"why_{key}") for key in map(name_key, dict(settings.LANGUAGES))}

    def phrases(self) -> list[str]:
        return [line.strip() for line in self.words.splitlines() if line.strip()]

    def clean(self) -> None:
        """Conditions and targets there must be, and targets must fit each other. Errors name their field."""
        super().clean()
        errors: dict[str, Any] = {}
        conditions = (self.category_id, self.division_id, self.phrases(), self.urgency, self.language)
        if not any(conditions):
            errors["category"] = _(
                "Give at least one condition; without any, the rule would take every concern."
            )
        if not all(any(char.isalnum() for char in phrase) for phrase in self.phrases()):
            errors["words"] = _("Each line needs a letter, a Chinese character or a digit.")
        if not (self.office_id or self.authority_id):
            errors["office"] = _("Say where the concern goes: choose an office, an authority or both.")
        if not self.office_id:
            alone = _("This belongs to an office: choose the office as well.")
            errors |= {name: alone for name in ("liaison_unit", "pool") if getattr(self, name)}
            if self.over_form:
                errors["over_form"] = alone
        elif self.liaison_unit and self.liaison_unit.office_id != self.office_id:
            errors["liaison_unit"] = _("This liaison unit belongs to another office.")
        if self.active and (left := self.left(this_day())):
            kind = self.Left(left.partition(":")[0])
            field = "liaison_unit" if kind == self.Left.UNIT else kind.value
            errors.setdefault(field, _("This has ended. Choose another, or leave the rule switched off."))
        if errors:
            raise ValidationError(errors)

    def left(self, day: date) -> str:
        """Which of its office, unit and authority ended before that Hong Kong date, as in ``off_why``; else empty.

        A unit that was given to another office has left too.
        """
        for kind, target in self._targets():
            moved = kind == self.Left.UNIT and target.office_id != self.office_id
            if moved or (target.valid_until is not None and target.valid_until < day):
                return f"{kind.value}:{target.pk}"
        return ""

    def is_early(self, day: date) -> bool:
        """Whether one of its office, unit and authority begins only after that Hong Kong date."""
        return any(target.valid_from and target.valid_from > day for _kind, target in self._targets())

    def _targets(self) -> list[tuple[Left, Any]]:
        targets = (
            (self.Left.OFFICE, self.office),
            (self.Left.UNIT, self.liaison_unit),
            (self.Left.AUTHORITY, self.authority),
        )
        return [(kind, target) for kind, target in targets if target is not None]
