"""Which authorities a text names as the one it is about, by what people call them."""

from __future__ import annotations

from dataclasses import dataclass

from routing.kept import kept
from routing.models import AuthorityType
from routing.scan import Phrases, tokens

#: Right before a name these say that it is not the one: 不是海关, not customs but the tax bureau.
_DENIALS = (
    ("not",),
    ("not", "the"),
    ("not", "with"),
    ("not", "with", "the"),
    ("不", "是"),
    ("不", "关"),
    ("唔", "系"), ("唔", "关"),
    ("并", "非"),
)  # fmt: skip


#: 是不是海关 asks whether it is.
_QUESTIONS = (("是", "不", "是"), ("系", "唔", "系"))
_HONG_KONG = (("hong", "kong"), ("香", "港"))


@dataclass(frozen=True)
class Addressed:
    """Codes of types of authorities, in the order of the text: those it names, and those it says it does not mean."""

    named: list[str]
    denied: list[str]


def addressed(words: list[str]) -> Addressed:
    """``words`` are the stemmed tokens of the text."""
    named: dict[str, None] = {}
    denied: dict[str, None] = {}
    for hit in _names().find(words):
        before = tuple(words[max(0, hit.start - 3) : hit.start])
        if before[-2:] in _HONG_KONG:
            continue  # its own police or customs are nobody to write to here
        asked = before[-3:] in _QUESTIONS
        denies = not asked and any(before[-len(denial) :] == denial for denial in _DENIALS)
        said = denied if denies else named
        said |= dict.fromkeys(hit.meanings)
    return Addressed(list(named), [code for code in denied if code not in named])


@kept
def _names() -> Phrases[str]:
    entries = [
        (name, row.code)
        for row in AuthorityType.objects.all()
        for name in [*row.called, *row.names().values()]
    ]
    return Phrases(entries, lambda text: tokens(text, stem=True))
