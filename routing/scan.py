"""Finding known phrases in a text: longest first, the same for full-width, capital, Traditional and
Simplified.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from text.fold import fold

T = TypeVar("T")
_TOKENS = re.compile(r"[A-Za-z0-9\u00c0-\u024f]+%?|[^\W_]")
_APOSTROPHES = str.maketrans("", "", "'’`")
#: Spellings that mean one word.
_SAME_WORD = {"labor": "labour", "license": "licence", "licensed": "licenced", "center": "centre"}
_JOINED = re.compile(r"\b(trade)[ -](marks?)\b|\b(e)[ -](commerce)\b|\b(tax)[ -](payers?)\b")


def tokens(text: str, *, stem: bool = False) -> list[str]:
    """Latin words and numbers whole, every Chinese character by itself, all folded."""
    found = _TOKENS.findall(_JOINED.sub(_join, fold(text).translate(_APOSTROPHES)))
    return [_stem(word) for word in found] if stem else found


def words_as_written(text: str) -> list[str]:
    """The tokens before folding, to show a reader the words that were recognised."""
    plain = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    return _TOKENS.findall(plain)


def without_particles(text: str) -> tuple[list[str], list[str]]:
    """Stemmed tokens and the same as written, both without what Cantonese puts inside a verb: 扣咗貨, 開唔到戶口."""
    words, written = tokens(text, stem=True), words_as_written(text)
    shown = written if len(written) == len(words) else words
    kept: list[int] = []
    at = 0
    while at < len(words):
        if words[at] == "咗":
            at += 1
        elif words[at : at + 2] == ["唔", "到"]:
            at += 2
        else:
            kept.append(at)
            at += 1
    return [words[i] for i in kept], [shown[i] for i in kept]


def _join(found: re.Match[str]) -> str:
    return "".join(part for part in found.groups() if part)


def _stem(word: str) -> str:
    if not word.isascii() or not word.isalpha():
        return word
    word = _SAME_WORD.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for end in ("ing", "ed"):
        if len(word) > len(end) + 3 and word.endswith(end):
            return word[: -len(end)]
    return word


@dataclass(frozen=True)
class Hit(Generic[T]):
    """A phrase at the tokens ``start`` to ``end`` (exclusive) of a text, and all it may mean."""

    start: int
    end: int
    meanings: tuple[T, ...]


class Phrases(Generic[T]):
    """Phrases with their meanings; the same phrase may have several."""

    def __init__(self, entries: Iterable[tuple[str, T]], split: Callable[[str], list[str]]) -> None:
        grouped: dict[tuple[str, ...], list[T]] = {}
        for phrase, meaning in entries:
            key = tuple(split(phrase))
            if key and meaning not in grouped.setdefault(key, []):
                grouped[key].append(meaning)
        self._by_first: dict[str, list[tuple[tuple[str, ...], tuple[T, ...]]]] = {}
        for key, meanings in grouped.items():
            self._by_first.setdefault(key[0], []).append((key, tuple(meanings)))
        for choices in self._by_first.values():
            choices.sort(key=lambda choice: -len(choice[0]))

    def find(self, text: list[str]) -> list[Hit[T]]:
        """Hits from left to right, without overlap, the longest at each place."""
        hits, at = [], 0
        while at < len(text):
            for key, meanings in self._by_first.get(text[at], ()):
                if tuple(text[at : at + len(key)]) == key:
                    hits.append(Hit(at, at + len(key), meanings))
                    at += len(key)
                    break
            else:
                at += 1
        return hits
