"""Widgets that HTML has no element for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy

BOX_LABELS = {
    "day": pgettext_lazy("date box", "Day"),
    "month": pgettext_lazy("date box", "Month"),
    "year": pgettext_lazy("date box", "Year"),
}


class DateBoxes(forms.Widget):
    """A date as boxes to type in: day, month, year in English, year, month, day in Chinese.

    The value is a dict of what was typed, for example ``{"month": "11", "year": "2026"}``, or None when every
    box is empty: the field decides what it means. The boxes post as ``<name>_day`` and so on. The page tag
    ``{% field %}`` draws them; give ``parts`` in English order.
    """

    template_name = "parts/date_boxes.html"

    def __init__(self, parts: tuple[str, ...] = ("day", "month", "year"), attrs: Any = None) -> None:
        self.parts = parts
        super().__init__(attrs)

    def use_required_attribute(self, initial: Any) -> bool:
        return False

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str] | None:
        if isinstance(data.get(name), dict):  # an answer kept as it was typed
            return data[name]  # type: ignore[no-any-return]
        typed = {part: str(data.get(f"{name}_{part}", "")) for part in self.parts}
        return typed if any(text.strip() for text in typed.values()) else None

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and not any(f"{name}_{part}" in data for part in self.parts)

    def id_for_label(self, id_: str) -> str:
        return id_

    def order(self) -> tuple[str, ...]:
        """The parts as the reader's language writes them."""
        return self.parts[::-1] if (get_language() or "").startswith("zh") else self.parts

    def box_id(self, ident: str, part: str) -> str:
        """The id of the box for that part; of the first box if it is the part, or there is no such part."""
        # The first box on the page carries the id of the field, so that the error summary leads there.
        return f"{ident}_{part}" if part in self.order()[1:] else ident

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """``attrs["wrong"]`` holds the codes of errors: the parts that are wrong, or others if the whole date is."""
        attrs = dict(attrs or {})
        codes = set(attrs.pop("wrong", ()))
        wrong = codes & set(self.parts) or (self.parts if codes else ())
        context = super().get_context(name, value, attrs)
        typed = value if isinstance(value, dict) else {}
        first = context["widget"]["attrs"].get("id") or f"id_{name}"
        context["boxes"] = [
            {
                "id": self.box_id(first, part),
                "name": f"{name}_{part}",
                "label": BOX_LABELS[part],
                "value": str(typed.get(part, "")),
                "wide": part == "year",
                "wrong": part in wrong,
            }
            for part in self.order()
        ]
        return context
