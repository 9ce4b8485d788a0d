"""Sentences in three languages at once: a suggestion is read by people of all three."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import override

from routing.models.named import SUFFIX

Three = dict[str, str]


def in_three(sentence: str | Promise, **values: str | Mapping[str, str]) -> Three:
    """``{"en", "zh_hant", "zh_hans"}`` of a lazily translated sentence with its %(name)s filled in.

    A value that is itself in three languages gives each its own.
    """
    result = {}
    for lang, key in SUFFIX.items():
        own = {name: value if isinstance(value, str) else value[key] for name, value in values.items()}
        with override(lang):
            result[key] = str(sentence) % own if own else str(sentence)
    return result
