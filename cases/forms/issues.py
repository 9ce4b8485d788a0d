"""What a person fills in on the pages of an issue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from cases.forms.listed import categories, places
from cases.forms.move_form import reason_field
from cases.history import offices
from cases.issues.guard import TEXTS
from routing.models import Category, Division, Office
from text.fields import CleanCharField

NEWS_LIMIT = 2000
#: So many references are taken at once: each is a move of its own while somebody waits.
PASTED = 200


class Facts(forms.Form):
    """``by`` decides which offices are offered: headquarters all, everybody else their own."""

    title = CleanCharField(label=_("Title (only staff see this)"), max_length=200)
    summary = CleanCharField(
        label=_("What the cases have in common (only staff see this)"),
        max_length=4000,
        multiline=True,
        required=False,
    )
    category = forms.ChoiceField(label=_("Category"))
    division = forms.ChoiceField(label=_("Place"))
    lead_office = forms.ChoiceField(label=_("Office that leads"))
    owner = forms.ChoiceField(label=_("Person who looks after it"), required=False)

    def __init__(self, *args: Any, by: User, lead: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = get_language()
        named = {code: office.short_in(lang) for code, office in offices().items()}
        own = named if by.role == Role.HEADQUARTERS else {by.office_id: named.get(by.office_id or "", "")}
        self._choose("category", categories("–"))
        self._choose("division", places("–"))
        self._choose("lead_office", list(own.items()))
        people = User.objects.filter(
            office_id__in=[lead] if lead else list(own),
            is_active=True,
            role__in=(Role.CASEWORKER, Role.SUPERVISOR),
        ).order_by("name")
        self._people = {user.username: user for user in people}
        self._choose("owner", [("", _("Nobody yet")), *((u.username, u.name) for u in people)])

    def _choose(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_category(self) -> Category:
        return Category.objects.get(pk=self.cleaned_data["category"])

    def clean_division(self) -> Division:
        return Division.objects.get(pk=self.cleaned_data["division"])

    def clean_lead_office(self) -> Office:
        return offices()[self.cleaned_data["lead_office"]]

    def clean_owner(self) -> User | None:
        return self._people.get(self.cleaned_data["owner"])


class WithReason(forms.Form):
    reason = reason_field()


class Change(Facts):
    reason = reason_field(required=False)


class Gather(forms.Form):
    references = CleanCharField(
        label=_("References of the cases, one a line"), max_length=6000, multiline=True
    )
    reason = reason_field(required=False)
    tell_news = forms.BooleanField(
        label=_("Tell these businesses the news that was published before"), required=False
    )

    def clean_references(self) -> list[str]:
        written = self.cleaned_data["references"].replace(",", "\n").replace("，", "\n").replace(";", "\n")
        lines = [line.strip() for line in written.splitlines() if line.strip()]
        if len(lines) > PASTED:
            raise forms.ValidationError(_("At most 200 references at once."))
        return lines


class News(forms.Form):
    """One text in each language, each written by hand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(settings.LANGUAGES)
        for field, code in TEXTS.items():
            self.fields[field] = CleanCharField(
                label=_("News in %(language)s") % {"language": names[code]},
                max_length=NEWS_LIMIT,
                multiline=True,
            )
