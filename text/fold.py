"""Folding: what counts as the same when people search, match or compare. For comparison only, never for
display.

東莞, 东莞 and a full-width spelling fold to one form, as do 復議, 覆議 and 複議.
"""

import re
import threading
import unicodedata
from functools import lru_cache
from typing import Any

#: Variants that remain after the conversion to Simplified (reference/opencc_hk_fixups.yaml, matching).
_SAME = str.maketrans(
    {"覆": "复", "複": "复", "復": "复", "帐": "账", "祇": "只", "汚": "污", "裡": "里", "妳": "你"}
)
_WORDS = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
_COMPANY_ENDS = re.compile(r"(?:\b(?:company|co) )?\b(?:limited|ltd)$")
_lock = threading.Lock()
_converter: Any = None


def fold(text: str) -> str:
    """Width, case, script and known variants made equal; white space and punctuation stay.

    Never fails: half a character, which ``clean_text`` refuses, becomes a question mark here.
    """
    text = text.encode("utf-8", "replace").decode()
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return plain if plain.isascii() else _to_simplified(plain).translate(_SAME)


def bigrams(text: str) -> list[str]:
    """Search terms in order of appearance: Latin words and numbers whole, Chinese as overlapping pairs.

    A Chinese character that stands alone is its own term.
    """
    terms: list[str] = []
    for word in _WORDS.findall(fold(text)):
        if word.isascii() or len(word) == 1:
            terms.append(word)
        else:
            terms.extend(word[i : i + 2] for i in range(len(word) - 1))
    return terms


def company_fold(name: str) -> str:
    """One key for the ways in which a company's name is written; ``''`` if nothing is left.

    Bracket widths, spaces and punctuation do not count; "Co., Ltd", "Company Limited" and "Limited" are one
    ending, and so are 有限公司 and 有限责任公司.
    """
    words = " ".join(_WORDS.findall(fold(name))).replace("有限责任公司", "有限公司")
    return _COMPANY_ENDS.sub("ltd", words).replace(" ", "")


def digits(text: str) -> str:
    """The text with the digits of any script as 0-9 and full-width punctuation as ASCII; nothing is
    dropped.
    """
    plain = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.digit(char))
        if not char.isascii() and unicodedata.digit(char, None) is not None
        else char
        for char in plain
    )


def _to_simplified(text: str) -> str:
    global _converter
    if _converter is None:
        with _lock:
            if _converter is None:
                from opencc import OpenCC  # costs a tenth of a second and 7 MB: only once somebody folds

                _converter = OpenCC("hk2s")
    if len(text) <= 40:
        return _short(text)
    result: str = _converter.convert(text)
    return result


@lru_cache(maxsize=20_000)
def _short(text: str) -> str:
    result: str = _converter.convert(text)
    return result
