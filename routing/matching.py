"""Which categories a text speaks of, by the keywords of the reference data."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field

from routing.kept import kept
from routing.models import AuthorityType, Category
from routing.scan import Phrases, tokens
from routing.urgency import DISTRESS_CATEGORY, speaks_of_distress

#: How much a phrase counts by where it stands in the reference data.
KEYWORD, OWN_NAME, HINT, SUBJECT, MAIN_NAME = 1.0, 0.6, 0.5, 0.35, 0.25
#: A keyword that begins with this only hints at its category: a word for many matters.
HINTS = "~"
#: Words of clearance decide between customs and tax: import VAT is collected by Customs.
CUSTOMS_WORDS = re.compile(
    r"通关|清关|报关|口岸|查验|进口|入口税|商品编码|海关|\b(?:customs|clearance|declaration|hs code|import)",
    re.I,
)
EXPORT_REFUND = re.compile(r"出口退税|export (?:tax )?(?:refund|rebate)", re.I)
#: Zones are also mere places: their names alone do not make a matter one of their special measures.
ZONE_NAMES = {"前海", "南沙", "横琴", "河套", "qianhai", "nansha", "hengqin", "hetao"}
#: Words that come with almost any matter say little about which one it is.
COMMON_WORDS = {"罚款", "补缴", "补偿", "处罚"}
#: How an authority behaves is the subject only where nothing says what the matter is about.
CONDUCT, BESIDE_A_SUBJECT = "ADM-2", 0.6
#: “It is not customs”: what customs look after is hardly the subject.
SAID_NOT_TO_BE = 0.3
_PIECES = re.compile(r"[,;、，；（）()]| and |及|和")


@dataclass
class Match:
    """A category with its raw score and the spans of tokens that speak for it."""

    code: str
    score: float = 0.0
    spans: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True)
class Sign:
    category: str
    weight: float


def match_categories(folded: str, words: list[str], denied: list[str]) -> list[Match]:
    """Subcategories that the text speaks of, best first.

    ``words`` are the stemmed tokens of the text, ``denied`` the types of authority it says it does not mean.
    """
    phrases, spread = _phrases()
    matches: dict[str, Match] = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for hit in phrases.find(words):
        phrase = tuple(words[hit.start : hit.end])
        strength = _length(phrase) * math.log(1 + 78 / spread[phrase])
        if "".join(phrase) in ZONE_NAMES:
            strength *= 0.35
        if "".join(phrase) in COMMON_WORDS:
            strength *= 0.5
        for sign in hit.meanings:
            match = matches.setdefault(sign.category, Match(sign.category))
            repeated = (sign.category, phrase) in seen
            seen.add((sign.category, phrase))
            match.score += strength * sign.weight * (0.2 if repeated else 1.0)
            if sign.weight >= HINT:
                match.spans.add((hit.start, hit.end))
    _decide_customs_or_tax(folded, matches)
    if CONDUCT in matches and any(m.spans and not m.code.startswith("ADM") for m in matches.values()):
        matches[CONDUCT].score *= BESIDE_A_SUBJECT
    for match in matches.values():
        if _authorities().get(match.code) in denied:
            match.score *= SAID_NOT_TO_BE
    # Goods, too, are held, missing or arrested.
    if DISTRESS_CATEGORY in matches and not speaks_of_distress(folded):
        matches[DISTRESS_CATEGORY].score *= 0.3
    return sorted(matches.values(), key=lambda match: (-match.score, match.code))


def _decide_customs_or_tax(folded: str, matches: dict[str, Match]) -> None:
    if EXPORT_REFUND.search(folded):
        if "CUS-1" in matches:  # the declaration is named as the refund's evidence
            matches["CUS-1"].score *= 0.5
    elif CUSTOMS_WORDS.search(folded) and "TAX-1" in matches:
        matches["TAX-1"].score *= 0.3


def _length(phrase: tuple[str, ...]) -> float:
    # A Latin word says about as much as two Chinese characters; a single character says little.
    size = sum(2 if word.isascii() else 1 for word in phrase)
    return 0.5 if size == 1 else size**0.7


@kept
def _authorities() -> dict[str, str | None]:
    """The usual authority of each category."""
    return dict(Category.objects.values_list("code", "default_authority"))


@kept
def _phrases() -> tuple[Phrases[Sign], dict[tuple[str, ...], int]]:
    best: dict[tuple[str, str], float] = {}

    def add(phrase: str, category: str, weight: float) -> None:
        if len(phrase) > 1 or weight == KEYWORD:
            best[phrase, category] = max(weight, best.get((phrase, category), 0.0))

    types = {kind.code: kind for kind in AuthorityType.objects.all()}
    mains = {row.code: row for row in Category.objects.filter(parent=None)}
    for row in Category.objects.exclude(parent=None):
        for listed in row.keywords.values():
            for word in listed:
                add(_plain(word), row.code, HINT if word.startswith(HINTS) else KEYWORD)
        for name in row.names().values():
            for piece in _PIECES.split(name):
                add(_plain(piece), row.code, OWN_NAME)
        for name in mains[row.parent_id or ""].names().values():
            for piece in _PIECES.split(name):
                add(_plain(piece), row.code, MAIN_NAME)
        kind = types.get(row.default_authority_id or "")
        if kind:
            for name in kind.names().values():
                add(_plain(name), row.code, SUBJECT)
            for subject in kind.subjects.values():
                for piece in _PIECES.split(subject):
                    add(_plain(piece), row.code, SUBJECT)
    spread: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for phrase, category in best:
        spread[_split(phrase)].add(category)
    entries = [(phrase, Sign(category, weight)) for (phrase, category), weight in best.items()]
    return Phrases(entries, lambda text: list(_split(text))), {key: len(v) for key, v in spread.items()}


def _plain(phrase: str) -> str:
    return " ".join(tokens(phrase, stem=True))


def _split(phrase: str) -> tuple[str, ...]:
    # Stemmed already, and stemming twice could cut twice.
    return tuple(phrase.split())
