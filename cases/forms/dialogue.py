"""Forms of the moves by which the business and the office talk (moves.md section 2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.clocks import default_answer_by, today
from cases.forms.move_form import (
    FilesField,
    MoveForm,
    date_field,
    reason_field,
    text_field,
)
from jobs.clock import this_moment


class Ask(MoveForm):
    title = _("Ask the business a question")
    about = _("The business sees this. The office's clock stops until it answers.")
    button = _("Send the question")
    confirms = True
    text = text_field(_("Your question; it may hold several points"))
    answer_by = date_field(_("Answer by"), required=False)

    def settle(self) -> None:
        self.fields["answer_by"].initial = default_answer_by(this_moment())

    def clean_answer_by(self) -> Any:
        day = self.cleaned_data["answer_by"]
        if day is not None and day <= today():
            raise forms.ValidationError(_("Choose a day in the future."))
        return day


class Reply(MoveForm):
    title = _("Answer our question")
    button = _("Send the answer")
    text = text_field(_("Your answer"), required=False)
    files = FilesField(label=_("Documents"), required=False)  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("text") and not cleaned.get("files"):
            self.add_error("text", _("Write your answer or add a document."))
        return cleaned


class DropQuestion(MoveForm):
    title = _("Drop the question")
    about = _("The business is told that you no longer need an answer.")
    button = _("Drop the question")
    reason = reason_field(required=False)


class AddNote(MoveForm):
    title = _("Internal note")
    about = _("Only staff can see this")
    button = _("Save internal note")
    text = text_field(_("Internal note"))


class SendMessage(MoveForm):
    title = _("Message to the business")
    button = _("Send message")
    confirms = True
    text = text_field(_("Message"), required=False)
    files = FilesField(label=_("Documents"), required=False)  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("text") and not cleaned.get("files"):
            self.add_error("text", _("Write a message or add a document."))
        text = cleaned.get("text") or ""
        if self.actor.is_staff and any(mark in text for mark in ("{{", "}}", "__", "【待填")):
            self.add_error("text", _("The message still has a placeholder. Fill it in or delete it."))
        return cleaned
