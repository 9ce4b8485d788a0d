"""Form fields whose text has passed ``clean_text`` before anything looks at it."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from text.clean import UnusableText, clean_text
from text.emails import UnusableAddress, read_address
from text.fold import digits

UNUSABLE = {"surrogate": _("This text contains a broken character. Delete it and type it again.")}
UNUSABLE_ADDRESS = {
    "format": _("Enter an e-mail address in the correct format, like name@example.com"),
    "script": _(
        "We cannot yet write to an e-mail address with Chinese or other special characters. Enter another one"
    ),
}
TOO_LONG = ngettext_lazy(
    "Your text is %(over)s character too long. The limit is %(limit)s characters.",
    "Your text is %(over)s characters too long. The limit is %(limit)s characters.",
    "over",
)


class CleanCharField(forms.CharField):
    """Text as ``clean_text`` leaves it; ``max_length`` counts its code points after cleaning.

    The browser is never told the limit as ``maxlength``: it would cut a pasted text without a word. A text
    that is too long, or unusable, is shown again as typed with the number of characters over.
    """

    def __init__(self, *, max_length: int | None = None, multiline: bool = False, **kwargs: Any) -> None:
        if multiline:
            kwargs.setdefault("widget", forms.Textarea)
        super().__init__(strip=False, **kwargs)
        self.multiline = multiline
        self.max_length = max_length

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return self.empty_value
        try:
            text = clean_text(str(value), multiline=self.multiline)
        except UnusableText as unusable:
            raise ValidationError(UNUSABLE[unusable.code], code=unusable.code) from None
        if self.max_length is not None and len(text) > self.max_length:
            raise ValidationError(
                TOO_LONG,
                code="max_length",
                params={"over": len(text) - self.max_length, "limit": self.max_length},
            )
        return text or self.empty_value

    def prepare_value(self, value: Any) -> Any:
        # Half a character cannot be sent to a browser, and the page must still come up to say so.
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


class AddressField(CleanCharField):
    """An e-mail address, cleaned to how mail is sent to it; empty stays empty where it may."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": kwargs.pop("autocomplete", "email"), "spellcheck": "false"}
        super().__init__(max_length=254, widget=forms.EmailInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        try:
            return read_address(typed) if typed else typed
        except UnusableAddress as unusable:
            raise ValidationError(UNUSABLE_ADDRESS[unusable.code], code="invalid") from None


class DayField(forms.DateField):
    """A day as people of the page's language write it: 5/9/2026 is the fifth of September, 2026年9月5日 the same.

    Full-width figures, and spaces inside a Chinese date, do not count. Which forms each language has stands in
    ``config.formats``; the box of a browser sends 2026-09-05, which is taken everywhere.
    """

    default_error_messages = {"invalid": _("Enter a date that exists, like 22/11/2026")}

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str):
            value = re.sub(r"\s*([年月日/-])\s*", r"\1", digits(value).strip())
        return super().to_python(value)
