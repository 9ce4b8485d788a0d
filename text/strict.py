"""Input of programs, read as strictly as the schema says: no unknown names, no coerced types, clean text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from text.clean import UnusableText, clean_text
from text.fields import UNUSABLE

#: Unknown names listed in one answer.
_NAMED = 20


class StrictSerializer(serializers.Serializer):
    """A body whose every name is declared; any other name is an error of its own."""

    def to_internal_value(self, data: Any) -> Any:
        errors: dict[str, Any] = {}
        value: Any = {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as wrong:
            errors = (
                dict(wrong.detail) if isinstance(wrong.detail, dict) else {"non_field_errors": wrong.detail}
            )
        if isinstance(data, Mapping):
            for name in sorted(set(data) - set(self.fields))[:_NAMED]:
                errors[name] = [_("Unknown field.")]
        if errors:
            raise serializers.ValidationError(errors)
        return value


class CleanText(serializers.CharField):
    """Text as ``clean_text`` leaves it; numbers and truth values are not text. ``max_length`` counts code points."""

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        self.multiline = multiline

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            text = clean_text(data, multiline=self.multiline)
        except UnusableText as unusable:
            raise serializers.ValidationError(UNUSABLE[unusable.code], code=unusable.code) from None
        if not text and not self.allow_blank:
            self.fail("blank")
        return text


def whole_number(text: str, name: str, *, least: int = 0) -> int:
    """A parameter of the address that counts, up to nine digits; anything else is an error of this name."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
        raise serializers.ValidationError({name: [_("Enter a whole number.")]})
    return int(text)
