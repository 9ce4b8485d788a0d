"""Forms of the moves that end a case or open it again (moves.md section 2)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.move_form import (
    CaseField,
    MoveForm,
    choice_field,
    reason_field,
    text_field,
)
from cases.states import (
    Outcome,
    ReopenKind,
    Score,
    Why,
)


class Close(MoveForm):
    title = _("Close the case")
    about = _("The business sees the outcome and your words, and can ask us to look again.")
    button = _("Close the case")
    confirms = True
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[(o.value, o.label) for o in Outcome if o != Outcome.DUPLICATE]
    )
    why = choice_field(_("Why, if not resolved or outside what we can take up"), Why, required=False)
    how = text_field(_("How the office solved it, if no answer was passed on"), required=False)
    text = text_field(_("What you tell the business"))
    signpost = text_field(_("Where the business can turn to"), required=False)

    def settle(self) -> None:
        self.fields["outcome"].initial = self.case.proposed_outcome or None


class AnswerEnquiry(MoveForm):
    title = _("Answer the question")
    about = _(
        "The business reads your answer, and the case is closed as explained. It can ask us to look again."
    )
    button = _("Send the answer")
    confirms = True
    text = text_field(_("Your answer to the business"))


class Withdraw(MoveForm):
    title = _("Withdraw this concern")
    about = _("We stop working on it and take back what has not been answered.")
    button = _("Withdraw my concern")
    confirms = True
    reason = reason_field(_("Why you withdraw it"), required=False)


class Merge(MoveForm):
    title = _("Merge into another case of the same business")
    about = _("This case is closed; the other one keeps the earlier date of receipt. The business is told.")
    button = _("Merge")
    confirms = True
    into = CaseField(label=_("Reference of the case that goes on"))

    def settle(self) -> None:
        self.fields["into"].actor = self.actor  # type: ignore[attr-defined]


class AcceptOutcome(MoveForm):
    title = _("This is settled")
    about = _("We close your concern with the outcome we told you. You can still ask us to look again later.")
    button = _("Yes, this is settled")
    confirms = True


class ContestOutcome(MoveForm):
    title = _("This is not settled")
    about = _("Your concern stays open, and the office decides what to do next.")
    button = _("Tell the office")
    text = text_field(_("What is not settled?"))


class Rate(MoveForm):
    title = _("How did we handle your concern?")
    about = _("One question, and a second one if you like. What you say changes nothing in your case.")
    button = _("Send the rating")
    score = choice_field(
        _("How satisfied are you with the way we handled your concern?"), Score, widget=forms.RadioSelect
    )
    text = reason_field(_("What could we have done better?"), required=False)


class RequestReopen(MoveForm):
    title = _("Ask us to look again")
    button = _("Ask us to look again")
    kind = choice_field(_("What do you ask for?"), ReopenKind)
    reason = reason_field(_("Tell us why"))

    def settle(self) -> None:
        self.fields["kind"].initial = ReopenKind.REOPEN


class Reopen(MoveForm):
    title = _("Reopen the case")
    about = _(
        "The case is open again; its first date of receipt stays. If the business asked, it sees your words."
    )
    button = _("Reopen the case")
    confirms = True
    reason = reason_field(_("Reason"))


class DeclineReopen(MoveForm):
    title = _("Do not reopen")
    about = _("The business sees your reason. Name other channels it can turn to.")
    button = _("Send the decision")
    confirms = True
    text = text_field(_("Reason and other channels, for the business"))
