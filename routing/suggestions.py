"""Suggestions for a concern: office, place, categories, authorities, each with its reason. A person
decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from jobs.clock import this_day
from routing import candidates, deciding
from routing.addressed import addressed
from routing.blending import Scored, blended
from routing.candidates import AuthoritySuggestion
from routing.coverage import NotCovered, office_for
from routing.deciding import Concern
from routing.kept import kept
from routing.matching import match_categories
from routing.models import Category, Division, RoutingRule, province_of
from routing.places import Found, find_place, levels
from routing.proceedings import in_proceedings
from routing.reasons import Three, in_three
from routing.scan import without_particles
from routing.urgency import DISTRESS, DISTRESS_CATEGORY, NORMAL, judge, speaks_of_things
from text.fold import fold

#: The score of a category that only the signs of distress speak for.
FAR_FROM_SURE = 0.5
#: From this score on a category says better who is responsible than an authority that the text merely names.
FAIRLY_SURE = 0.75
#: How many categories are shown.
BEST = 3
#: Raw scores below this are noise.
FAINT = 1.2


_DISTRESS = _("Is somebody in distress? Give the 24-hour hotline of the Immigration Department, (852) 1868.")


@dataclass(frozen=True)
class CategorySuggestion:
    """``score`` lies between 0 and 1; 1 was chosen in the form."""

    id: str
    score: float
    why: Three

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "score": self.score, "why": self.why}


@dataclass(frozen=True)
class Question:
    """Something only a person can settle. ``options`` are codes of reference data, maybe none."""

    code: str
    text: Three
    options: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.text, "options": list(self.options)}


@dataclass(frozen=True)
class CoHandler:
    """Another office that the text concerns, by the place in its province that the text names."""

    office: str
    division: str
    why: Three

    def as_dict(self) -> dict[str, Any]:
        return {"office": self.office, "division": self.division, "why": self.why}


@dataclass
class Suggestion:
    """All that can be said before a person has looked. Codes are those of the reference data.

    ``office`` is None where it must be asked; ``referable`` is ``yes``, ``limited`` or ``no``; ``urgency`` is the code
    of an urgency tier. ``co_office`` is the one to co-handle: Beijing for a national body, else the first of
    ``co_handlers``, the offices of other provinces that the text names beside the lead's. ``rule`` says how a
    rule of an administrator acted (``deciding.acted``); it names people, so only a case stores it.
    """

    office: str | None = None
    office_why: Three | None = None
    liaison_unit: str | None = None
    co_office: str | None = None
    co_handlers: list[CoHandler] = field(default_factory=list)
    urgency: str = NORMAL
    urgency_why: Three | None = None
    province: str | None = None
    prefecture: str | None = None
    division: str | None = None
    categories: list[CategorySuggestion] = field(default_factory=list)
    authorities: list[AuthoritySuggestion] = field(default_factory=list)
    referable: str = "yes"
    ask: list[Question] = field(default_factory=list)
    rule: dict[str, Any] | None = None

    def as_dict(self, lang: str | None = None) -> dict[str, Any]:
        """The shape of ``manage.py suggest --jsonl`` without its ``id``; a case stores ``rule`` beside it."""
        return {
            "office": self.office,
            "office_why": self.office_why,
            "liaison_unit": self.liaison_unit,
            "co_office": self.co_office,
            "co_handlers": [row.as_dict() for row in self.co_handlers],
            "urgency": self.urgency,
            "urgency_why": self.urgency_why,
            "province": self.province,
            "prefecture": self.prefecture,
            "division": self.division,
            "categories": [row.as_dict() for row in self.categories],
            "authorities": [row.as_dict(lang) for row in self.authorities],
            "referable": self.referable,
            "ask": [row.as_dict() for row in self.ask],
        }


def suggest(
    text: str,
    *,
    language: str | None = None,
    division: Division | str | None = None,
    category: Category | str | None = None,
    on: date | None = None,
) -> Suggestion:
    """Suggest for a text in any of the languages, or several mixed.

    ``division`` and ``category`` are what the form says, rows or codes; they win, and a text that says
    otherwise adds a question. ``on`` is the Hong Kong date of receipt, today if not given. Raises
    ``LookupError`` for a division or category that does not exist. ``language`` is that of the business;
    as people mix languages, the words of all three are read whatever it is.
    """
    on = on or this_day()
    result, heard = Suggestion(), addressed(text)
    _place(result, text, division if division is None or isinstance(division, str) else division.code, on)
    code = category if category is None or isinstance(category, str) else category.code
    _categories(result, text, code, heard.denied)
    found = judge(text)
    if found.tier == DISTRESS and found.why and not result.categories:
        result.categories.append(CategorySuggestion(DISTRESS_CATEGORY, FAR_FROM_SURE, found.why))
        result.ask = [question for question in result.ask if question.code != "category"]
    best = category_rows()[result.categories[0].id] if result.categories else None
    result.authorities, asked = candidates.authorities_for(
        best,
        text,
        named=heard.named,
        sure=best is not None and result.categories[0].score >= FAIRLY_SURE,
        province=result.province,
        prefecture=result.prefecture,
        division=result.division,
        on=on,
    )
    result.ask.extend(Question(*question) for question in asked)
    result.referable = best.referable if best else "yes"
    if in_proceedings(text):
        result.referable = "no"
        result.ask.append(
            Question(
                "proceedings",
                in_three(_("Is the matter before a court or in arbitration? Such cases are not referred.")),
            )
        )
    result.urgency, result.urgency_why = found.tier, found.why
    person = (
        best is not None
        and best.code == DISTRESS_CATEGORY
        and (bool(category) or not speaks_of_things(fold(text)))
    )
    if person and result.urgency != DISTRESS:
        result.urgency, result.urgency_why = DISTRESS, result.categories[0].why
    if result.urgency == DISTRESS:
        result.ask.append(Question("distress", in_three(_DISTRESS)))
    decided_on = Concern(fold(text), best.code if best else None, result.division, result.urgency, language)
    if rule := deciding.first_fitting(deciding.rules_on(on), decided_on):
        _follow(result, rule, chosen=division is not None)
    # A national body is reached through Beijing, whatever the province.
    first = result.authorities[0] if result.authorities else None
    if (
        first
        and first.level == "national"
        and first.id
        and result.referable != "no"
        and result.office != "BJO"
    ):
        result.co_office = "BJO"
    elif result.office and result.co_handlers:
        result.co_office = result.co_handlers[0].office
    return result


@kept
def category_rows() -> dict[str, Category]:
    """All categories by code, main and sub."""
    return {row.code: row for row in Category.objects.select_related("default_authority")}


@kept
def _places() -> dict[str, Three]:
    return {row.code: row.names() for row in Division.objects.all()}


def _place(result: Suggestion, text: str, chosen: str | None, on: date) -> None:
    found = find_place(text)
    if chosen is not None:
        _chosen_place(result, found, chosen)
    else:
        result.province, result.prefecture = found.province, found.prefecture
        result.division = found.county or found.prefecture or found.province
        _ask_place(result, found)
    candidates_for_office = [result.division] if result.division else list(found.options)
    _office(result, candidates_for_office, on, chosen is not None)
    _co_handlers(result, found, on)


def _chosen_place(result: Suggestion, found: Found, chosen: str) -> None:
    if chosen not in levels():
        raise LookupError(f"There is no division {chosen!r}")
    level, parent = levels()[chosen]
    result.division, result.province = chosen, province_of(chosen)
    if level in ("prefecture", "direct"):
        result.prefecture = chosen
    elif level == "county" and not parent.endswith("0000"):
        result.prefecture = parent
    elif level == "province" and found.province == chosen:
        # The form says the province only; a city that the text names inside it is taken from there.
        result.prefecture = found.prefecture
        result.division = found.county or found.prefecture or chosen
    said = found.prefecture or found.province
    differs = found.province and found.province != result.province
    differs = differs or (found.prefecture and result.prefecture and found.prefecture != result.prefecture)
    if said and differs:
        result.ask.append(
            Question(
                "place_mismatch",
                in_three(
                    _("The form says %(chosen)s, the text speaks of %(said)s. Which is right?"),
                    chosen=_told_apart(chosen, said),
                    said=_told_apart(said, chosen),
                ),
                (chosen, said),
            )
        )


def _with_province(code: str, key: str) -> str:
    """Fuzhou (Fujian): places that are mixed up often share their name."""
    name, province = _places()[code][key], _places()[province_of(code)][key]
    if code.endswith("0000"):
        return name
    return f"{name} ({province})" if key == "en" else f"{name}（{province}）"


def _told_apart(code: str, other: str) -> Three:
    """The names of a place, with its province where the other is called the same: Fuzhou and Fuzhou."""
    here, there = _places()[code], _places()[other]
    return {key: _with_province(code, key) if name == there[key] else name for key, name in here.items()}


def _ask_place(result: Suggestion, found: Found) -> None:
    if found.options:
        named = {
            key: " / ".join(_with_province(code, key) for code in found.options)
            for key in ("en", "zh_hant", "zh_hans")
        }
        result.ask.append(
            Question(
                "place_ambiguous",
                in_three(_("Which place is meant: %(places)s?"), places=named),
                found.options,
            )
        )
    elif not found.province:
        result.ask.append(Question("place", in_three(_("In which province and city did this happen?"))))


def _office(result: Suggestion, codes: list[str], on: date, chosen: bool) -> None:
    try:
        covering = {row.office.code: row for row in (office_for(code, on) for code in codes)}
    except NotCovered:
        return
    if len(covering) != 1:
        return
    (found,) = covering.values()
    result.office = found.office.code
    if result.division and found.liaison_unit:
        result.liaison_unit = found.liaison_unit.code
    if not result.division:
        sentence = _("All places that may be meant are looked after by the %(office)s.")
        result.office_why = in_three(sentence, office=found.office.short_names())
        return
    sentence = (
        _("The form says %(place)s, which the %(office)s looks after.")
        if chosen
        else _("The text speaks of %(place)s, which the %(office)s looks after.")
    )
    place = _places()[result.division]
    result.office_why = in_three(sentence, place=place, office=found.office.short_names())


def _co_handlers(result: Suggestion, found: Found, on: date) -> None:
    """Where the text names places of several offices, all but the lead's; with no lead yet, all of them."""
    by_office: dict[str, str] = {}
    for code in found.several:
        try:
            by_office.setdefault(office_for(code, on).office.code, code)
        except NotCovered:
            continue
    if len(by_office) < 2:
        return
    sentence = _("The text also speaks of %(place)s, which the %(office)s looks after.")
    for office, code in by_office.items():
        if office != result.office:
            names = office_for(code, on).office.short_names()
            why = in_three(sentence, place=_places()[code], office=names)
            result.co_handlers.append(CoHandler(office, code, why))


