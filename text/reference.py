"""Case references and tracking codes: how they are made, and how forgivingly they are read.

A reference is ``HKC-XXXX-XXXC``: seven random characters of Crockford's base 32 (no I, L, O, U) and one check
character by Luhn's method modulo 32, which finds every single wrong character and nearly every swapped pair.
"""

import re
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "HKC"
_CONFUSED = str.maketrans("OIL", "011")
_IGNORED = re.compile(r"[\s\-\u2010-\u2015\u2212_.]+")


def new_reference() -> str:
    """A random reference, never sequential. Whether it is free is for the caller's unique column to say."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(7))
    return _written(body + _check_character(body))


def parse_reference(text: str) -> str | None:
    """The canonical reference that somebody meant, or None.

    Lower case, missing or odd hyphens, spaces, full-width characters, O for 0 and I or L for 1 are forgiven;
    the prefix may be missing.
    """
    code = _IGNORED.sub("", unicodedata.normalize("NFKC", text)).upper()
    if len(code) == 8 + len(PREFIX) and code.startswith(PREFIX):
        code = code[len(PREFIX) :]
    code = code.translate(_CONFUSED)
    if len(code) != 8 or any(char not in ALPHABET for char in code):
        return None
    return _written(code) if _check_character(code[:7]) == code[7] else None


def new_tracking_code() -> str:
    """Sixteen random digits. Shown once and stored hashed only."""
    return "".join(secrets.choice("0123456789") for _ in range(16))


def parse_tracking_code(text: str) -> str | None:
    """The sixteen digits that somebody meant, or None: forgiving as ``parse_reference``."""
    return _digits(text, 16)


def parse_mail_code(text: str) -> str | None:
    """The six digits of a mailed code that somebody meant, or None: forgiving as ``parse_reference``."""
    return _digits(text, 6)


def _digits(text: str, many: int) -> str | None:
    code = _IGNORED.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_CONFUSED)
    return code if len(code) == many and re.fullmatch(r"[0-9]+", code) else None


def _written(code: str) -> str:
    return f"{PREFIX}-{code[:4]}-{code[4:]}"


def _check_character(body: str) -> str:
    total = 0
    for place, char in enumerate(reversed(body)):
        value = ALPHABET.index(char) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]
