"""Columns that the database alone cannot read: who somebody is, and what was typed and not sent yet.

A copy of the database, or a backup of it, without the keys of the settings tells none of this (trust.md T48).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

log = logging.getLogger(__name__)

#: Before what was sealed; what stands without it is from before there were seals.
_MARK = "s1:"


def seal(value: str) -> str:
    """Sealed with the key in use; an empty value stays empty."""
    return _MARK + _fernet(_keys()).encrypt(value.encode()).decode() if value else ""


def unseal(stored: str) -> str:
    """With any of the keys. What none of them opens reads as empty, and is told in the log: a key is missing."""
    if not stored.startswith(_MARK):
        return stored
    try:
        return _fernet(_keys()).decrypt(stored.removeprefix(_MARK).encode()).decode()
    except InvalidToken:
        log.error("a sealed value cannot be read: is a key missing in PERSONAL_DATA_KEYS?")
        return ""


def finding_keys(value: str) -> list[str]:
    """Keyed hashes by which a sealed value is found again: with the key in use first, then those still believed.

    Capitals make no difference. Empty for an empty value.
    """
    found = value.strip().lower().encode()
    if not found:
        return []
    return [hmac.new(b"finding " + key.encode(), found, hashlib.sha256).hexdigest() for key in _keys()]


def _keys() -> tuple[str, ...]:
    return tuple(settings.PERSONAL_DATA_KEYS or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    derived = (hashlib.sha256(b"personal data " + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


class SealedTextField(models.TextField):
    """Text that is sealed in the database. It cannot be searched, sorted or compared there."""

    def get_prep_value(self, value: Any) -> Any:
        return seal(str(super().get_prep_value(value) or ""))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return unseal(value or "")


class FindingField(models.CharField[str, str]):
    """The first of ``finding_keys`` of a sealed column of the same row, written whenever the row is saved.

    A ``QuerySet.update`` of that column alone leaves it behind: whoever finds a row compares the value itself too.
    """

    def __init__(self, *, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(**{"max_length": 64, "blank": True, "db_index": True, "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = next(iter(finding_keys(getattr(model_instance, self.of))), "")
        setattr(model_instance, self.attname, key)
        return key


class SealedJSONField(SealedTextField):
    """What ``json.dumps`` takes, sealed in the database; an empty value is an empty dict."""

    # For types alone: in Python it is not text.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": dict, **kwargs})

    def get_prep_value(self, value: Any) -> Any:
        return seal(json.dumps(value, ensure_ascii=False)) if value else ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return json.loads(unseal(value or "") or "{}")
