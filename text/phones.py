"""Telephone numbers as people here write them: full-width figures, no country, an extension in any of the languages."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from text.fold import digits

#: Tried in this order where the number does not say its country. Their plans are known well enough to refuse by.
REGIONS = ("HK", "CN", "MO")
_TRIED = ("HK", "CN")
_EXTENSION = re.compile(r"(?:转|轉|分机|分機|内线|內線|ext\.?|extension)[\s:.]*(?=\d)", re.IGNORECASE)
_LAST_GROUP = re.compile(r"-(\d{1,5})$")


class UnreadableNumber(ValueError):
    """No telephone number of the place chosen, of Hong Kong or of the Mainland can be read from the text."""


@dataclass(frozen=True)
class Phone:
    """``shown`` is the number in international form with its extension. ``sure``: its country was written or chosen."""

    e164: str
    shown: str
    sure: bool


def read_phone(typed: str, chosen: str = "") -> Phone:
    """The number that a text means; ``chosen`` is a region of ``REGIONS``, or empty.

    A country code in the text counts before the choice, and a choice before Hong Kong and the Mainland, in that order.
    Raises ``UnreadableNumber``.
    """
    text = _EXTENSION.sub(" ext. ", digits(typed)).strip()
    # Hong Kong's own prefixes would take 00852 for 008 and a number in Mexico.
    text = re.sub(r"^00(?=\d)", "+", text)
    try:
        return _read(text, chosen)
    except UnreadableNumber:
        # 0755-81234567-802: the Mainland writes an extension like this too.
        return _read(_LAST_GROUP.sub(r" ext. \1", text), chosen)


def _read(text: str, chosen: str) -> Phone:
    if text.startswith("+"):
        return _found(_parsed(text, None), sure=True)
    regions = dict.fromkeys([*([chosen] if chosen in REGIONS else []), *_TRIED])
    for region in regions:
        try:
            return _found(_parsed(text, region), sure=region == chosen)
        except UnreadableNumber:
            continue
    raise UnreadableNumber(text)


def _parsed(text: str, region: str | None) -> PhoneNumber:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as wrong:
        raise UnreadableNumber(text) from wrong
    known = number.country_code in [phonenumbers.country_code_for_region(region) for region in REGIONS]
    # Of other countries' plans only the lengths are asked: a new series there must not keep anybody out.
    if not (phonenumbers.is_valid_number(number) if known else phonenumbers.is_possible_number(number)):
        raise UnreadableNumber(text)
    return number


def _found(number: PhoneNumber, *, sure: bool) -> Phone:
    return Phone(
        phonenumbers.format_number(number, PhoneNumberFormat.E164),
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        sure,
    )
