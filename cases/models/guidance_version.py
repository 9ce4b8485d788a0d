"""Words that officers proposed for the texts before filing, and what came of them. Never deleted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from routing.models import name_key


class GuidanceVersion(models.Model):
    """One wording of one text in three languages. Stands here because ``routing`` knows no people.

    A version without an author is what stood there before, from the reference file or the administration.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for publication")
        PUBLISHED = "published", _("published")
        DECLINED = "declined", _("turned down")

    guidance = models.ForeignKey("routing.Guidance", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    text_en = models.TextField()
    text_zh_hant = models.TextField()
    text_zh_hans = models.TextField()
    #: The author says that each translation was read against the English.
    checked = models.BooleanField(default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["guidance", "number"], name="one_guidance_version_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.guidance_id} version {self.number}"

    def text_in(self, lang: str | None) -> str:
        text: str = getattr(self, f"text_{name_key(lang)}")
        return text
