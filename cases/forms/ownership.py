"""Forms of the moves that say who has a case, how urgently, and until when (moves.md section 2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.clocks import today
from cases.forms.move_form import (
    MoveForm,
    StaffField,
    choice_field,
    date_field,
    reason_field,
    text_field,
)
from cases.models.ownership import why_not_that_day
from cases.permissions import supervisor
from cases.rules import people_of
from cases.states import (
    Priority,
)
from routing.models import Office

#: Office clocks for which a later date may be asked.
EXTENSIBLE = [
    ("triage_decision", _("Assessment")),
    ("referral", _("Sending the referral")),
    ("reply", _("Reply to the business")),
    ("review", _("Review")),
]


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
        decided = self.case.suggestion.get("rule") or {}
        if decided.get("pool") and decided.get("office") == self.case.office_id:
            names = ", ".join(str(person) for person in people_of(decided))
            if names:
                self.fields["user"].help_text = _("By a rule for concerns like this: %(names)s") % {
                    "names": names
                }


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


def _working_future(form: MoveForm, day: Any) -> Any:
    if why := why_not_that_day(form.case.office_id, day, today()):
        raise forms.ValidationError(why)
    return day
