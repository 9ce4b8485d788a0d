"""What every move's form has in common: whose move it is, and strict reading of JSON."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from cases.clocks import today
from cases.files import keep_upload
from cases.models import Case, Referral
from cases.permissions import Actor
from text.fields import CleanCharField, DayField
from text.reference import parse_reference

TEXT_LIMIT = 4000
REASON_LIMIT = 1000
WRONG_TYPE = _("This has the wrong type.")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class MoveForm(forms.Form):
    """Inputs of one move on one subject by one actor.

    ``about`` is one sentence for the page that says what the move does; ``button`` names the act.
    """

    title: Any = ""
    about: Any = ""
    button: Any = ""
    #: A move that cannot be taken back asks on a page of its own.
    confirms = False

    def __init__(self, *args: Any, subject: Case | Referral, actor: Actor, **kwargs: Any) -> None:
        self.subject, self.actor = subject, actor
        self.case: Case = subject.case if isinstance(subject, Referral) else subject
        super().__init__(*args, **kwargs)
        self.settle()

    def settle(self) -> None:
        """Fill choices and defaults that depend on the subject or the actor."""

    @classmethod
    def from_json(cls, body: Mapping[str, Any], *, subject: Case | Referral, actor: Actor) -> MoveForm:
        """Read a JSON body as strictly as the schema says: no unknown names, no coerced types."""
        form = cls(dict(body), subject=subject, actor=actor)
        for name, value in body.items():
            field = form.fields.get(name)
            if field is None:
                form._json_errors[name] = _("Unknown field.")
            elif value is not None and not _fits(field, value):
                form._json_errors[name] = WRONG_TYPE
        return form

    @property
    def _json_errors(self) -> dict[str, Any]:
        found: dict[str, Any] = self.__dict__.setdefault("_json_errors_found", {})
        return found

    def full_clean(self) -> None:
        if self._json_errors:
            # Values of a wrong type never reach the fields, which would coerce them.
            self.data = {k: v for k, v in self.data.items() if k not in self._json_errors}
        super().full_clean()
        for name, message in self._json_errors.items():
            if name in self.fields:
                self.errors[name] = self.error_class([message])
            else:
                self.errors.setdefault(name, self.error_class([message]))

    def inputs(self) -> dict[str, Any]:
        """What ``perform`` takes; uploads are stored first, since a file is kept before it is spoken of."""
        given = {
            name: value
            for name, value in self.cleaned_data.items()
            if value not in (None, "", []) or self.fields[name].required
        }
        if uploads := given.pop("files", None):
            user = self.actor.user if self.actor.is_staff else None
            # Held apart until the move that speaks of them is made: a refused move leaves nothing in the case.
            holder = f"move:{uuid.uuid4().hex}"
            from_business = user is None or self.actor.on_behalf
            given["files"] = [
                keep_upload(upload, held_for=holder, from_business=from_business, by_user=user)
                for upload in uploads
            ]
        return given


def _fits(field: forms.Field, value: Any) -> bool:
    if isinstance(field, FilesField):
        return False
    if isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)):
        return isinstance(value, list) and all(isinstance(v, str) for v in value)
    if isinstance(field, forms.BooleanField):
        return isinstance(value, bool)
    if isinstance(field, (forms.IntegerField, forms.TypedChoiceField)):
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(field, forms.DateField):
        # A page takes a date as people of its language write it; a program writes it in one way.
        return isinstance(value, str) and bool(_ISO_DATE.fullmatch(value))
    return isinstance(value, str)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """None, one or several uploads, as a list. JSON carries no files."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploads = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not uploads and self.required:
            raise ValidationError(_("Select a file"), code="required")
        return list(uploads)


class CaseField(CleanCharField):
    """Another case by its reference, as a person may write it, if this actor may see it."""

    actor: Actor

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        reference = parse_reference(text) if text else None
        case = Case.objects.visible_to(self.actor).filter(reference=reference).first() if reference else None
        if text and case is None:
            raise ValidationError(_("There is no such case."), code="not_found")
        return case


def text_field(
    label: Any, *, required: bool = True, limit: int = TEXT_LIMIT, **kwargs: Any
) -> CleanCharField:
    """Words for the business, or a long internal text."""
    return CleanCharField(label=label, required=required, max_length=limit, multiline=True, **kwargs)


def reason_field(label: Any = None, *, required: bool = True, **kwargs: Any) -> CleanCharField:
    return text_field(
        label or _("Reason (only staff see this)"), required=required, limit=REASON_LIMIT, **kwargs
    )


class PastDateField(DayField):
    """The day of something that has happened."""

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and day > today():
            raise ValidationError(_("The day must not be in the future."), code="future")
        return day


def date_field(label: Any, *, required: bool = True, past: bool = False, **kwargs: Any) -> forms.DateField:
    """``past`` for the day of something that has happened already."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    kind = PastDateField if past else DayField
    return kind(label=label, required=required, widget=widget, **kwargs)


def choice_field(label: Any, choices: Any, *, required: bool = True, **kwargs: Any) -> forms.ChoiceField:
    options = [(c.value, c.label) for c in choices]
    if not required:
        options.insert(0, ("", _("Not given")))
    return forms.ChoiceField(label=label, choices=options, required=required, **kwargs)


class StaffField(forms.ModelChoiceField):
    """A colleague, by user name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("to_field_name", "username")
        super().__init__(User.objects.none(), *args, **kwargs)

    def offer(self, office_id: str) -> None:
        self.queryset = User.objects.filter(
            office_id=office_id, is_active=True, role__in=(Role.CASEWORKER, Role.SUPERVISOR)
        ).order_by("name")
