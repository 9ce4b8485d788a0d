"""Places and categories as the choices of a list, in groups and in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, gettext

from cases.history import category_names, division_names
from routing.models import Division


def places(first: Any = "") -> list[tuple[str, Any]]:
    """Provinces as groups of their places, in the order of the codes; ``first`` names the empty choice, if any."""
    lang = get_language()
    names = division_names()
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, place in names.items():
        label = place.name_in(lang)
        if place.level == Division.Level.PROVINCE:
            label = gettext("%(province)s (province level)") % {"province": label}
        groups.setdefault(place.province_code, []).append((code, label))
    listed: list[tuple[str, Any]] = [(names[p].name_in(lang), rows) for p, rows in groups.items()]
    return [("", first), *listed] if first else listed


def categories(first: Any = "") -> list[tuple[str, Any]]:
    """Main subjects as groups of the exact ones; ``first`` names the empty choice, if any."""
    lang = get_language()
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, category in category_names().items():
        if category.parent is not None:
            groups.setdefault(category.parent.name_in(lang), []).append((code, category.name_in(lang)))
    listed: list[tuple[str, Any]] = list(groups.items())
    return [("", first), *listed] if first else listed
