"""What people should know before they file: short texts about a subject, in three languages, with their source."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from routing.models.categories import Category
from routing.models.named import SUFFIX, Reference, name_key


class Guidance(Reference):
    """One short text about a subject. Nobody outside sees it before an administrator has confirmed it.

    English is the source of the other two texts. ``settled_*`` is the moment at which that text was last changed, or
    checked against the English and left as it was: a translation that was settled before its English is older
    than its source. ``cited_*`` names the source to people outside, ``source`` says for staff where exactly
    this is known from. ``as_of`` is the Hong Kong date on which the fact was last looked up.
    """

    class Kind(models.TextChoices):
        """In the order of the page."""

        CAN = "can", _("what we can do")
        CANNOT = "cannot", _("what we cannot do")
        CHANNEL = "channel", _("other channels")
        HOTLINE = "hotline", _("hotline")
        TIME_LIMIT = "time_limit", _("time limit of law")

    code = models.CharField(
        _("code"),
        max_length=40,
        primary_key=True,
        help_text=_("A short name for this text, such as TAX.hotline."),
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="guidance",
        verbose_name=_("category"),
        help_text=_("Empty: about every subject."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    text_en = models.TextField(_("text in English"), max_length=600)
    text_zh_hant = models.TextField(_("text in Traditional Chinese"), max_length=600)
    text_zh_hans = models.TextField(_("text in Simplified Chinese"), max_length=600)
    settled_en = models.DateTimeField(editable=False)
    settled_zh_hant = models.DateTimeField(editable=False)
    settled_zh_hans = models.DateTimeField(editable=False)
    cited_en = models.CharField(_("source as shown in English"), max_length=200, blank=True)
    cited_zh_hant = models.CharField(_("source as shown in Traditional Chinese"), max_length=200, blank=True)
    cited_zh_hans = models.CharField(_("source as shown in Simplified Chinese"), max_length=200, blank=True)
    as_of = models.DateField(_("as of"), help_text=_("The day on which the fact was last looked up."))
    confirmed = models.BooleanField(
        _("confirmed"),
        default=False,
        help_text=_("Only confirmed texts are shown to the public. Confirm a text once its source was read."),
    )

    class Meta:
        ordering = ["position", "code"]
        verbose_name = _("guidance")
        verbose_name_plural = _("guidance")

    def __str__(self) -> str:
        return self.code

    def text_in(self, lang: str | None) -> str:
        text: str = getattr(self, f"text_{name_key(lang)}")
        return text

    def cited_in(self, lang: str | None) -> str:
        cited: str = getattr(self, f"cited_{name_key(lang)}")
        return cited

    def is_older(self, lang: str | None) -> bool:
        """Whether the text in that language was settled before the English one; never for English itself."""
        older: bool = getattr(self, f"settled_{name_key(lang)}") < self.settled_en
        return older

    def older_languages(self) -> list[str]:
        """Django codes of the languages whose text is older than its source."""
        return [lang for lang in SUFFIX if self.is_older(lang)]

    def settle(self, languages: list[str], at: datetime) -> None:
        """The texts in these languages were changed, or checked against the English, at ``at``. Saves nothing."""
        for lang in languages:
            setattr(self, f"settled_{name_key(lang)}", at)
