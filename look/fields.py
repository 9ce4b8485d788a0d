"""A bound form field as the page shows it: which GOV.UK component, with which ids and descriptions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField
from django.forms.utils import ErrorList
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from look.widgets import DateBoxes


def kind_of(widget: forms.Widget) -> str:
    """The include under ``templates/parts/`` that draws this widget."""
    if isinstance(widget, DateBoxes):
        return "date"
    if isinstance(widget, (forms.CheckboxSelectMultiple, forms.SelectMultiple)):
        return "checkboxes"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.Select):
        return "select"
    if isinstance(widget, forms.Textarea):
        return "textarea"
    if isinstance(widget, forms.FileInput):
        return "file"
    return "input"


#: Components that are groups: a fieldset with a legend, not a label.
GROUPS = {"date", "checkboxes", "radios"}

CLASSES = {
    "textarea": "govuk-textarea",
    "select": "govuk-select",
    "file": "govuk-file-upload",
    "input": "govuk-input",
    "checkbox": "govuk-checkboxes__input",
}


def drawn(
    bound: BoundField,
    *,
    label: str = "",
    label_as_h1: bool = False,
    caption: str = "",
    hint: str = "",
    optional: bool | None = None,
    width: int | None = None,
    count: bool = True,
    rows: int | None = None,
) -> dict[str, Any]:
    """Everything ``parts/field.html`` needs. Nothing is ever marked required; what is optional says so."""
    widget = bound.field.widget
    kind = kind_of(widget)
    bound.form.use_required_attribute = False
    ident = bound.auto_id or f"id_{bound.html_name}"
    hint = hint or str(bound.help_text or "")
    limit = getattr(bound.field, "max_length", None) if kind == "textarea" and count else None
    describing = [
        f"{ident}-{name}"
        for name, there in (("hint", hint), ("error", bound.errors), ("info", limit))
        if there
    ]
    return {
        "bound": bound,
        "kind": kind,
        "group": kind in GROUPS,
        "id": ident,
        "name": bound.html_name,
        "label": label or bound.label,
        "label_as_h1": label_as_h1,
        "caption": caption,
        "hint": hint,
        "errors": bound.errors,
        "optional": not bound.field.required and kind != "checkbox" if optional is None else optional,
        "described_by": " ".join(describing),
        "limit": limit,
        "counting": counting_words(limit) if limit else None,
        "control": None if kind in GROUPS else _control(bound, kind, ident, describing, width, rows),
        "options": _options(bound, kind, ident) if kind in ("radios", "checkboxes") else None,
        "date": _boxes(bound, ident) if kind == "date" else None,
    }


def codes_of(bound: BoundField) -> list[str]:
    """The codes of the field's errors, in their order."""
    return [error.code or "" for error in bound.form.errors.get(bound.name, ErrorList()).as_data()]


def errors_of(bound: BoundField) -> list[tuple[str, str]]:
    """Each error in words with the id of what it leads to: of a date, the box that is wrong."""
    ident = str(bound.auto_id or f"id_{bound.html_name}")
    widget = bound.field.widget
    return [
        (str(text), widget.box_id(ident, code) if isinstance(widget, DateBoxes) else ident)
        for text, code in zip(bound.errors, codes_of(bound), strict=True)
    ]


def _boxes(bound: BoundField, ident: str) -> str:
    attrs: dict[str, Any] = {"id": ident, "wrong": codes_of(bound)}
    return str(bound.as_widget(attrs=attrs))


def _control(
    bound: BoundField, kind: str, ident: str, describing: list[str], width: int | None, rows: int | None
) -> str:
    classes = [CLASSES[kind]]
    if kind == "input" and width:
        classes.append(f"govuk-input--width-{width}")
    if bound.errors and kind in ("textarea", "select", "file", "input"):
        classes.append(f"{CLASSES[kind]}--error")
    if kind == "textarea":
        classes.append("govuk-js-character-count")
    attrs: dict[str, Any] = {"id": ident, "class": " ".join(classes)}
    if describing:
        attrs["aria-describedby"] = " ".join(describing)
    if rows or kind == "textarea":
        attrs["rows"] = rows or 8
    return str(bound.as_widget(attrs=attrs))


def _options(bound: BoundField, kind: str, ident: str) -> list[dict[str, Any]]:
    """Groups of options; ``hint`` comes from ``option_hints`` on the form's field, by value."""
    hints = getattr(bound.field, "option_hints", {})
    widget: Any = bound.field.widget
    picked = bound.value()
    if kind == "checkboxes":
        selected = {str(getattr(v, "value", v)) for v in (picked or [])}
    else:
        selected = {"" if picked is None else str(getattr(picked, "value", picked))}
    groups: list[dict[str, Any]] = []
    number = 0
    for heading, options in _grouped(widget.choices):
        items = []
        for value, label in options:
            number += 1
            items.append(
                {
                    # The first option carries the id of the field, so that the error summary leads there.
                    "id": ident if number == 1 else f"{ident}_{number}",
                    "value": str(value),
                    "label": label,
                    "checked": str(value) in selected,
                    "hint": hints.get(str(value), ""),
                }
            )
        groups.append({"heading": heading, "items": items})
    return groups


def _grouped(choices: Any) -> list[tuple[str, list[tuple[Any, Any]]]]:
    groups: list[tuple[str, list[tuple[Any, Any]]]] = []
    loose: list[tuple[Any, Any]] = []
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            if loose:
                groups.append(("", loose))
                loose = []
            groups.append((str(value), list(label)))
        else:
            loose.append((value, label))
    if loose:
        groups.append(("", loose))
    return groups


def counting_words(limit: int) -> dict[str, str]:
    """The sentences of the character count; ``%{count}`` is filled in the browser as one types."""
    grouped = number_format(limit, use_l10n=True, force_grouping=True)
    return {
        "at_most": gettext("You can enter up to %(limit)s characters") % {"limit": grouped},
        "under_one": ngettext("You have %(n)s character remaining", "You have %(n)s characters remaining", 1)
        % {"n": "%{count}"},
        "under_other": ngettext(
            "You have %(n)s character remaining", "You have %(n)s characters remaining", 2
        )
        % {"n": "%{count}"},
        "at": gettext("You have 0 characters remaining"),
        "over_one": ngettext("You have %(n)s character too many", "You have %(n)s characters too many", 1)
        % {"n": "%{count}"},
        "over_other": ngettext("You have %(n)s character too many", "You have %(n)s characters too many", 2)
        % {"n": "%{count}"},
    }