def _follow(result: Suggestion, rule: RoutingRule, *, chosen: bool) -> None:
    """What the rule decides replaces what place and category suggest; its reason is given as it was written."""
    office_kept = deciding.keeps_office(rule, result.office, chosen=chosen)
    if rule.office_id and not office_kept:
        if rule.liaison_unit_id or result.office != rule.office_id:
            result.liaison_unit = rule.liaison_unit_id
        result.office, result.office_why = rule.office_id, rule.why()
    if entry := rule.authority:
        others = [row for row in result.authorities if row.id != entry.code]
        first = AuthoritySuggestion(entry.type_id, entry.level, entry.code, entry.names(), 1.0, rule.why())
        result.authorities = [first, *others]
    result.rule = deciding.acted(rule, office_kept)


def _categories(result: Suggestion, text: str, chosen: str | None, denied: list[str]) -> None:
    if chosen is not None and chosen not in category_rows():
        raise LookupError(f"There is no category {chosen!r}")
    words, shown = without_particles(text)
    matches = [match for match in match_categories(fold(text), words, denied) if match.score >= FAINT]
    # What only shares an authority with the text is worth showing when nothing better is known.
    matches = [match for match in matches if match.spans] or matches
    if chosen and category_rows()[chosen].parent_id is None:
        # A main category alone narrows the choice; the text decides within it.
        matches = [match for match in matches if match.code.startswith(chosen + "-")] or matches
    elif chosen:
        if matches and matches[0].code.split("-")[0] != chosen.split("-")[0] and matches[0].spans:
            result.ask.append(
                Question(
                    "category_mismatch",
                    in_three(
                        _("The form says “%(chosen)s”, the text reads like “%(said)s”. Which fits better?"),
                        chosen=category_rows()[chosen].names(),
                        said=category_rows()[matches[0].code].names(),
                    ),
                    (chosen, matches[0].code),
                )
            )
        result.categories.append(CategorySuggestion(chosen, 1.0, in_three(_("Chosen in the form."))))
        matches = [match for match in matches if match.code != chosen]
    by_keywords: list[Scored] = []
    for match in matches:
        quoted = [_joined(shown[start:end]) for start, end in sorted(match.spans)]
        why = (
            in_three(_("The text says: %(words)s"), words=", ".join(dict.fromkeys(quoted)))
            if quoted
            else in_three(_("The text speaks of matters that the same authority looks after."))
        )
        by_keywords.append((match.code, match.score / (match.score + 4), why))

    def allowed(code: str) -> bool:
        main = chosen if chosen and category_rows()[chosen].parent_id is None else None
        return code in category_rows() and code != chosen and (main is None or code.startswith(main + "-"))

    for code, score, why in blended(by_keywords, text, allowed, BEST - len(result.categories)):
        result.categories.append(CategorySuggestion(code, round(score, 3), why))
    if not result.categories:
        result.ask.append(Question("category", in_three(_("What is the concern about? Choose a category."))))


def _joined(words: list[str]) -> str:
    text = ""
    for word in words:
        text += f" {word}" if text and word.isascii() and text[-1].isascii() else word
    return text
