"""Names of streets, banks and companies that hold the name of a place: they say little about where something is."""

from __future__ import annotations

import re

#: Folded tokens that follow the place.
_STREET = re.compile(
    r"(?:路|街|道|大道|大学|大街|证券|中路|东路|西路|南路|北路)|(?:road|street|rd|st|avenue|university|securities)\b"
)
#: A bank, but not what is said of an account or of the branches of all banks in a city.
_BANK = re.compile(
    r"(?:浦东)?(?:发展|汇丰|商业|农村商业|农商)?银行(?!账|户|帐|卡|开户|冻结|不|拒)"
    r"|bank(?!ing| accounts?| refuse| branch| loan| froze)\b|banking corporation"
)
_COMPANY = re.compile(r"[^的在被嘅喺于与和及向对]{0,10}?(?:有限公司|有限责任公司|股份公司|集团|控股)")
_COMPANY_EN = re.compile(
    r"(?:(?!in\b|at\b|the\b|our\b|is\b|was\b|has\b|and\b|of\b)[a-z0-9]+ ){0,4}(?:ltd|limited|holdings|inc)\b"
)


def in_bank_or_street(after: list[str]) -> bool:
    """``after`` are the folded tokens that follow the name of a place."""
    chinese, latin = "".join(after), " ".join(after)
    return bool(_STREET.match(chinese) or _BANK.match(chinese) or _STREET.match(latin) or _BANK.match(latin))


def in_company_name(after: list[str]) -> bool:
    """Whether the name of a place begins that of a company: 深圳市某某有限公司."""
    return bool(_COMPANY.match("".join(after)) or _COMPANY_EN.match(" ".join(after)))
