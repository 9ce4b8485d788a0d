"""Which authorities a concern could be referred to: type by category, level by rule, entry by place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from routing.kept import kept
from routing.models import (
    Authority,
    AuthorityType,
    Category,
    CustomsDistrict,
    CustomsScope,
    name_key,
)
from routing.reasons import Three, in_three
from text.fold import fold

#: Decisions on trade marks and patents are made by the national office alone.
NATIONAL_CATEGORIES = {"IPR-1", "IPR-3"}
#: Raids on counterfeits are the city's.
MUNICIPAL_CATEGORIES = {"IPR-2"}
#: Types that are a sign-post only, and those beside which the complaint centre would be no alternative.
NEVER_REFERRED = {"COURT", "DISCIPLINE", "NONE_PRIVATE"}
#: Those that pass a matter on to whoever is responsible.
WAYS = {"HKMAO", "FIE_COMPLAINT"}
#: Matters of persons, and what is no administrative act against an enterprise.
NO_ENTERPRISE_COMPLAINT = {"ADM-5", "GBA-2"}

#: Words by which a text names a national body; 国家税务总局 before a place is the name of a local office.
_NATIONAL = re.compile(
    r"海关总署|国家知识产权局|商务部|国务院|财政部|工信部|人社部|公安部|生态环境部|自然资源部|住建部|国家发改委"
    r"|国家发展(?:和)?改革委|国家市场监督?管理?总局|国家税务总局(?!\w{0,8}税务局)|国家网信办|国家互联网信息办公室|国家药监局"
    r"|数据出境安全评估|全国性政策|中央部委"
    r"|\b(?:gacc|cnipa|mofcom|ndrc|nmpa headquarters|samr headquarters|state council"
    r"|state taxation administration"
    r"|general administration of customs|ministry of [a-z]+|national policy"
    r"|central government|nationwide policy"
    r"|china national intellectual property administration|cyberspace administration of china)\b"
    r"|\bcac security assessment\b"
)
_LOCAL_INFRINGEMENT = re.compile(r"侵权|infring")


@dataclass(frozen=True)
class AuthoritySuggestion:
    """``id`` is the code of the directory entry; None where it must be asked or nothing may be referred.

    ``score`` lies between 0 and 1 and only orders the candidates.
    """

    type: str
    level: str | None
    id: str | None
    names: Three
    score: float
    why: Three

    def as_dict(self, lang: str | None = None) -> dict[str, Any]:
        """``name`` is in the language asked for, ``names`` and ``why`` in all three."""
        return {
            "type": self.type,
            "level": self.level,
            "id": self.id,
            "name": self.names[name_key(lang)],
            "names": self.names,
            "score": self.score,
            "why": self.why,
        }


def authorities_for(
    category: Category | None,
    text: str,
    *,
    named: list[str],
    sure: bool,
    province: str | None,
    prefecture: str | None,
    division: str | None,
    on: date,
) -> tuple[list[AuthoritySuggestion], list[tuple[str, Three, tuple[str, ...]]]]:
    """Candidates, best first, and what must be asked as (code, text, options).

    A type that the text names (a code in ``named``) is among them, and the first where the category is not ``sure``.
    Without a category the provincial Hong Kong and Macao Affairs Office is the one to ask; beside another
    authority it comes last, for when several bodies are involved or none answers.
    """
    folded = fold(text)
    found: list[AuthoritySuggestion] = []
    asked: list[tuple[str, Three, tuple[str, ...]]] = []
    if category is not None and category.default_authority_id:
        why = in_three(_("The usual authority for “%(category)s”."), category=category.names())
        wanted = [(category.default_authority_id, 0.9, why)]
        if category.default_authority_id in NEVER_REFERRED:
            return [_sign_post(category.default_authority_id)], asked
        also = in_three(_("May be involved in “%(category)s” as well."), category=category.names())
        wanted += [(code, 0.5, also) for code in category.secondary_authorities if code not in NEVER_REFERRED]
        if _is_enterprise_matter(category):
            wanted.append(("FIE_COMPLAINT", 0.4, in_three(_FIE)))
    else:
        wanted = []
    wanted = _with_named(wanted, named, sure=sure)
    wanted.append(("HKMAO", 0.3 if wanted else 0.6, in_three(_FALLBACK)))
    done: set[str] = set()
    for code, score, why in wanted:
        if code in done:
            continue
        done.add(code)
        first = code == wanted[0][0]
        level = _level(code, category if first else None, folded if first else "")
        if code == "CUSTOMS" and level != "national":
            customs, question = _customs(folded, province, prefecture, division, score, why, on)
            found += customs
            asked += [question] if question and first else []
        else:
            place = {"municipal": prefecture, "provincial": province}
            found.append(_entry(code, level, place, folded, score, why, on))
    return found, asked


_FIE = _("A Hong Kong-invested enterprise may always complain here about an act of an authority.")
_NAMED = _("The text names this kind of authority.")
_FALLBACK = _("Co-ordinates matters of Hong Kong where several authorities are involved or none answers.")


def _with_named(
    wanted: list[tuple[str, float, Three]], named: list[str], *, sure: bool
) -> list[tuple[str, float, Three]]:
    """What the text names comes behind the usual authority of the category, and before all others.

    Where the usual one is only the way to whoever is responsible, or follows from a category that is not sure, the
    one authority that the text names goes before it.
    """
    named = [code for code in named if code not in NEVER_REFERRED]
    if wanted and named and wanted[0][0] not in named:
        code, _score, why = wanted[0]
        if (code in WAYS and named[0] not in WAYS) or (not sure and len(named) == 1):
            wanted = [(named[0], 0.9, in_three(_NAMED)), (code, 0.6, why), *wanted[1:]]
    usual, others = wanted[:1], {code: (code, score, why) for code, score, why in wanted[1:]}
    for code in named:
        if code not in {row[0] for row in usual}:
            others.pop(code, None)
            others[code] = (code, 0.8, in_three(_NAMED))
    return [*usual, *sorted(others.values(), key=lambda row: -row[1])]


def _is_enterprise_matter(category: Category) -> bool:
    return not category.code.startswith("LIV-") and category.code not in NO_ENTERPRISE_COMPLAINT


def _sign_post(code: str) -> AuthoritySuggestion:
    kind = _types()[code]
    why = in_three(_("Matters of this kind are not referred; point to the right channel instead."))
    return AuthoritySuggestion(code, None, None, kind.names(), 0.9, why)


def _level(code: str, category: Category | None, folded: str) -> str:
    kind = _types()[code]
    if (
        category is not None
        and category.code in NATIONAL_CATEGORIES
        and not _LOCAL_INFRINGEMENT.search(folded)
    ):
        return "national"
    if "national" in kind.levels and _NATIONAL.search(folded):
        return "national"
    if category is not None and category.code in MUNICIPAL_CATEGORIES:
        return "municipal"
    return kind.default_level


def _entry(
    code: str, level: str, place: dict[str, str | None], folded: str, score: float, why: Three, on: date
) -> AuthoritySuggestion:
    """The directory entry at that level, else at the next higher one; without a place only the type."""
    for at in {"municipal": ("municipal", "provincial")}.get(level, (level,)):
        if at != "national" and place[at] is None:
            continue
        rows = [row for row in _directory(code, place.get(at)) if row.level == at and row.is_valid_on(on)]
        # Where a city has several, such as its zones, the one that the text names.
        rows.sort(key=lambda row: not any(_own_name(name) in folded for name in row.names().values()))
        if rows:
            return AuthoritySuggestion(code, at, rows[0].code, rows[0].names(), score, why)
    return AuthoritySuggestion(code, level, None, _types()[code].names(), score, why)


def _own_name(name: str) -> str:
    """前海 of 前海管理机构, qianhai of Authority of Qianhai."""
    return _folded_name(name).removeprefix("authority of ").removesuffix("管理机构")


def _customs(
    folded: str,
    province: str | None,
    prefecture: str | None,
    division: str | None,
    score: float,
    why: Three,
    on: date,
) -> tuple[list[AuthoritySuggestion], tuple[str, Three, tuple[str, ...]] | None]:
    """The customs district that the text names, else that of the place; if there are several, a question."""
    named = [row for row in _districts() if _is_named(row, folded)]
    if len(named) == 1:
        sentence = _("The text names %(customs)s.")
        return [_customs_entry(named[0], score, in_three(sentence, customs=named[0].names()), on)], None
    scopes = _scopes()
    for code in (division, prefecture):
        if code in scopes:
            return [_customs_entry(scopes[code], score, _by_district(scopes[code]), on)], None
    inside = named or [row for row in _districts() if row.province_id == province]
    if len(inside) == 1:
        return [_customs_entry(inside[0], score, _by_district(inside[0]), on)], None
    question = (
        "customs_district",
        in_three(_("Which customs handled the goods? Several customs districts are possible here.")),
        tuple(row.code for row in inside),
    )
    return [
        AuthoritySuggestion("CUSTOMS", "provincial", None, _types()["CUSTOMS"].names(), score, why)
    ], question


def _by_district(district: CustomsDistrict) -> Three:
    sentence = _("Customs follows its own districts; this place belongs to %(customs)s.")
    return in_three(sentence, customs=district.names())


def _customs_entry(district: CustomsDistrict, score: float, why: Three, on: date) -> AuthoritySuggestion:
    for row in _directory("CUSTOMS", district.province_id):
        if row.customs_district_id == district.code and row.is_valid_on(on):
            return AuthoritySuggestion("CUSTOMS", "provincial", row.code, row.names(), score, why)
    return AuthoritySuggestion("CUSTOMS", "provincial", None, district.names(), score, why)


def _is_named(district: CustomsDistrict, folded: str) -> bool:
    return _folded_name(district.name_zh_hans) in folded or _folded_name(district.name_en) in folded


@lru_cache(maxsize=4096)
def _folded_name(name: str) -> str:
    """A name of the reference data, folded once a process."""
    return fold(name)


@kept
def _types() -> dict[str, AuthorityType]:
    return {row.code: row for row in AuthorityType.objects.all()}


@kept
def _districts() -> list[CustomsDistrict]:
    return list(CustomsDistrict.objects.all())


@kept
def _scopes() -> dict[str | None, CustomsDistrict]:
    return {row.division_id: row.district for row in CustomsScope.objects.select_related("district")}


@kept
def _directory(type_code: str, division: str | None) -> list[Authority]:
    """Entries of a type at one place. Of a dozen thousand rows only those that were asked for are kept."""
    return list(Authority.objects.filter(type_id=type_code, division_id=division))
