"""The form of each move of a case (moves.md section 2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.clocks import default_answer_by, office_works_on, today
from cases.forms.move_form import (
    CaseField,
    FilesField,
    MoveForm,
    StaffField,
    choice_field,
    date_field,
    reason_field,
    text_field,
)
from cases.models import Referral
from cases.permissions import supervisor
from cases.states import (
    Channel,
    Disclose,
    FilerKind,
    Level,
    Outcome,
    Priority,
    Proceedings,
    Referable,
    ReferralKind,
    ReopenKind,
    Result,
    Why,
)
from routing.models import Authority, Category, Division, Office
from text.fields import CleanCharField

#: Office clocks for which a later date may be asked.
EXTENSIBLE = [
    ("triage_decision", _("Assessment")),
    ("referral", _("Sending the referral")),
    ("reply", _("Reply to the business")),
    ("review", _("Review")),
]


class Triage(MoveForm):
    title = _("Assess the case")
    about = _(
        "Decide what the case is about and whether it can be referred. You can repeat this to correct it."
    )
    button = _("Save assessment")
    category = forms.ModelChoiceField(Category.objects.filter(parent__isnull=False), label=_("Category"))
    division = forms.ModelChoiceField(
        Division.objects.exclude(level=Division.Level.COUNTY), label=_("Place"), widget=forms.TextInput
    )
    level = choice_field(_("Level of the authority responsible"), Level)
    proceedings = choice_field(_("Proceedings"), Proceedings)
    referable = choice_field(_("May it be referred?"), Referable)
    reason = reason_field(_("Reason, unless it may be referred freely (only staff see this)"), required=False)
    priority = choice_field(_("Priority"), Priority, required=False)

    def settle(self) -> None:
        for name in ("level", "proceedings", "referable", "priority"):
            self.fields[name].initial = getattr(self.case, name)
        self.fields["category"].initial = self.case.category_id
        self.fields["division"].initial = self.case.division_id

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        category, proceedings = cleaned.get("category"), cleaned.get("proceedings")
        forced = proceedings in (Proceedings.COURT, Proceedings.ARBITRATION) or (
            category is not None and category.referable == Referable.NO
        )
        if cleaned.get("referable") not in (None, Referable.YES) and not cleaned.get("reason") and not forced:
            self.add_error("reason", _("Give the reason why it cannot be referred freely."))
        return cleaned


class Claim(MoveForm):
    title = _("Claim the case")
    about = _("The case becomes yours.")
    button = _("Claim")


class Release(MoveForm):
    title = _("Release the case")
    about = _("Nobody has the case then, and any colleague can claim it.")
    button = _("Release")


class Assign(MoveForm):
    title = _("Assign the case")
    about = _("The colleague finds the case in their queue.")
    button = _("Assign")
    user = StaffField(label=_("Colleague"))
    reason = reason_field(required=False)

    def settle(self) -> None:
        self.fields["user"].offer(self.case.office_id)  # type: ignore[attr-defined]


class Transfer(MoveForm):
    title = _("Ask another office to take over")
    about = _("Your office keeps the case until the other office accepts. The business is told.")
    button = _("Ask the office")
    confirms = True
    to_office = forms.ModelChoiceField(Office.objects.all(), label=_("Office"))
    reason = reason_field()

    def settle(self) -> None:
        self.fields["to_office"].queryset = Office.objects.exclude(pk=self.case.office_id)  # type: ignore[attr-defined]


class AcceptTransfer(MoveForm):
    title = _("Accept the case")
    about = _("Your office owns the case from now on. The business is told. Clocks run on.")
    button = _("Accept")
    assignee = StaffField(label=_("Colleague who takes it"), required=False)

    def settle(self) -> None:
        self.fields["assignee"].offer(self.case.moving_to_id or "")  # type: ignore[attr-defined]


class ReturnTransfer(MoveForm):
    title = _("Return the case")
    about = _("The other office keeps the case. The business is told.")
    button = _("Return")
    reason = reason_field()


class Ask(MoveForm):
    title = _("Ask the business a question")
    about = _("The business sees this. The office's clock stops until it answers.")
    button = _("Send the question")
    confirms = True
    text = text_field(_("Your question; it may hold several points"))
    answer_by = date_field(_("Answer by"), required=False)

    def settle(self) -> None:
        self.fields["answer_by"].initial = default_answer_by(timezone.now())

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
    about = _("The business will see this")
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


class SetPriority(MoveForm):
    title = _("Change the priority")
    about = _("Urgent cases have shorter limits.")
    button = _("Save priority")
    priority = choice_field(_("Priority"), Priority)
    reason = reason_field(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("priority") == Priority.URGENT and not cleaned.get("reason"):
            self.add_error("reason", _("Give the reason why it is urgent."))
        return cleaned


class Correct(MoveForm):
    title = _("Correct facts")
    about = _("Leave a field empty to keep what stands. The old value stays in the history.")
    button = _("Save correction")
    category = forms.ModelChoiceField(
        Category.objects.filter(parent__isnull=False), label=_("Category"), required=False
    )
    division = forms.ModelChoiceField(
        Division.objects.exclude(level=Division.Level.COUNTY),
        label=_("Place"),
        required=False,
        widget=forms.TextInput,
    )
    level = choice_field(_("Level of the authority responsible"), Level, required=False)
    language = forms.ChoiceField(
        label=_("Language of the business"),
        choices=[("", _("Not given")), *settings.LANGUAGES],
        required=False,
    )
    filer_kind = choice_field(_("Enterprise or individual"), FilerKind, required=False)
    reason = reason_field()

    def settle(self) -> None:
        # "title" is also the page's heading on the class, so the field is added under its contract name here.
        self.fields["title"] = CleanCharField(label=_("Working title"), max_length=200, required=False)


class Link(MoveForm):
    title = _("Link with another case")
    about = _("Both cases show the link to staff.")
    button = _("Link")
    other = CaseField(label=_("Reference of the other case"))
    reason = reason_field(required=False)

    def settle(self) -> None:
        self.fields["other"].actor = self.actor  # type: ignore[attr-defined]


class Unlink(Link):
    title = _("Remove a link")
    about = _("The two cases are no longer shown together.")
    button = _("Remove the link")


class Refer(MoveForm):
    title = _("Prepare a referral")
    about = _("A letter is drafted for each authority. Nothing leaves the office yet.")
    button = _("Draft the letter")
    authorities = forms.ModelMultipleChoiceField(Authority.objects.all(), label=_("Authorities, up to five"))
    lead = forms.ModelChoiceField(Authority.objects.all(), label=_("Lead"), required=False)
    kind = choice_field(_("Kind of letter"), ReferralKind)
    disclose = choice_field(_("What the letter tells about the business"), Disclose)

    def clean_authorities(self) -> list[Authority]:
        chosen = list(self.cleaned_data["authorities"])
        if len(chosen) > 5:
            raise forms.ValidationError(_("Choose at most five authorities."))
        if any(not a.is_valid_on(today()) for a in chosen):
            raise forms.ValidationError(_("The directory entry of this authority is not valid today."))
        return chosen


class RecordAnswer(MoveForm):
    title = _("Record the authority's answer")
    about = _("The business is told that an answer came; your reply to it is a step of its own.")
    button = _("Record the answer")
    referral = forms.ModelChoiceField(Referral.objects.none(), label=_("Referral"), to_field_name="uuid")
    received_on = date_field(_("Received on"))
    channel = choice_field(_("How it came"), Channel)
    result = choice_field(_("What it comes to"), Result)
    text = text_field(_("What the authority said (only staff see this)"))
    files = FilesField(label=_("Documents"), required=False)  # type: ignore[assignment]

    def settle(self) -> None:
        able = [r.pk for r in self.case.referrals_now if r.may_be_answered]
        self.fields["referral"].queryset = self.case.referrals.filter(pk__in=able)  # type: ignore[attr-defined]
        self.fields["received_on"].initial = today()
        if len(able) == 1:
            self.fields["referral"].initial = self.case.referrals.get(pk=able[0]).uuid

    def clean_received_on(self) -> Any:
        return _not_future(self.cleaned_data["received_on"])


class RelayAnswer(MoveForm):
    title = _("Pass the answer on")
    about = _("The business sees this reply, and is asked to tell us if the matter is not settled.")
    button = _("Send the reply")
    confirms = True
    referrals = forms.ModelMultipleChoiceField(
        Referral.objects.none(), label=_("Answers you pass on"), to_field_name="uuid"
    )
    text = text_field(_("Your reply to the business"))
    proposed_outcome = forms.ChoiceField(
        label=_("Outcome you propose"),
        choices=[(o.value, o.label) for o in Outcome if o != Outcome.DUPLICATE],
    )
    files = FilesField(label=_("Documents for the business"), required=False)  # type: ignore[assignment]

    def settle(self) -> None:
        waiting = {a.referral_id for a in self.case.answers_to_relay()}
        self.fields["referrals"].queryset = self.case.referrals.filter(pk__in=waiting)  # type: ignore[attr-defined]
        self.fields["referrals"].initial = [r.uuid for r in self.case.referrals_now if r.pk in waiting]

    def clean_referrals(self) -> list[Any]:
        return list(self.cleaned_data["referrals"])


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


class Escalate(MoveForm):
    title = _("Escalate")
    about = _("From level 2 on the business is told that its concern was raised to a higher level.")
    button = _("Escalate")
    confirms = True
    level = forms.TypedChoiceField(label=_("Level"), coerce=int)
    reason = reason_field()

    def settle(self) -> None:
        names = {
            1: _("1 – supervisor"),
            2: _("2 – head of office"),
            3: _("3 – Beijing Office or headquarters"),
            4: _("4 – CEPA Committee on Investment route"),
            5: _("5 – report to the bureau"),
        }
        top = 5 if supervisor(self.case, self.actor) else self.case.escalation_level + 1
        above = range(self.case.escalation_level + 1, min(top, 5) + 1)
        self.fields["level"].choices = [(n, names[n]) for n in above]  # type: ignore[attr-defined]


class Deescalate(MoveForm):
    title = _("Take back one level")
    button = _("Take back one level")
    reason = reason_field()


class RequestExtension(MoveForm):
    title = _("Ask for a later date")
    about = _("A supervisor decides. Until then the present date holds.")
    button = _("Ask for the date")
    clock = forms.ChoiceField(label=_("Clock"), choices=EXTENSIBLE)
    new_date = date_field(_("New date, a working day"))
    reason = reason_field()

    def clean_new_date(self) -> Any:
        return _working_future(self, self.cleaned_data["new_date"])


class GrantExtension(MoveForm):
    title = _("Grant the later date")
    about = _("The business is told.")
    button = _("Grant")
    confirms = True
    clock = forms.ChoiceField(label=_("Clock"))
    new_date = date_field(_("New date, if another than asked"), required=False)
    text = text_field(_("What you tell the business"))

    def settle(self) -> None:
        _offer_pending(self)

    def clean_new_date(self) -> Any:
        day = self.cleaned_data["new_date"]
        return _working_future(self, day) if day else day


class RefuseExtension(MoveForm):
    title = _("Refuse the later date")
    button = _("Refuse")
    clock = forms.ChoiceField(label=_("Clock"))
    reason = reason_field()

    def settle(self) -> None:
        _offer_pending(self)


def _offer_pending(form: MoveForm) -> None:
    names = dict(EXTENSIBLE)
    pending = [(e.clock, names.get(e.clock, e.clock)) for e in form.case.extensions_pending]
    form.fields["clock"].choices = pending  # type: ignore[attr-defined]
    if len(pending) == 1:
        form.fields["clock"].initial = pending[0][0]


def _not_future(day: Any) -> Any:
    if day > today():
        raise forms.ValidationError(_("The day must not be in the future."))
    return day


def _working_future(form: MoveForm, day: Any) -> Any:
    if day <= today() or not office_works_on(form.case.office.calendar, day):
        raise forms.ValidationError(_("Choose a working day in the future."))
    return day


CASE_FORMS: dict[str, type[MoveForm]] = {
    "triage": Triage,
    "claim": Claim,
    "release": Release,
    "assign": Assign,
    "transfer": Transfer,
    "accept_transfer": AcceptTransfer,
    "return_transfer": ReturnTransfer,
    "ask": Ask,
    "reply": Reply,
    "drop_question": DropQuestion,
    "add_note": AddNote,
    "send_message": SendMessage,
    "set_priority": SetPriority,
    "correct": Correct,
    "link": Link,
    "unlink": Unlink,
    "refer": Refer,
    "record_answer": RecordAnswer,
    "relay_answer": RelayAnswer,
    "close": Close,
    "withdraw": Withdraw,
    "merge": Merge,
    "request_reopen": RequestReopen,
    "reopen": Reopen,
    "decline_reopen": DeclineReopen,
    "escalate": Escalate,
    "deescalate": Deescalate,
    "request_extension": RequestExtension,
    "grant_extension": GrantExtension,
    "refuse_extension": RefuseExtension,
}
