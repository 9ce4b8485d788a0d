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

    code = models.CharField(max_length=10, primary_key=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    position = models.PositiveSmallIntegerField(default=0)
    description = models.JSONField(default=dict, blank=True)
    default_authority = models.ForeignKey(
        AuthorityType, on_delete=models.PROTECT, null=True, blank=True, related_name="categories"
    )
    secondary_authorities = models.JSONField(default=list, blank=True)
    referable = models.CharField(max_length=10, choices=Referable.choices, default=Referable.YES)
    keywords = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def description_in(self, lang: str | None) -> str:
        text: str = self.description.get(name_key(lang), "")
        return text
