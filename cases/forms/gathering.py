"""Forms of the moves by which a case joins and leaves an issue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.forms.move_form import MoveForm, reason_field
from cases.models import SystemicIssue
from cases.permissions import Actor
from text.fields import CleanCharField


class IssueField(CleanCharField):
    """An issue by its number, if this person may see it."""

    actor: Actor

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if not number:
            return None
        seen = SystemicIssue.objects.visible_to(self.actor.user)
        issue = seen.filter(number=number.strip().upper()).first()
        if issue is None:
            raise ValidationError(_("There is no such issue."), code="not_found")
        return issue


class JoinIssue(MoveForm):
    title = _("Add to an issue")
    about = _("Only staff see this. The business reads nothing but the news that is published for all.")
    button = _("Add to the issue")
    issue = IssueField(label=_("Number of the issue"), max_length=16)
    reason = reason_field(required=False)
    tell_news = forms.BooleanField(
        label=_("Tell this business the news that was published before"), required=False
    )

    def settle(self) -> None:
        self.fields["issue"].actor = self.actor  # type: ignore[attr-defined]


class LeaveIssue(MoveForm):
    title = _("Take out of the issue")
    about = _("The business hears nothing of it, and no further news of the issue.")
    button = _("Take out of the issue")
    reason = reason_field()


class TellOfIssue(MoveForm):
    title = _("Tell the news of the issue")
    button = _("Tell")
