"""Mainland authorities: their types, the customs districts, and the directory of those that can be written
to.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from routing.models.named import Named, Reference
from routing.models.places import Division


class Referable(models.TextChoices):
    YES = "yes", _("yes")
    LIMITED = "limited", _("limited")
    NO = "no", _("no")


class Level(models.TextChoices):
    NATIONAL = "national", _("national")
    PROVINCIAL = "provincial", _("provincial")
    MUNICIPAL = "municipal", _("municipal")


class AuthorityType(Named, Reference):
    """A kind of authority and the patterns by which its bodies are named at each level."""

    code = models.CharField(_("code"), max_length=30, primary_key=True)
    levels = models.JSONField(
        _("levels"),
        default=list,
        blank=True,
        help_text=_('A list of "national", "provincial" and "municipal".'),
    )
    default_level = models.CharField(_("usual level"), max_length=10, choices=Level.choices, blank=True)
    vertical_management = models.BooleanField(
        _("vertical management"),
        default=False,
        help_text=_("Not under the local government: copying that does not bind it."),
    )
    referable = models.CharField(_("may be referred to"), max_length=10, choices=Referable.choices)
    national_body = models.JSONField(
        _("national body"),
        null=True,
        blank=True,
        help_text=_('Its name in three languages: {"en": "…", "zh_hant": "…", "zh_hans": "…"}.'),
    )
    provincial_pattern = models.JSONField(
        _("name at provincial level"),
        null=True,
        blank=True,
        help_text=_("As in “national body”. {prov}, {city} and {district} stand for the name of the place."),
    )
    municipal_pattern = models.JSONField(
        _("name at municipal level"),
        null=True,
        blank=True,
        help_text=_("As in “national body”. {prov}, {city} and {district} stand for the name of the place."),
    )
    called = models.JSONField(
        _("what people call it"),
        default=list,
        blank=True,
        help_text=_(
            'A list of names in any language, such as ["税局", "tax bureau"]. Simplified covers Traditional.'
        ),
    )
    subjects = models.JSONField(
        _("duties"),
        default=dict,
        blank=True,
        help_text=_('In three languages: {"en": "…", "zh_hant": "…", "zh_hans": "…"}.'),
    )
    public_hotline = models.CharField(_("public hotline"), max_length=50, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("type of authority")
        verbose_name_plural = _("types of authority")


class CustomsDistrict(Named, Reference):
    """One of the 42 customs districts. Customs follows these, not the provinces."""

    code = models.CharField(_("code"), max_length=4, primary_key=True)
    province = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        related_name="customs_districts",
        verbose_name=_("province of its seat"),
    )
    scope_note = models.CharField(_("note on its scope"), max_length=200, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("customs district")
        verbose_name_plural = _("customs districts")


class CustomsScope(Reference):
    """A prefecture (or county) whose customs district is known where its province has several."""

    division = models.OneToOneField(
        Division, on_delete=models.PROTECT, related_name="customs_scope", verbose_name=_("division")
    )
    district = models.ForeignKey(
        CustomsDistrict, on_delete=models.PROTECT, related_name="scopes", verbose_name=_("customs district")
    )

    class Meta:
        ordering = ["division_id"]
        verbose_name = _("scope of a customs district")
        verbose_name_plural = _("scopes of customs districts")

    def __str__(self) -> str:
        return f"{self.division_id} {self.district_id}"


class Authority(Named, Reference):
    """An entry of the directory. ``code`` is type and place, such as ``TAX-441900`` or ``CUSTOMS-5200``."""

    class Conduit(models.TextChoices):
        DIRECT = "direct", _("direct")
        VIA_HKMAO = "via_hkmao", _("through the provincial Hong Kong and Macao Affairs Office")

    code = models.CharField(
        _("code"), max_length=40, primary_key=True, help_text=_("Type and place, such as TAX-441900.")
    )
    type = models.ForeignKey(
        AuthorityType,
        on_delete=models.PROTECT,
        related_name="authorities",
        verbose_name=_("type of authority"),
    )
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="authorities",
        verbose_name=_("division"),
    )
    customs_district = models.ForeignKey(
        CustomsDistrict, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customs district")
    )
    conduit = models.CharField(
        _("way of letters"), max_length=10, choices=Conduit.choices, default=Conduit.DIRECT
    )
    contact_name = models.CharField(_("contact name"), max_length=200, blank=True)
    email = models.EmailField(_("email"), blank=True)
    address = models.TextField(_("address"), blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("authority")
        verbose_name_plural = _("authorities")
        indexes = [models.Index(fields=["type", "division"]), models.Index(fields=["division", "level"])]

    def is_valid_on(self, day: date) -> bool:
        return self.holds_on(day)


class AuthorityContact(models.Model):
    """How an authority could be reached until ``until``, kept when an administrator or a file put something else.

    ``by`` is the user name of whoever replaced it.
    """

    authority = models.ForeignKey(
        Authority, on_delete=models.PROTECT, related_name="earlier_contacts", verbose_name=_("authority")
    )
    contact_name = models.CharField(_("contact name"), max_length=200, blank=True)
    email = models.EmailField(_("email"), blank=True)
    address = models.TextField(_("address"), blank=True)
    until = models.DateTimeField(_("replaced on"))
    by = models.CharField(_("replaced by"), max_length=150)

    class Meta:
        ordering = ["-until", "-pk"]
        verbose_name = _("earlier contact")
        verbose_name_plural = _("earlier contacts")

    def __str__(self) -> str:
        return f"{self.authority_id} {self.until:%Y-%m-%d}"


class DirectoryFile(models.Model):
    """A file of directory entries as it was sent, and whether it was applied; user names say by whom."""

    name = models.CharField(_("file name"), max_length=200)
    text = models.TextField(_("content"))
    sent_at = models.DateTimeField(_("sent at"))
    sent_by = models.CharField(_("sent by"), max_length=150)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    applied_by = models.CharField(_("applied by"), max_length=150, blank=True)

    class Meta:
        ordering = ["-sent_at"]
        verbose_name = _("file of directory entries")
        verbose_name_plural = _("files of directory entries")

    def __str__(self) -> str:
        return self.name
