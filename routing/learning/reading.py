"""A text as words and as units, the same whether it came with spaces between its words or without.

Texts to learn from are often cut into words already, with the commonest words left out; texts to judge never are.
So the words of the texts learned from cut the others, and characters that are none of them are left out alike.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

#: A word or unit, and where it begins in the folded text.
Placed = tuple[str, int]
Cut = Callable[[str], list[Placed]]

#: Texts whose runs of Chinese characters are shorter than this on average are cut into words.
CUT_RUN = 3.5
LONGEST_WORD = 8
#: How unlikely a character is that belongs to no known word, as the logarithm of its share.
UNKNOWN = -16.0
#: So many units at the beginning count once more: a text says first what it is about.
OPENING = 30

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RUNS = re.compile(rf"[a-z0-9\u00df-\u024f]+|[{_HAN}]+")
_GAPS = re.compile(rf"(?<=[{_HAN}])\s+|\s+(?=[{_HAN}])")
_PLACE = re.compile(r"[a-z]\d+")
_DIGITS = re.compile(r"\d+")


def come_cut(folded: Iterable[str]) -> bool:
    """Whether these texts have spaces between their Chinese words."""
    lengths = [len(run) for text in folded for run in _RUNS.findall(text) if not run.isascii()]
    return bool(lengths) and sum(lengths) / len(lengths) < CUT_RUN


def joined(folded: str) -> str:
    """The text as its writer would have typed it: no spaces beside Chinese characters."""
    return _GAPS.sub("", folded)


def as_it_stands(run: str) -> list[Placed]:
    """For texts that are cut already."""
    return [(run, 0)]


def read(folded: str, cut: Cut) -> list[Placed]:
    """The words in order. Numbers are alike, and so are masked places (A3); a single letter or digit is nothing."""
    words: list[Placed] = []
    for found in _RUNS.finditer(folded):
        run, at = found.group(), found.start()
        if run[0] >= "\u3400":
            words.extend((word, at + offset) for word, offset in cut(run))
        elif len(run) > 1:
            words.append(("a" if _PLACE.fullmatch(run) else _DIGITS.sub("0", run), at))
    return words


def units(words: list[Placed]) -> list[Placed]:
    """Every Chinese character by itself, everything else whole."""
    found: list[Placed] = []
    for word, at in words:
        if word[0] >= "\u3400":
            found.extend((char, at + offset) for offset, char in enumerate(word))
        else:
            found.append((word, at))
    return found


def grams(placed: list[Placed]) -> list[str]:
    """The units and their pairs."""
    plain = [unit for unit, _at in placed]
    return plain + [f"{one} {two}" for one, two in pairwise(plain)]


def views(words: list[Placed]) -> tuple[list[str], list[str], list[str]]:
    """What a text is judged by: units with their pairs, words, and the units of its beginning."""
    placed = units(words)
    return grams(placed), [word for word, _at in words], grams(placed[:OPENING])


def count_words(texts: Iterable[list[Placed]]) -> Counter[str]:
    """How often each Chinese word occurs, for a ``Cutter``."""
    return Counter(
        word for text in texts for word, _at in text if word[0] >= "\u3400" and len(word) <= LONGEST_WORD
    )


class Cutter:
    """Cuts a run of characters into the likeliest row of known words; without words, into characters."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = dict(counts)
        total = sum(self.counts.values())
        self._likely = {word: math.log(count / total) for word, count in self.counts.items()}
        self._begins = {word[:end] for word in self._likely for end in range(1, len(word) + 1)}

    def __call__(self, run: str) -> list[Placed]:
        if not self._likely:
            return [(char, at) for at, char in enumerate(run)]
        size = len(run)
        best = [0.0] + [-math.inf] * size
        begins = [-1] * (size + 1)
        for at in range(size):
            here = best[at]
            if here + UNKNOWN > best[at + 1]:
                best[at + 1], begins[at + 1] = here + UNKNOWN, -1
            for end in range(at + 1, size + 1):
                piece = run[at:end]
                if piece not in self._begins:
                    break
                likely = self._likely.get(piece)
                if likely is not None and here + likely > best[end]:
                    best[end], begins[end] = here + likely, at
        words: list[Placed] = []
        end = size
        while end:
            at = begins[end]
            if at >= 0:
                words.append((run[at:end], at))
            end = at if at >= 0 else end - 1
        return words[::-1]
