"""Which authorities a text names as the one it is about, by what people call them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from routing.kept import kept
from routing.models import AuthorityType
from routing.scan import Phrases, tokens, words_as_written

#: Right before a name these say that it is not the one: 不是海关, not customs but the tax bureau.
_DENIED_BEFORE = re.compile(
    r"(?:不是|不关|唔系|唔关|并非|除了|而非|\bnot (?:with )?(?:the )?|\bnothing to do with (?:the )?)$"
)
#: 是不是海关 asks whether it is.
_ASKED = re.compile(r"(?:是不是|系唔系)$")
#: Right behind a name these say that it has done its part, or that it says so itself.
_DENIED_BEHIND = re.compile(
    r"(?:方面|那边|嗰边)?(?:说|话|表示|回复)?(?:已经?|早已|都)?"
    r"(?:放行|批准|同意|通过|没有?问题|冇问题|不是他们|不归他们|不关他们|唔关佢哋|无关)"
    r"|(?:has |have |had )?(?:already )(?:approv|agre|clear|releas|accept)"
    r"|(?:say|said|told us|claim)(?: that)? (?:it|they|this) (?:is|are) not "
)
_HONG_KONG = re.compile(r"(?:香港|\bhong kong )$")
#: How many tokens before and behind a name are looked at.
_AROUND = 5, 10


@dataclass(frozen=True)
class Addressed:
    """Codes of types of authorities, in the order of the text: those it names, and those it says it does not mean."""

    named: list[str]
    denied: list[str]


@dataclass(frozen=True)
class _Name:
    code: str
    #: SAFE, CIQ: only where they are written in capitals.
    capitals: str


def addressed(text: str) -> Addressed:
    """Read a text in any of the scripts, mixed or in pinyin."""
    words, written = tokens(text, stem=True), words_as_written(text)
    if len(written) != len(words):
        written = words
    named: dict[str, None] = {}
    denied: dict[str, None] = {}
    for hit in _names().find(words):
        as_written = " ".join(written[hit.start : hit.end])
        codes = [name.code for name in hit.meanings if name.capitals in ("", as_written)]
        before = _joined(words[max(0, hit.start - _AROUND[0]) : hit.start])
        if _HONG_KONG.search(before):
            continue  # its own police or customs are nobody to write to here
        behind = _joined(words[hit.end : hit.end + _AROUND[1]])
        asked = _ASKED.search(before)
        denies = not asked and (_DENIED_BEFORE.search(before) or _DENIED_BEHIND.match(behind))
        said = denied if denies else named
        said |= dict.fromkeys(codes)
    return Addressed(list(named), [code for code in denied if code not in named])


def _joined(words: list[str]) -> str:
    """Latin words with a space behind each, Chinese characters without."""
    return "".join(f"{word} " if word.isascii() else word for word in words)


@kept
def _names() -> Phrases[_Name]:
    entries = [
        (name, _Name(row.code, name if name.isascii() and name.isupper() else ""))
        for row in AuthorityType.objects.all()
        for name in [*row.called, *row.names().values()]
    ]
    return Phrases(entries, lambda text: tokens(text, stem=True))
