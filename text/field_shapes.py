"""What a form field takes from a program, in the words of JSON Schema, so that no rule is written twice."""

from __future__ import annotations

from typing import Any

from django import forms
from django_filters.fields import IsoDateTimeField

from text.fields import CleanCharField


def shape_of(field: forms.Field) -> dict[str, Any]:
    """Type and limits of the field, with its label and the meanings of its choices as description.

    A field that may be left out may also be null.
    """
    shape: dict[str, Any]
    words = [str(field.label or "")]
    if isinstance(field, forms.ModelMultipleChoiceField):
        shape = {"type": "array", "items": {"type": "string"}}
    elif isinstance(field, forms.ModelChoiceField):
        shape = {"type": "string"}
    elif isinstance(field, forms.MultipleChoiceField):
        shape = {"type": "array", "items": {"type": "string", "enum": _values(field)}}
        words += _meanings(field)
    elif isinstance(field, forms.ChoiceField):
        kind = "integer" if isinstance(field, forms.TypedChoiceField) else "string"
        shape = {"type": kind, "enum": _values(field)}
        words += _meanings(field)
    elif isinstance(field, forms.DateField):
        shape = {"type": "string", "format": "date"}
    elif isinstance(field, IsoDateTimeField):
        shape = {"type": "string", "format": "date-time"}
    else:
        shape = {"type": "string"}
        if isinstance(field, (CleanCharField, forms.CharField)) and field.max_length:
            shape["maxLength"] = field.max_length
    if field.required:
        least = "minItems" if shape["type"] == "array" else "minLength"
        if "enum" not in shape and "format" not in shape:
            shape[least] = 1
    else:
        shape["type"] = [shape["type"], "null"]
        if "enum" in shape:
            shape["enum"] = [*shape["enum"], None]
    return {**shape, "description": "\n".join(words)}


def parameter_of(name: str, field: forms.Field) -> dict[str, Any]:
    """The field as a parameter of a query, where nothing can be null and an empty choice is as good as none."""
    shape = shape_of(field)
    if isinstance(shape["type"], list):
        shape["type"] = shape["type"][0]
    if "enum" in shape:
        shape["enum"] = [value for value in shape["enum"] if value not in ("", None)]
        if not field.required:
            shape["enum"].append("")
    words = shape.pop("description")
    return {"name": name, "in": "query", "description": words, "schema": shape}


def _values(field: Any) -> list[Any]:
    return [value for value, _label in field.choices]


def _meanings(field: Any) -> list[str]:
    """The choices in words, one a line, as the generator of the schema writes them."""
    return ["", *(f"* `{value}` - {label}" for value, label in field.choices if value != "")]
