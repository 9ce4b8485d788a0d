"""Finding a person, a company or a number in a text, however it is written there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

from text.fold import digits, fold

_WORDS = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
_BRACKETED = re.compile(r"\([^()]*\)")
_HAN_ENDING = re.compile(r"(?:股份)?有限(?:责任)?公司|(?:集团|控股)?公司")
_LATIN_ENDINGS = {"limited", "ltd", "co", "company", "inc", "corp", "corporation", "llc", "plc", "holdings"}
_EXTENSION = re.compile(r"(?:转|轉|ext|x|#)", re.IGNORECASE)
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-.()+·\u2010-\u2015]+(?=\d)")
#: Latin this long is looked for without regard to spaces; shorter only as whole words.
_LONG = 8

#: Numbers that tell who somebody is. A letter may need one, so these only warn.
_PATTERNS = {
    "hkid": re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,2} ?\d{6} ?\(?[0-9Aa]\)?(?![A-Za-z0-9])"),
    "mainland_id": re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])"),
    "account": re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){11,18}(?![0-9A-Za-z])"),
    "phone_number": re.compile(
        r"(?<!\d)(?:(?:\+?852[ -]?)?[2-9]\d{3}[ -]?\d{4}|(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
        r"|0\d{2,3}[ -]?\d{4}[ -]?\d{3,4})(?!\d)"
    ),
    "address": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
}


def mentions(text: str, field: str, value: str) -> bool:
    """Whether the text contains the value of a contact field in any spelling that a reader would recognise."""
    if field == "phone":
        return _mentions_phone(text, value)
    folded, squeezed = fold(text), _squeeze(text)
    if field in ("email", "registration_no"):
        wanted = _squeeze(value)
        return len(wanted) >= 4 and wanted in squeezed
    forms = list(_company_forms(value)) if field in ("company", "on_behalf_of") else [fold(value)]
    if any(_contains(folded, squeezed, form, is_person=field == "name") for form in forms):
        return True
    # A client or member may be a person too.
    return field == "on_behalf_of" and _contains(folded, squeezed, fold(value), is_person=True)


def numbers_in(text: str) -> list[str]:
    """Codes of the patterns that occur: ``hkid mainland_id account phone_number address``."""
    plain = digits(text)
    found = [code for code, pattern in _PATTERNS.items() if pattern.search(plain)]
    # Eighteen digits are also as long as an account number: say the more exact thing only.
    return [code for code in found if code != "account" or "mainland_id" not in found]


def _squeeze(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


def _contains(folded: str, squeezed: str, form: str, *, is_person: bool) -> bool:
    words = _WORDS.findall(form)
    latin = [word for word in words if word.isascii()]
    han = "".join(word for word in words if not word.isascii())
    if len(han) >= 2 and han in squeezed:
        return True
    whole = "".join(words)
    if len(whole) >= _LONG and whole in squeezed:
        return True
    if not latin or len("".join(latin)) < 2 or (han and not is_person):
        return False
    # A name is also recognised with its parts in another order: Ho Siu-ming, Siu-ming Ho.
    orders = permutations(latin) if is_person and len(latin) <= 4 else [tuple(latin)]
    return any(
        re.search(r"(?<![a-z0-9])" + r"[\W_]*".join(map(re.escape, order)) + r"(?![a-z0-9])", folded)
        for order in orders
    )


def _company_forms(value: str) -> Iterator[str]:
    """The name as given, without bracketed words, and without its legal ending if enough remains."""
    given = fold(value)
    for form in dict.fromkeys([given, _BRACKETED.sub(" ", given)]):
        yield form
        words = _HAN_ENDING.sub(" ", form).replace(".", " ").split()
        while words and words[-1].strip(",()") in _LATIN_ENDINGS:
            words.pop()
        stem = " ".join(words)
        # A stem such as 中国 or "tex" would be found in every letter.
        if len(_squeeze(stem)) >= (6 if stem.isascii() else 3):
            yield stem


def _mentions_phone(text: str, value: str) -> bool:
    number = "".join(char for char in digits(_EXTENSION.split(value)[0]) if char.isdigit())
    if len(number) == 11 and number.startswith("852"):
        number = number[3:]
    elif len(number) == 13 and number.startswith("86"):
        number = number[2:]
    return len(number) >= 5 and number in _BETWEEN_DIGITS.sub("", digits(text))
