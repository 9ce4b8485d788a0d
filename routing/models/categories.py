"""What a concern is about, in two levels."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from routing.models.authorities import AuthorityType, Referable
from routing.models.named import Named, Reference, name_key


class Category(Named, Reference):
    """A main category (no parent) or a subcategory, such as ``CUS-1``, with the authority it usually goes
    to.
    """

    code = models.CharField(_("code"), max_length=10, primary_key=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("main category"),
        help_text=_("Empty: this is a main category itself."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    description = models.JSONField(
        _("description"),
        default=dict,
        blank=True,
        help_text=_('In three languages: {"en": "…", "zh_hant": "…", "zh_hans": "…"}.'),
    )
    default_authority = models.ForeignKey(
        AuthorityType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="categories",
        verbose_name=_("usual type of authority"),
    )
    secondary_authorities = models.JSONField(
        _("further types of authority"),
        default=list,
        blank=True,
        help_text=_('A list of codes, such as ["TAX"].'),
    )
    referable = models.CharField(
        _("may be referred"), max_length=10, choices=Referable.choices, default=Referable.YES
    )
    keywords = models.JSONField(
        _("keywords"),
        default=dict,
        blank=True,
        help_text=_(
            'Lists by language: {"en": ["…"], "zh_hant": ["…"], "zh_hans": ["…"]}. '
            "A word that begins with ~ counts half: it goes with other matters too."
        ),
    )

    class Meta:
        ordering = ["position"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def description_in(self, lang: str | None) -> str:
        text: str = self.description.get(name_key(lang), "")
        return text
