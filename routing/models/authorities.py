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

    code = models.CharField(max_length=30, primary_key=True)
    levels = models.JSONField(default=list, blank=True)
    default_level = models.CharField(max_length=10, choices=Level.choices, blank=True)
    vertical_management = models.BooleanField(
        default=False, help_text=_("Not under the local government: copying that does not bind it.")
    )
    referable = models.CharField(max_length=10, choices=Referable.choices)
    national_body = models.JSONField(null=True, blank=True)
    provincial_pattern = models.JSONField(null=True, blank=True)
    municipal_pattern = models.JSONField(null=True, blank=True)
    subjects = models.JSONField(default=dict, blank=True)
    public_hotline = models.CharField(max_length=50, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("type of authority")
        verbose_name_plural = _("types of authority")


class CustomsDistrict(Named, Reference):
    """One of the 42 customs districts. Customs follows these, not the provinces."""

    code = models.CharField(max_length=4, primary_key=True)
    province = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="customs_districts")
    scope_note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("customs district")
        verbose_name_plural = _("customs districts")


class CustomsScope(Reference):
    """A prefecture (or county) whose customs district is known where its province has several."""

    division = models.OneToOneField(Division, on_delete=models.PROTECT, related_name="customs_scope")
    district = models.ForeignKey(CustomsDistrict, on_delete=models.PROTECT, related_name="scopes")

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

    code = models.CharField(max_length=40, primary_key=True)
    type = models.ForeignKey(AuthorityType, on_delete=models.PROTECT, related_name="authorities")
    level = models.CharField(max_length=10, choices=Level.choices)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, blank=True, related_name="authorities"
    )
    customs_district = models.ForeignKey(CustomsDistrict, on_delete=models.PROTECT, null=True, blank=True)
    conduit = models.CharField(max_length=10, choices=Conduit.choices, default=Conduit.DIRECT)
    contact_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    address = models.TextField(blank=True)

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

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="earlier_contacts")
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

    name = models.CharField(max_length=200)
    text = models.TextField()
    sent_at = models.DateTimeField()
    sent_by = models.CharField(max_length=150)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-sent_at"]
        verbose_name = _("file of directory entries")
        verbose_name_plural = _("files of directory entries")

    def __str__(self) -> str:
        return self.name
