"""Latin names of places as people write them: in single syllables, or with one letter wrong."""

from __future__ import annotations

import re
from collections import defaultdict

from routing.kept import kept
from routing.models import Division
from text.fold import fold

#: Shorter names are too close to ordinary words.
SHORTEST = 6
_WORD = re.compile(r"[A-Za-z][a-z]{4,}|[A-Z]{5,}")
#: Mining, dating, joining; no English word ends as Nanjing or Chongqing do.
_ORDINARY = re.compile(r"(?<![jq])ing$|ed$")
_SYLLABLE = (
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|a|e|i|o|u)"
)


def apart(name: str, syllables: int) -> str:
    """Dong Guan of Dongguan, or empty where the name is not that many syllables of pinyin in one way."""
    word = name.casefold()
    if " " in name or not word.isalpha() or not word.isascii() or not 2 <= syllables <= 3:
        return ""
    ways = _ways(word, syllables)
    return " ".join(ways[0]) if len(ways) == 1 else ""


def _ways(word: str, syllables: int) -> list[list[str]]:
    if syllables == 0:
        return [] if word else [[]]
    found = []
    for size in range(1, min(6, len(word)) + 1):
        if re.fullmatch(_SYLLABLE, word[:size]):
            found += [[word[:size], *rest] for rest in _ways(word[size:], syllables - 1)]
    return found


def misspelt(text: str) -> tuple[str, ...]:
    """Codes of the provinces and cities whose Latin name some word of the text misses by one letter.

    Only ever the options of a question. Where a text has capitals, only words that begin with one are looked at.
    """
    names, near = _by_deletion()
    capitals = any(char.isupper() for char in text[1:])
    codes: set[str] = set()
    for found in _WORD.finditer(text):
        if capitals and not found[0][0].isupper():
            continue
        word = fold(found[0])
        if len(word) < SHORTEST - 1 or word in names or _ORDINARY.search(word):
            continue
        for form in _deletions(word):
            for name in near.get(form, ()):
                if _one_off(word, name):
                    codes |= names[name]
    return tuple(sorted(codes))


def _deletions(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _one_off(word: str, name: str) -> bool:
    """One letter more, less or other, or two neighbours changed about."""
    if word == name:
        return False
    if len(word) != len(name):
        longer, shorter = (word, name) if len(word) > len(name) else (name, word)
        return shorter in _deletions(longer)
    wrong = [i for i in range(len(word)) if word[i] != name[i]]
    if len(wrong) == 1:
        return True
    if len(wrong) != 2 or wrong[1] != wrong[0] + 1:
        return False
    return word[wrong[0]] + word[wrong[1]] == name[wrong[1]] + name[wrong[0]]


@kept
def _by_deletion() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    names: dict[str, set[str]] = defaultdict(set)
    for code, name in Division.objects.exclude(level=Division.Level.COUNTY).values_list("code", "name_en"):
        plain = fold(name)
        if len(plain) >= SHORTEST and plain.isalpha() and plain.isascii():
            names[plain].add(code)
    near: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for form in _deletions(name):
            near[form].add(name)
    return dict(names), dict(near)
