"""Forms of the moves that carry the matter forward: assessment, referral, answer (moves.md section 2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases.clocks import today
from cases.forms.move_form import (
    CaseField,
    FilesField,
    MoveForm,
    choice_field,
    date_field,
    reason_field,
    text_field,
)
from cases.models import Referral
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
    Result,
)
from routing.models import Authority, Category, Division
from text.fields import CleanCharField


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
    received_on = date_field(_("Received on"), past=True)
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
