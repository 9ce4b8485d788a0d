"""How long personal data is kept after a concern has ended."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from routing.models.named import Reference


class RetentionRule(Reference):
    """After so many months the persons of ended cases are erased, once an administrator has approved the run.

    Only a confirmed rule prepares runs: the figures that the service comes with are proposals. What happened in a
    case, its dates and the figures stay in any case. Drafts, codes and tokens go by themselves and have no row here.
    """

    class Of(models.TextChoices):
        """Which cases. One that was withdrawn before anybody assessed it falls under its own rule only."""

        UNASSESSED = "unassessed", _("concerns withdrawn before they were assessed")
        ENDED = "ended", _("all other concerns that have ended")

    code = models.CharField(_("code"), max_length=30, primary_key=True)
    of = models.CharField(_("which concerns"), max_length=12, choices=Of.choices)
    months = models.PositiveSmallIntegerField(
        _("months"),
        validators=[MinValueValidator(1)],
        help_text=_("How many months after the end of the concern its personal data is erased."),
    )
    confirmed = models.BooleanField(
        _("confirmed"),
        default=False,
        help_text=_("Only a confirmed rule prepares runs. Confirm it once the records authority has agreed."),
    )

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")

    def __str__(self) -> str:
        return f"{self.code}: {self.get_of_display()}"
