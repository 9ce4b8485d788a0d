"""The form of each move of a referral (moves.md section 3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.clocks import today
from cases.forms.move_form import (
    FilesField,
    MoveForm,
    choice_field,
    date_field,
    reason_field,
    text_field,
)
from cases.letters import FIELDS
from cases.letters.disclosure import identity_may_be_told
from cases.models import Attachment
from cases.states import SENDING, Channel, Disclose, RefusalReason
from routing.models import Authority
from text.fields import CleanCharField


class Draft(MoveForm):
    title = _("Write the letter")
    about = _("Each saved draft is kept as a version. The letter is in Simplified Chinese.")
    button = _("Save draft")
    body = text_field(_("Body"), limit=8000)
    disclosed = forms.MultipleChoiceField(
        label=_("What the letter tells about the business"), choices=list(FIELDS.items()), required=False
    )
    annexes = forms.ModelMultipleChoiceField(
        Attachment.objects.none(), label=_("Annexes"), to_field_name="uuid", required=False
    )

    def settle(self) -> None:
        # "subject" names the referral on the form object, so the field joins the others here.
        body = self.fields.pop("body")
        self.fields = {
            "subject": CleanCharField(label=_("Subject"), max_length=200),
            "body": body,
            **self.fields,
        }
        last = self.subject.last_version  # type: ignore[union-attr]
        offered = Attachment.that_may_leave().filter(case=self.case).order_by("pk")
        if not identity_may_be_told(self.case, self.subject):  # type: ignore[arg-type]
            offered = offered.exclude(original=None)
        self.fields["annexes"].queryset = offered  # type: ignore[attr-defined]
        if last is not None:
            self.fields["subject"].initial, self.fields["body"].initial = last.subject, last.body
            self.fields["disclosed"].initial = last.disclosed
            self.fields["annexes"].initial = [a.uuid for a in last.annexes.all()]
        if self.subject.disclose == Disclose.NOTHING:  # type: ignore[union-attr]
            self.fields["disclosed"].choices = []  # type: ignore[attr-defined]

    def clean_annexes(self) -> list[Any]:
        return list(self.cleaned_data["annexes"])


class Approve(MoveForm):
    title = _("Approve the letter")
    about = _("You approve exactly the text shown. A later change needs a new approval.")
    button = _("Approve")
    confirms = True


class ReturnDraft(MoveForm):
    title = _("Return to the drafter")
    button = _("Return")
    comments = reason_field(_("Comments for the drafter (only staff see this)"))


class Send(MoveForm):
    title = _("Record that the letter was sent")
    about = _("The letter gets its number and its final form. The business is told.")
    button = _("Record as sent")
    confirms = True
    channel = choice_field(_("How it was sent"), SENDING)
    sent_on = date_field(_("Sent on"), past=True)
    files = FilesField(label=_("Documents that show it was sent"), required=False)  # type: ignore[assignment]

    def settle(self) -> None:
        self.fields["sent_on"].initial = today()


class Recall(MoveForm):
    title = _("Take the letter back")
    about = _("A letter that was sent keeps its number; the business is told.")
    button = _("Take it back")
    confirms = True
    reason = reason_field(required=False)


class WordOfAuthority(MoveForm):
    """A move of the authority's own. Staff who record it give the day and how they know; the authority neither."""

    on = date_field(_("On"), required=False, past=True)
    channel = choice_field(_("How we know"), Channel, required=False)

    def settle(self) -> None:
        if self.actor.is_staff:
            for name in ("on", "channel"):
                self.fields[name].required = True
            self.fields["on"].initial = today()
        else:
            del self.fields["on"], self.fields["channel"]


class Acknowledge(WordOfAuthority):
    title = _("Record the authority's acknowledgement")
    button = _("Record")


class Chase(MoveForm):
    title = _("Record a reminder")
    about = _(
        "A numbered reminder letter that cites the earlier ones is made: download it and send it. "
        "The business is told that you reminded the authority."
    )
    button = _("Record the reminder")
    confirms = True
    channel = choice_field(_("How you reminded it"), Channel)


class Answer(MoveForm):
    title = _("Answer")
    button = _("Send the answer")
    text = text_field(_("Your answer"))
    files = FilesField(label=_("Documents"), required=False)  # type: ignore[assignment]


class ReturnAnswer(MoveForm):
    title = _("Do not accept the answer")
    about = _("Use this for an answer that is not genuine or not complete. The authority's time runs on.")
    button = _("Do not accept")
    reason = reason_field()


class Refuse(WordOfAuthority):
    title = _("Record that the authority did not take it up")
    button = _("Record")
    confirms = True
    field_order = ["reason", "responsible", "text", "on", "channel"]
    reason = choice_field(_("Reason"), RefusalReason)
    responsible = CleanCharField(label=_("Body said to be responsible"), max_length=200, required=False)
    text = text_field(_("What it said (only staff see this)"), required=False)


class TransferByAuthority(WordOfAuthority):
    title = _("Record that the authority passed it on")
    about = _(
        "The authority itself handed our letter to another one. If we must write anew, record a refusal."
    )
    button = _("Record")
    confirms = True
    field_order = ["to", "on", "channel"]
    to = forms.ModelChoiceField(Authority.objects.all(), label=_("To"), widget=forms.TextInput)


class GiveUp(MoveForm):
    title = _("Stop waiting for this authority")
    about = _(
        "The business is told that the authority has not answered. A late answer can still be recorded."
    )
    button = _("Stop waiting")
    confirms = True
    reason = reason_field()


REFERRAL_FORMS: dict[str, type[MoveForm]] = {
    "draft": Draft,
    "approve": Approve,
    "return_draft": ReturnDraft,
    "send": Send,
    "recall": Recall,
    "acknowledge": Acknowledge,
    "chase": Chase,
    "answer": Answer,
    "return_answer": ReturnAnswer,
    "refuse": Refuse,
    "transfer": TransferByAuthority,
    "give_up": GiveUp,
}
