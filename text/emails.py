"""E-mail addresses: what can be written to, and what was probably meant."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

#: Where people who write to us have their mail.
_KNOWN = [
    "126.com",
    "139.com",
    "163.com",
    "189.cn",
    "21cn.com",
    "aliyun.com",
    "foxmail.com",
    "qq.com",
    "sina.cn",
    "sina.com",
    "sohu.com",
    "tom.com",
    "vip.163.com",
    "vip.qq.com",
    "vip.sina.com",
    "wo.cn",
    "yeah.net",
    "biznetvigator.com",
    "ctimail.com",
    "gmail.com",
    "hkbn.net",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "live.hk",
    "me.com",
    "msn.com",
    "netvigator.com",
    "outlook.com",
    "yahoo.com",
    "yahoo.com.cn",
    "yahoo.com.hk",
]
#: One slip away from a domain above, and real.
_REAL = {"mail.com", "ymail.com", "sina.com.cn", "live.cn", "ms.com"}
#: Endings that no address has.
_NO_ENDINGS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "vom": "com",
    "xom": "com",
    "comm": "com",
    "cpm": "com",
}
#: Longer than this the name of a domain says enough for a slip in it to be seen.
_TELLING = 3


class UnusableAddress(ValueError):
    """``code`` says why: ``format``, or ``script`` where letters other than a to z stand in it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_address(typed: str) -> str:
    """The address, full-width characters made plain. Raises ``UnusableAddress``."""
    address = unicodedata.normalize("NFKC", typed).strip()
    local, _at, domain = address.rpartition("@")
    if local and domain and not address.isascii():
        raise UnusableAddress("script")
    try:
        validate_email(address)
    except ValidationError:
        raise UnusableAddress("format") from None
    return address


def probably_meant(address: str) -> str:
    """The address with a domain one slip away that many people have, or an ending that exists; else empty."""
    local, _at, domain = address.rpartition("@")
    domain = domain.lower()
    if domain in _KNOWN or domain in _REAL:
        return ""
    for known in _KNOWN:
        name, known_name = domain.partition(".")[0], known.partition(".")[0]
        # One figure makes another provider out of 163.com, so a short name must be right already.
        if _one_slip(domain, known) and (name == known_name or len(known_name) > _TELLING):
            return f"{local}@{known}"
    body, _dot, ending = domain.rpartition(".")
    return f"{local}@{body}.{_NO_ENDINGS[ending]}" if ending in _NO_ENDINGS else ""


def masked(address: str) -> str:
    """Enough of the address for whom it belongs to: ``h…@example.com``."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter more, less or different, or two neighbours changed about, make one from the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    rest, other_rest = one[start:], other[start:]
    changed_about = rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:]
    return rest[1:] in (other_rest[1:], other_rest) or rest == other_rest[1:] or changed_about
