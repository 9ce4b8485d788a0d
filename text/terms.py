"""What a full-text index holds of a text, and what it is asked for: one notion for every database.

A term is a Latin word or number, or a pair of neighbouring Chinese characters, folded. It has letters and digits
only, so that no database can read a term as anything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from text.fold import fold

_RUNS = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
#: A longer word is known by its beginning: databases limit the length of a term.
LONGEST = 60
#: Latin words of so many letters are found by their beginning, as they are being typed.
BEGINNING = 3


@dataclass(frozen=True)
class Asked:
    """``whole`` terms must be there as they are, ``beginnings`` begin one; ``phrases`` stand in the folded text."""

    whole: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.whole or self.beginnings)


def terms_of(text: str) -> list[str]:
    """The terms of a text, each once, in order of appearance.

    The last character of a Chinese run is a term of its own: so every single character begins a term.
    """
    found: dict[str, None] = {}
    for run in _RUNS.findall(fold(text)):
        if run.isascii():
            found[run[:LONGEST]] = None
        else:
            found.update(dict.fromkeys(run[at : at + 2] for at in range(len(run))))
    return list(found)


def asked_of(query: str) -> Asked:
    """What must be in a text that answers a query: every word of it. False if the query has no word at all."""
    whole: dict[str, None] = {}
    beginnings: dict[str, None] = {}
    phrases: dict[str, None] = {}
    for run in _RUNS.findall(fold(query)):
        if run.isascii():
            (beginnings if len(run) >= BEGINNING else whole)[run[:LONGEST]] = None
        elif len(run) == 1:
            beginnings[run] = None
        else:
            whole.update(dict.fromkeys(run[at : at + 2] for at in range(len(run) - 1)))
        # Pairs that stand apart are not the word; the beginning of a word that was cut is not the word.
        if len(run) > (LONGEST if run.isascii() else 2):
            phrases[run] = None
    return Asked(tuple(whole), tuple(beginnings), tuple(phrases))
