"""Forms of the moves about erasing personal data, and of the legal hold."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.move_form import MoveForm, choice_field, reason_field, text_field
from cases.states import Ground


class RequestErasure(MoveForm):
    title = _("Erase my personal data")
    about = _(
        "We erase who you are, how to reach you, what you wrote and your documents. What happened in the case stays, "
        "without them. A supervisor decides; while your concern is open it cannot be done."
    )
    button = _("Ask for it")
    confirms = True
    reason = reason_field(_("Anything we should know"), required=False)


class GrantErasure(MoveForm):
    title = _("Erase the personal data")
    about = _(
        "It cannot be undone. The history, its dates and the figures stay; every word and document goes."
    )
    button = _("Have it erased")
    confirms = True
    reason = reason_field(_("Reason"))


class RefuseErasure(MoveForm):
    title = _("Do not erase the personal data")
    about = _("The business sees the ground and your words.")
    button = _("Send the decision")
    confirms = True
    ground = choice_field(_("Ground of law"), Ground, widget=forms.RadioSelect)
    text = text_field(_("What you tell the business"))


class Erase(MoveForm):
    title = _("Erase now")
    button = _("Erase now")


class EndRetention(MoveForm):
    title = _("End the time of keeping")
    button = _("End the time of keeping")


class Hold(MoveForm):
    title = _("Place a legal hold")
    about = _("Nothing of this case is erased while it stands, neither on request nor by a retention run.")
    button = _("Place the hold")
    reason = reason_field(_("Who needs the case, and why"))


class LiftHold(MoveForm):
    title = _("Lift the legal hold")
    button = _("Lift the hold")
    confirms = True
    reason = reason_field(_("Reason"))
