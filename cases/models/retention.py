"""Runs in which the persons of many ended cases are erased: prepared, approved, carried out. Never deleted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class RetentionRun(models.Model):
    """One run of one rule. The rows are its log: what was due, who approved it and when, what came of each case."""

    rule = models.ForeignKey(
        "routing.RetentionRule", on_delete=models.PROTECT, related_name="+", verbose_name=_("rule")
    )
    #: As the rule had it on that day.
    months = models.PositiveSmallIntegerField(_("months"))
    #: Cases that ended before this Hong Kong date.
    ended_before = models.DateField(_("ended before"))
    prepared_at = models.DateTimeField(_("prepared at"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True)
    done_at = models.DateTimeField(_("carried out at"), null=True)

    class Meta:
        ordering = ["-prepared_at", "-pk"]
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")
        constraints = [
            models.UniqueConstraint(
                fields=["rule"],
                condition=models.Q(done_at=None),
                name="one_unfinished_run_a_rule",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.ended_before:%Y-%m-%d}"


class RetentionItem(models.Model):
    """One case of a run. ``how`` is empty until its turn came."""

    class How(models.TextChoices):
        ERASED = "erased", _("erased, or about to be")
        PASSED_OVER = "passed_over", _("passed over: held, reopened or erased meanwhile")

    run = models.ForeignKey(RetentionRun, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=12, choices=How.choices, blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "case"], name="a_case_once_in_a_run")]

    def __str__(self) -> str:
        return f"case {self.case_id} in run {self.run_id}"
