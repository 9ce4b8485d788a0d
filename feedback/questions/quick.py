"""The one page of a quick question."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Language
from cases.filing import Filing
from cases.states import FilerKind, Sharing
from feedback.questions.problem import holds_numbers, main_categories, provinces
from feedback.questions.step_form import EMPTY, Doubt, StepForm, choice
from feedback.questions.you import email_doubts
from routing.models import Category, Division
from text.fields import AddressField, CleanCharField

LIMIT = 2000


class QuickQuestion(StepForm):
    """Nobody's name is asked: the answer needs none."""

    text = CleanCharField(
        label=_("Your question"),
        help_text=_("Do not include ID or bank numbers, or anybody's name"),
        max_length=LIMIT,
        error_messages={"required": _("Write your question")},
        multiline=True,
    )
    province = choice(
        _("Which part of the Mainland is it about?"), EMPTY, _("Select a province"), widget=forms.Select
    )
    main = choice(
        _("What is it mainly about?"), EMPTY, _("Select what it is mainly about"), widget=forms.Select
    )
    kind = choice(
        _("Are you writing for an enterprise or as an individual?"),
        FilerKind.choices,
        _("Select whether you write for an enterprise or as an individual"),
    )
    email = AddressField(
        label=_("E-mail address"),
        required=False,
        help_text=_(
            "For the news that there is an answer. Without it you read the answer with the tracking code"
        ),
    )

    def settle(self) -> None:
        language = get_language()
        places = [(p.code, p.name_in(language)) for p in provinces()]
        mains = [(c.code, c.name_in(language)) for c in main_categories()]
        self.fields["province"].choices = [*EMPTY, *places]  # type: ignore[attr-defined]
        self.fields["main"].choices = [*EMPTY, *mains]  # type: ignore[attr-defined]

    def doubts(self) -> list[Doubt]:
        return email_doubts(self.cleaned_data["email"])

    def has_numbers(self) -> bool:
        """As of what happened."""
        return holds_numbers(self.cleaned_data["text"])

    def filing(self, key: str, flagged: str) -> Filing:
        """The valid answers as what is handed in."""
        given: dict[str, Any] = self.cleaned_data
        return Filing(
            key=key,
            category=Category.objects.get(pk=given["main"]),
            division=Division.objects.get(pk=given["province"]),
            text=given["text"],
            language=get_language() or Language.ENGLISH,
            sharing=Sharing.ANONYMOUS,
            filer_kind=given["kind"],
            email=given["email"],
            enquiry=True,
            flagged=flagged,
        )
