"""Keeping what search reads: in the transaction that writes the words, so that it is never behind and never ahead.

``rebuild`` reads everything; ``keep`` adds what one move has said, which costs one query. Erasure empties both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Func, Value

from cases.history import category_names, division_names
from cases.models import (
    Answer,
    Case,
    Contact,
    Event,
    Letter,
    LetterVersion,
    Message,
    NameKey,
    Note,
    OnBehalf,
    SearchText,
    Statement,
)
from cases.models.row import Told
from cases.models.terms import FTS, terms_text, with_terms
from routing.models import Category, Division
from text.fold import company_fold, fold
from text.sealed import finding_keys

#: Rows whose change is not one more text at the end.
_MADE_ANEW = (Answer, Contact, OnBehalf)
_COLUMNS = {"category", "division"}
_LETTER_MOVES = {"draft", "send"}
_END = re.compile(r"(?:ltd|inc|股份有限公司|有限公司)$")
_BRACKET = re.compile(r"[(（【\[]")


# --- words --------------------------------------------------------------------------------------
def row_of(words: Iterable[str]) -> dict[str, str]:
    """The columns of ``SearchText`` for these words."""
    text = "\n".join(word for word in words if word)
    return {"folded": fold(text), "terms": terms_text(text)}


def filed_words(case: Case, statement: Statement) -> list[str]:
    """What there is to find in a concern when it is filed."""
    said = [case.title, statement.text, statement.wanted, statement.authority_named, statement.sector]
    return [*said, *_names_of(case.category), *_names_of(case.division)]


def _names_of(row: Category | Division | None) -> list[str]:
    """A category or place, and what it belongs to, in every language and spelling."""
    names: list[str] = []
    known: Any = category_names() if isinstance(row, Category) else division_names()
    while row is not None:
        names += [row.name_en, row.name_zh_hant, row.name_zh_hans]
        if isinstance(row, Division):
            names += [row.official_en, row.official_zh_hant, row.official_zh_hans, *row.aliases]
        row = known.get(row.parent_id)
    return names


def keep(case: Case, told: Told, event: Event) -> None:
    """After a move: what it has said can be found. ``case`` still holds what the move wrote."""
    changed = bool(_COLUMNS & event.changes.keys()) or "title" in told.data.get("corrected", ())
    letter = event.referral_id is not None and event.move in _LETTER_MOVES
    if changed or letter or any(isinstance(row, _MADE_ANEW) for row in case.unsaved):
        rebuild(case)
    elif said := "\n".join(words for words in (told.text, told.note) if words):
        more = Func(F("folded"), Value("\n" + fold(said)), template="(%(expressions)s)", arg_joiner=" || ")
        SearchText.objects.filter(case=case).update(folded=more, terms=with_terms(said))


def rebuild(case: Case) -> None:
    """Both indexes of a case from all that is stored of it. The case must be locked by the caller."""
    statement = Statement.objects.filter(case=case).first()
    words = filed_words(case, statement) if statement else [case.title]
    for rows, columns in (
        (Message.objects.filter(case=case), ("text",)),
        (Note.objects.filter(case=case), ("text",)),
        (Answer.objects.filter(referral__case=case), ("text",)),
        (LetterVersion.objects.filter(referral__case=case), ("subject", "body")),
    ):
        for row in rows.order_by("pk").values_list(*columns):
            words += row
    sent = Letter.objects.filter(referral__case=case).select_related("office").defer("document")
    words += [letter.text_number for letter in sent]
    SearchText.objects.update_or_create(case=case, defaults=row_of(words))
    _write_keys(case)


# --- names --------------------------------------------------------------------------------------
def keys_of(*names: str, stored: bool) -> list[str]:
    """Keyed hashes of whole names in the spellings that count as one (``company_fold``).

    ``stored``: what to keep, hashed with the key in use, also by the words before a bracket; otherwise what to
    look for, with every key that is still believed.
    """
    spelt: dict[str, None] = {}
    for name in names:
        parts = [name, _BRACKET.split(name)[0]] if stored else [name]
        for plain in (company_fold(part) for part in parts):
            spelt.update(dict.fromkeys((plain, _END.sub("", plain))))
    found = [finding_keys(f"name {plain}") for plain in spelt if len(plain) > 1]
    return list(dict.fromkeys(key for keys in found for key in (keys[:1] if stored else keys)))


def name_keys(contact: Contact | None, on_behalf: OnBehalf | None) -> list[NameKey]:
    """Unsaved rows for all by which a business may be asked for."""
    names = [on_behalf.name] if on_behalf else []
    if contact:
        names += [contact.company, contact.name, contact.registration_no, contact.email, contact.phone_e164]
    return [NameKey(key=key) for key in keys_of(*(name for name in names if name), stored=True)]


def _write_keys(case: Case) -> None:
    contact = Contact.objects.filter(case=case).first()
    on_behalf = OnBehalf.objects.filter(case=case).first()
    wanted = {row.key: row for row in name_keys(contact, on_behalf)}
    there = NameKey.objects.filter(case=case)
    there.exclude(key__in=wanted).delete()
    for key in set(wanted) - set(there.values_list("key", flat=True)):
        NameKey.objects.create(case=case, key=key)


def forget(case: Case) -> None:
    """Nothing of the case can be found by its words or its names any more."""
    SearchText.objects.filter(case=case).update(folded="", terms="")
    NameKey.objects.filter(case=case).delete()
    if connection.vendor == "sqlite":
        # An FTS5 index only marks what is taken out; the words go when its parts are written anew as one.
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {FTS}({FTS}) VALUES ('optimize')")  # noqa: S608 # a name of ours


# --- everything anew ----------------------------------------------------------------------------
def rebuild_after(last: int, number: int) -> list[int]:
    """Make anew the indexes of the next cases by id after ``last``, each in its transaction; returns their ids."""
    ids = list(Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:number])
    for ident in ids:
        with transaction.atomic():
            # The lock that every move takes: what is said meanwhile waits and is added after it.
            locked = Case.objects.select_for_update(of=("self",)).select_related("category", "division")
            case = locked.filter(pk=ident).first()
            if case is not None:
                rebuild(case)
    return ids
