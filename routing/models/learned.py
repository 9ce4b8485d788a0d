"""What was learned from sorted texts, version by version."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TriageModel(models.Model):
    """One version of a named model, kept because cross-validation found it better than the version before.

    ``labels`` gives the number of examples of each label. ``accuracy`` and ``macro_f1`` (0 to 1) come from judging
    every example while it was held back. ``packed`` holds the numbers and vocabulary (``learning.judging``).
    """

    name = models.CharField(_("name of the model"), max_length=100)
    version = models.PositiveIntegerField(_("version"))
    trained_at = models.DateTimeField(_("trained at"))
    examples = models.PositiveIntegerField(_("number of examples"))
    labels = models.JSONField(_("examples of each label"), default=dict)
    accuracy = models.FloatField(
        _("accuracy"), help_text=_("From 0 to 1, judged on examples that were held back.")
    )
    macro_f1 = models.FloatField(
        _("macro F1"), help_text=_("From 0 to 1, judged on examples that were held back.")
    )
    #: A model learned before writers were told apart may know such words.
    by_writers = models.BooleanField(_("leaves out what fewer than three businesses wrote"), default=False)
    packed = models.BinaryField()

    class Meta:
        ordering = ["name", "-version"]
        verbose_name = _("learned model")
        verbose_name_plural = _("learned models")
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="one_version_of_a_model")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
