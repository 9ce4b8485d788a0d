"""What every reference row has: names in three languages, a source, the time it holds."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

#: The column suffix of each display language.
SUFFIX = {"en": "en", "zh-hant": "zh_hant", "zh-hans": "zh_hans"}


def name_key(lang: str | None) -> str:
    """The key ``en``, ``zh_hant`` or ``zh_hans`` for a Django language code; unknown languages read
    English.
    """
    return SUFFIX.get((lang or "en").lower(), "en")


class Named(models.Model):
    """Authored in English, Traditional (Hong Kong) and Simplified (Mainland); never converted at run time."""

    name_en = models.CharField(
        _("name in English"),
        max_length=200,
        blank=True,
        help_text=_("If this is empty, the name in Simplified Chinese is shown."),
    )
    name_zh_hant = models.CharField(_("name in Traditional Chinese"), max_length=200)
    name_zh_hans = models.CharField(_("name in Simplified Chinese"), max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_in(get_language())

    def name_in(self, lang: str | None) -> str:
        """The name for a Django language code; Simplified where a county has no name in that language."""
        return getattr(self, f"name_{name_key(lang)}") or self.name_zh_hans

    def names(self) -> dict[str, str]:
        return {key: getattr(self, f"name_{key}") or self.name_zh_hans for key in SUFFIX.values()}


class Reference(models.Model):
    """A row that ``load_reference`` brings and an administrator may change.

    ``valid_from`` and ``valid_until`` are inclusive Hong Kong dates; empty means without limit.
    ``loaded_hash`` is a digest of the columns as they were last loaded: a row that no longer agrees with it
    was edited by hand, and a reload keeps it.
    """

    source = models.TextField(_("source"), blank=True, help_text=_("Where this is known from."))
    valid_from = models.DateField(
        _("valid from"),
        null=True,
        blank=True,
        help_text=_("The first day on which this holds, Hong Kong time. Empty: it has always held."),
    )
    valid_until = models.DateField(
        _("valid until"),
        null=True,
        blank=True,
        help_text=_("The last day on which this holds, Hong Kong time. Empty: it has no end."),
    )
    loaded_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("The last day must not be before the first day.")})

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )
