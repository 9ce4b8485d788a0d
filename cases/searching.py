"""One box over all that a person may read: words, letters, places, and names for whoever may know them.

It begins at what is visible and never counts, ranks or shows anything else. At most ``LOOKED_AT`` of the newest
cases are looked at: more than that nobody reads, and a common word must not sort the whole table.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.models import Role, User
from cases.indexing import keys_of
from cases.models import Answer, Case, LetterVersion, Message, NameKey, Note, Statement
from cases.states import Sharing
from text.fold import fold
from text.terms import Asked, asked_of

LOOKED_AT = 200
#: Characters of an excerpt on either side of what was found.
AROUND = 60


def holding(query: str) -> Q:
    """The condition on a case that every word of the query stands in it; nothing fits a query without a word."""
    asked = asked_of(query)
    if not asked:
        return Q(pk__in=[])
    held = Q(search_text__terms__hold=asked)
    for phrase in asked.phrases:
        held &= Q(search_text__folded__contains=phrase)
    return held


@dataclass
class Hit:
    """``by_name``: the business was asked for by its name. ``excerpts`` are pairs of a source and cut pieces."""

    pk: int
    title: str
    by_name: bool
    excerpt: list[tuple[str, bool]]
    source: str = ""


@dataclass(frozen=True)
class Hits:
    """In order of rank; ``more``: older cases fit too and were not looked at."""

    hits: list[Hit]
    more: bool


def search(user: User, query: str) -> Hits:
    """What this person may find: named first, then by title, then by any word; the newest first among equals."""
    if not query.strip():
        return Hits([], more=False)
    found: dict[int, tuple[str, bool]] = {}
    dates: dict[int, object] = {}
    more = False
    words = holding(query)
    for visible in Case.objects.visible_parts(user):
        for rows, by_name in ((_named(visible, user, query), True), (visible.filter(words), False)):
            newest = rows.order_by("-received_at", "-id").values_list("pk", "title", "received_at")
            taken = list(newest[: LOOKED_AT + 1])
            more = more or len(taken) > LOOKED_AT
            for pk, title, at in taken[:LOOKED_AT]:
                found.setdefault(pk, (title, by_name))
                dates[pk] = at
    asked = asked_of(query)
    ranked = sorted(found, key=lambda pk: (dates[pk], pk), reverse=True)
    ranked.sort(key=lambda pk: (not found[pk][1], not _in_title(found[pk][0], asked)))
    hits = [Hit(pk, *found[pk], excerpt=[]) for pk in ranked[:LOOKED_AT]]
    return Hits(hits, more=more or len(ranked) > LOOKED_AT)


def _named(visible: QuerySet[Case], user: User, query: str) -> QuerySet[Case]:
    """Cases of businesses with this whole name, for those who may know it: never one whose business gave none."""
    keys = keys_of(query, stored=False)
    mine = visible.filter(pk__in=NameKey.objects.filter(key__in=keys).values("case_id"))
    mine = mine.exclude(sharing=Sharing.ANONYMOUS)
    return mine if user.role == Role.HEADQUARTERS else mine.filter(office=user.office_id)


def _in_title(title: str, asked: Asked) -> bool:
    folded = fold(title)
    return bool(asked) and all(term in folded for term in (*asked.whole, *asked.beginnings))


# --- where it was found ---------------------------------------------------------------------------
#: Sources in the order in which an excerpt is looked for, with what each is called by ``cases.views.search``.
_SOURCES = (
    ("statement", Statement, "case_id", ("text", "wanted", "authority_named", "sector")),
    ("message", Message, "case_id", ("text",)),
    ("answer", Answer, "referral__case_id", ("text",)),
    ("letter", LetterVersion, "referral__case_id", ("subject", "body")),
    ("note", Note, "case_id", ("text",)),
)


def add_excerpts(hits: list[Hit], query: str) -> None:
    """Say where each was found and show the words there. Five queries for any number of hits; all visible."""
    asked = asked_of(query)
    terms = (*asked.whole, *asked.beginnings)
    waiting = {hit.pk: hit for hit in hits}
    if not terms or not waiting:
        return
    best: dict[int, tuple[int, str, str]] = {}
    for source, model, key, columns in _SOURCES:
        rows = model._default_manager.filter(**{f"{key}__in": list(waiting)}).order_by("-pk")
        for pk, *texts in rows.values_list(key, *columns):
            for text in texts:
                folded = fold(text)
                held = sum(term in folded for term in terms)
                if held and held > best.get(pk, (0, "", ""))[0]:
                    best[pk] = held, source, text
    for pk, (_held, source, text) in best.items():
        waiting[pk].source, waiting[pk].excerpt = source, cut_around(text, asked)


def cut_around(text: str, asked: Asked) -> list[tuple[str, bool]]:
    """The text around the first word that was asked for, in pieces; true of the pieces that were asked for."""
    text = " ".join(text.split())
    marks = _marks(text, asked)
    first = marks[0][0] if marks else 0
    start, end = max(0, first - AROUND), min(len(text), first + 2 * AROUND)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for one, other in marks:
        if at <= one and other <= end:
            pieces += [(text[at:one], False), (text[one:other], True)]
            at = other
    pieces.append((text[at:end], False))
    if end < len(text):
        pieces.append(("…", False))
    return [piece for piece in pieces if piece[0]]


def _marks(text: str, asked: Asked) -> list[tuple[int, int]]:
    """Where terms stand in the text as it is written, joined where they touch."""
    folded, places = "", []
    for place, char in enumerate(text):
        one = fold(char)
        folded += one
        places += [place] * len(one)
    spots = []
    for term in (*asked.whole, *asked.beginnings):
        at = folded.find(term)
        while at >= 0:
            inside = at and term.isascii() and folded[at - 1].isascii() and folded[at - 1].isalnum()
            if not inside:
                spots.append((places[at], places[at + len(term) - 1] + 1))
            at = folded.find(term, at + 1)
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spots):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
