"""Offices, what they cover and since when, and the divisions of the Mainland with the names people use for
them.
"""

from __future__ import annotations

from datetime import time

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from routing.models.named import Named, Reference, name_key


class CalendarCode(models.TextChoices):
    MAINLAND = "CN", _("Mainland")
    HONG_KONG = "HK", _("Hong Kong")


class Office(Named, Reference):
    """One of the five Mainland Offices. Contact data is the operator's to fill: no file brings it."""

    class Region(models.TextChoices):
        NORTH = "north", _("the north")
        EAST = "east", _("the east")
        SOUTH = "south", _("the south")
        WEST = "west", _("the west")
        CENTRAL = "central", _("the centre")

    code = models.CharField(_("code"), max_length=10, primary_key=True)
    short_en = models.CharField(_("short name in English"), max_length=100)
    short_zh_hant = models.CharField(_("short name in Traditional Chinese"), max_length=100)
    short_zh_hans = models.CharField(_("short name in Simplified Chinese"), max_length=100)
    informal_en = models.CharField(_("everyday name in English"), max_length=50, blank=True)
    informal_zh_hant = models.CharField(_("everyday name in Traditional Chinese"), max_length=50, blank=True)
    informal_zh_hans = models.CharField(_("everyday name in Simplified Chinese"), max_length=50, blank=True)
    region = models.CharField(_("part of the Mainland"), max_length=20, blank=True, choices=Region.choices)
    seat = models.ForeignKey(
        "Division",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="offices_here",
        verbose_name=_("seat"),
    )
    calendar = models.CharField(
        _("calendar"),
        max_length=2,
        choices=CalendarCode.choices,
        default=CalendarCode.MAINLAND,
        help_text=_("Whose holidays and working weekends the office keeps."),
    )
    opens = models.TimeField(
        _("opens at"),
        default=time(9),
        help_text=_("On its working days. Limits in working hours count from here to closing time."),
    )
    closes = models.TimeField(
        _("closes at"), default=time(17, 30), help_text=_("Beijing time, as in Hong Kong.")
    )
    number_prefix = models.CharField(
        _("prefix of letter numbers"), max_length=10, help_text=_("Begins the numbers of outgoing letters.")
    )
    website = models.URLField(_("website"), blank=True)
    extra_role = models.TextField(
        _("further duties"), blank=True, help_text=_("What it does besides looking after its places.")
    )
    phone = models.CharField(_("telephone"), max_length=50, blank=True)
    email = models.EmailField(_("email"), blank=True)
    address = models.TextField(_("address"), blank=True)
    hours = models.CharField(_("opening hours"), max_length=200, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        constraints = [
            models.CheckConstraint(
                name="an_office_opens_before_it_closes", condition=Q(opens__lt=F("closes"))
            )
        ]

    def clean(self) -> None:
        super().clean()
        if self.opens and self.closes and self.opens >= self.closes:
            raise ValidationError({"closes": _("An office closes later than it opens.")})

    def short_in(self, lang: str | None) -> str:
        short: str = getattr(self, f"short_{name_key(lang)}")
        return short

    def short_names(self) -> dict[str, str]:
        return {"en": self.short_en, "zh_hant": self.short_zh_hant, "zh_hans": self.short_zh_hans}


class Division(Named, Reference):
    """A province, prefecture, county or province-administered unit; ``code`` is its GB/T 2260 code."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("province")
        PREFECTURE = "prefecture", _("prefecture")
        COUNTY = "county", _("county")
        DIRECT = "direct", _("administered by the province")

    code = models.CharField(
        _("code"), max_length=6, primary_key=True, help_text=_("Six digits, as in GB/T 2260.")
    )
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    official_en = models.CharField(_("official name in English"), max_length=200, blank=True)
    official_zh_hant = models.CharField(_("official name in Traditional Chinese"), max_length=100)
    official_zh_hans = models.CharField(_("official name in Simplified Chinese"), max_length=100)
    abbr_zh_hant = models.CharField(_("abbreviation in Traditional Chinese"), max_length=10, blank=True)
    abbr_zh_hans = models.CharField(_("abbreviation in Simplified Chinese"), max_length=10, blank=True)
    aliases = models.JSONField(
        _("other spellings"), default=list, blank=True, help_text=_("Other romanised spellings.")
    )
    is_municipality = models.BooleanField(
        _("municipality"),
        default=False,
        help_text=_("Directly under the Central Government, such as Chongqing."),
    )
    gba = models.BooleanField(
        _("Greater Bay Area"), default=False, help_text=_("One of the nine cities of the Greater Bay Area.")
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("division")
        verbose_name_plural = _("divisions")

    @property
    def province_code(self) -> str:
        return province_of(self.code)


def province_of(code: str) -> str:
    """The province's code, which the first two digits of every GB/T 2260 code give."""
    return code[:2] + "0000"


class LiaisonUnit(Named, Reference):
    """A liaison unit of an office. It serves one province, or, like Shenzhen's, one city."""

    code = models.CharField(_("code"), max_length=10, primary_key=True)
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, related_name="liaison_units", verbose_name=_("office")
    )
    short_en = models.CharField(_("short name in English"), max_length=100)
    short_zh_hant = models.CharField(_("short name in Traditional Chinese"), max_length=100)
    short_zh_hans = models.CharField(_("short name in Simplified Chinese"), max_length=100)
    seat = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="liaison_units_here", verbose_name=_("seat")
    )
    serves = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="served_by", verbose_name=_("looks after")
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("liaison unit")
        verbose_name_plural = _("liaison units")

    def short_in(self, lang: str | None) -> str:
        short: str = getattr(self, f"short_{name_key(lang)}")
        return short


class Coverage(Reference):
    """Which office covers a province, and from when until when: a case keeps the office of its day of
    receipt.
    """

    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="coverage", verbose_name=_("division")
    )
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, related_name="coverage", verbose_name=_("office")
    )

    class Meta:
        ordering = ["division_id", "valid_from"]
        verbose_name = _("coverage")
        verbose_name_plural = _("coverage")
        constraints = [
            models.UniqueConstraint(fields=["division", "valid_from"], name="coverage_once_a_day"),
            models.UniqueConstraint(
                fields=["division"], condition=Q(valid_from=None), name="coverage_one_beginning"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division_id} {self.office_id} {self.valid_from or '…'} – {self.valid_until or '…'}"

    def clean(self) -> None:
        super().clean()
        if not self.division_id:
            return
        others = Coverage.objects.filter(division_id=self.division_id).exclude(pk=self.pk)
        if self.valid_from:
            others = others.exclude(valid_until__lt=self.valid_from)
        if self.valid_until:
            others = others.exclude(valid_from__gt=self.valid_until)
        if others.exists():
            raise ValidationError(_("Another office covers this place on some of these days."))


class PlaceAlias(Reference):
    """A town, zone, control point or region that people name instead of the division.

    ``divisions`` holds one code for a place, the provinces for a region, all places that share an old spelling,
    and none where a person must decide.
    """

    text = models.CharField(_("name that people use"), max_length=100, unique=True)
    divisions = models.JSONField(
        _("divisions meant"),
        default=list,
        blank=True,
        help_text=_('A list of GB/T 2260 codes, such as ["440300"]. An empty list: a person must decide.'),
    )
    region = models.BooleanField(
        _("names a region"),
        default=False,
        help_text=_("Several provinces together; the divisions are its provinces."),
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["text"]
        verbose_name = _("place alias")
        verbose_name_plural = _("place aliases")

    def __str__(self) -> str:
        return self.text
