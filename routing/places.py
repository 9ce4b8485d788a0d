"""Which place a text speaks of. A guess that a person checks: what is ambiguous stays open and is asked."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace

from routing.kept import kept
from routing.models import CustomsDistrict, Division, PlaceAlias, province_of
from routing.names import in_bank_or_street, in_company_name
from routing.scan import Hit, Phrases, tokens
from routing.spelling import apart, misspelt

#: County names that say nothing by themselves.
GENERIC_COUNTIES = {"城区", "郊区", "矿区", "市中区", "新城区", "城中区", "东区", "西区"}
#: County-level cities whose name without 市 is an ordinary word or another place.
ORDINARY_WORDS = {
    "合作",
    "东方",
    "安宁",
    "新民",
    "新乐",
    "大安",
    "高平",
    "永安",
    "天长",
    "福安",
    "兴平",
    "明光",
    "安国",
    "五常",
    "新星",
    "双河",
    "共青城",
    "同江",
    "建德",
    "常德",
    "开原",
    "高安",
    "乐平",
    "丰城",
    "平度",
    "海城",
    "公主岭",
    "铁力",
    "新郑",
    "吉首",
    "兴城",
    "光明",
    "阳春",
    "开远",
    "汇川",
    "平湖",
    "海门",
    "罗定",
}
#: One letter of the Latin spelling decides between two offices, so that alone never does.
SOUND_ALIKE = {"Shanxi": ["140000", "610000"], "Shaanxi": ["140000", "610000"]}
#: A district, a city and a district again.
SEVERAL = {"Chaoyang": ["110105", "211300", "220104"], "朝阳区": ["110105", "220104"]}

_HERE = {"在", "于", "喺", "驻", "设", "in", "at", "near"}
_ALSO = {"and", "or", "和", "及", "与", "或"}
_ELSEWHERE = {"往", "到", "去", "至", "从", "由", "自", "from", "to"}
_PAUSES = re.compile(r"[，,。；;、！!？?\n]")
_ESTABLISHMENT = {
    "厂",
    "工",
    "公",
    "税",
    "海",
    "局",
    "政",
    "法",
    "factory",
    "plant",
    "custom",
    "customs",
    "tax",
    "branch",
    "company",
}


@dataclass(frozen=True)
class Meaning:
    code: str
    weight: float
    short_capitals: str = ""  # "SZ" counts only in capitals


@dataclass(frozen=True)
class Found:
    """What the text says of a place: codes, or None where it is silent or ambiguous.

    ``options`` are the codes among which a person must choose; ``words`` is the span of tokens relied on.
    ``several`` are the places named outright, as where something is, when they lie in more than one province.
    """

    province: str | None = None
    prefecture: str | None = None
    county: str | None = None
    options: tuple[str, ...] = ()
    words: tuple[tuple[int, int], ...] = ()
    several: tuple[str, ...] = ()


def find_place(text: str) -> Found:
    """The division a text is about. Streets and banks named after a city do not count."""
    words, hits = _named(text)
    capitals = set(re.findall(r"\b[A-Z]{2,3}\b", unicodedata.normalize("NFKC", text)))
    hits = [hit for hit in hits if not _names_something_else(hit, words)]
    hits = [
        hit
        for hit in hits
        if not hit.meanings[0].short_capitals or hit.meanings[0].short_capitals in capitals
    ]
    certain: dict[str, float] = defaultdict(float)
    unsure: list[tuple[Hit[Meaning], set[str]]] = []
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for hit in hits:
        codes = _settle_alone(hit, words)
        if len(codes) == 1:
            (code,) = codes
            certain[code] += _weight(hit, words)
            spans[code].append((hit.start, hit.end))
        else:
            unsure.append((hit, codes))
    open_at = {at for hit, _ in unsure for at in range(hit.start, hit.end)}
    bare = _bare_counties().find(words) if unsure else []
    counties = {code for hit in bare if hit.start not in open_at for code in hit.meanings}
    for hit, codes in unsure:
        known = [*certain, *counties]
        supported = {code for code in codes if any(_related(code, other) for other in known)}
        if len(supported) == 1:
            (code,) = supported
            certain[code] += _weight(hit, words)
            spans[code].append((hit.start, hit.end))
    if not certain and not unsure:
        return Found(options=misspelt(text))
    if not certain:
        options = tuple(sorted({code for _, codes in unsure for code in codes}))
        return _among(options, tuple((hit.start, hit.end) for hit, _ in unsure))
    return replace(_strongest(certain, spans), several=_several(certain))


def _named(text: str) -> tuple[list[str], list[Hit[Meaning]]]:
    """The tokens of the text, and the places found in them; no name goes on behind a comma: 二十万，宁波."""
    words: list[str] = []
    hits: list[Hit[Meaning]] = []
    for part in _PAUSES.split(text):
        start, inside = len(words), tokens(part)
        words += inside
        hits += [
            replace(hit, start=hit.start + start, end=hit.end + start) for hit in _gazetteer().find(inside)
        ]
    return words, hits


def _settle_alone(hit: Hit[Meaning], words: list[str]) -> set[str]:
    codes = {meaning.code for meaning in hit.meanings}
    if "" in codes:  # a region that spans offices
        return set()
    if len({code[:4] for code in codes}) == 1:  # a county-level city and the city around it: the smaller
        return {max(codes)}
    provinces = {code for code in codes if code.endswith("0000")}
    if len(provinces) == 1 and len(codes) == 2:
        # 海南 and 吉林 name a province and something smaller; the longer form of the smaller would have
        # matched,
        # but for 海南州 and 海南藏族.
        smaller = codes - provinces
        return smaller if words[hit.end : hit.end + 1] in (["州"], ["藏"]) else provinces
    return codes


def _names_something_else(hit: Hit[Meaning], words: list[str]) -> bool:
    after = words[hit.end : hit.end + 8]
    return in_bank_or_street(after)


def _several(certain: dict[str, float]) -> tuple[str, ...]:
    """Strongest first. Where goods came from or went to, and a company's own name, are named in passing only."""
    outright = sorted((code for code, weight in certain.items() if weight >= 1), key=lambda c: -certain[c])
    return tuple(outright) if len({province_of(code) for code in outright}) > 1 else ()


def _weight(hit: Hit[Meaning], words: list[str]) -> float:
    weight = max(meaning.weight for meaning in hit.meanings)
    before, after = words[max(0, hit.start - 2) : hit.start], words[hit.end : hit.end + 1]
    if _HERE & set(before) or (before and before[-1] in _ALSO):
        weight += 1
    if before and before[-1] in _ELSEWHERE:
        weight = max(0.25, weight - 0.5)
    if after and after[0] in _ESTABLISHMENT:
        weight += 0.5
    if in_company_name(words[hit.end : hit.end + 10]):
        weight = 0.3
    return weight


def _related(one: str, other: str) -> bool:
    if province_of(one) != province_of(other):
        return False
    return one.endswith("0000") or other.endswith("0000") or one[:4] == other[:4]


def _among(options: tuple[str, ...], spans: tuple[tuple[int, int], ...]) -> Found:
    provinces = {province_of(code) for code in options}
    return Found(province=provinces.pop() if len(provinces) == 1 else None, options=options, words=spans)


def _strongest(certain: dict[str, float], spans: dict[str, list[tuple[int, int]]]) -> Found:
    by_province: dict[str, float] = defaultdict(float)
    for code, weight in certain.items():
        by_province[province_of(code)] += weight
    province, clear = _winner(by_province)
    if not clear:
        rivals = [code for code in certain if 2 * by_province[province_of(code)] > by_province[province]]
        return Found(
            options=tuple(sorted(rivals)), words=tuple(span for code in rivals for span in spans[code])
        )
    inside = {code: weight for code, weight in certain.items() if province_of(code) == province}
    words = tuple(span for code in inside for span in spans[code])
    by_prefecture: dict[str, float] = defaultdict(float)
    for code, weight in inside.items():
        if prefecture := _prefecture_of(code):
            by_prefecture[prefecture] += weight
    if not by_prefecture:
        county = next((code for code in inside if not code.endswith("0000")), None)
        return Found(province, county=county, words=words)
    prefecture, clear = _winner(by_prefecture)
    if not clear:
        return Found(province, options=tuple(sorted(by_prefecture)), words=words)
    counties = [code for code in inside if code != prefecture and _prefecture_of(code) == prefecture]
    return Found(province, prefecture, counties[0] if len(counties) == 1 else None, words=words)


def _winner(scores: dict[str, float]) -> tuple[str, bool]:
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    clear = len(ranked) == 1 or ranked[0][1] >= 1.5 * ranked[1][1]
    return ranked[0][0], clear


def _prefecture_of(code: str) -> str | None:
    """The prefecture of a prefecture or county; a province-administered unit stands for itself; else None."""
    if code.endswith("0000"):
        return None
    level, parent = levels()[code]
    if level in ("prefecture", "direct"):
        return code
    return None if parent.endswith("0000") else parent


@kept
def levels() -> dict[str, tuple[str, str]]:
    """Level and parent code of every division, by code."""
    rows = Division.objects.values_list("code", "level", "parent_id")
    return {code: (level, parent or "") for code, level, parent in rows}


@kept
def _gazetteer() -> Phrases[Meaning]:
    entries: list[tuple[str, Meaning]] = []
    by_name: dict[str, str] = {}
    for place in Division.objects.all():
        names = {place.official_zh_hans: 1.5, place.official_zh_hant: 1.5}
        if place.level == Division.Level.COUNTY:
            if place.name_zh_hans in GENERIC_COUNTIES or place.name_zh_hans in SEVERAL:
                continue
            bare = place.name_zh_hans.removesuffix("市")
            if bare != place.name_zh_hans and len(bare) > 1 and bare not in ORDINARY_WORDS:
                names[bare] = 1
            if " " in place.name_en:  # Nanshan District; Nanshan alone may be anything
                names[place.name_en] = 1
        else:
            latin = (
                {place.name_en, place.official_en, *place.aliases} - set(SOUND_ALIKE) - set(SEVERAL) - {""}
            )
            latin |= {split for name in latin if (split := apart(name, len(place.name_zh_hans)))}
            names.update(dict.fromkeys({place.name_zh_hans, place.name_zh_hant, *latin}, 1.0))
            bare = place.name_zh_hans.removesuffix("市").removesuffix("县")
            if place.level == Division.Level.DIRECT and bare not in ORDINARY_WORDS:
                names[bare] = 1
            by_name[place.name_zh_hans] = place.code
        for name, weight in names.items():
            entries.append((name, _meaning(name, place.code, weight)))
    for name, codes in {**SOUND_ALIKE, **SEVERAL}.items():
        entries.extend((name, Meaning(code, 1.0)) for code in codes)
    for alias in PlaceAlias.objects.all():
        text = re.sub(r"\s*\(.*\)", "", alias.text)
        for code in alias.divisions or [""]:
            entries.append((text, _meaning(text, code, 0.5 if alias.region else 1.0)))
    for district in CustomsDistrict.objects.all():
        # 深圳海关 speaks of Shenzhen, 拱北海关 only of its province; either less than a place named outright.
        code = by_name.get(district.name_zh_hans.removesuffix("海关"), district.province_id)
        for name in (district.name_zh_hans, district.name_en):
            entries.append((name, Meaning(code, 0.6)))
    return Phrases(entries, tokens)


@kept
def _bare_counties() -> Phrases[str]:
    """Mawei of Mawei District, which alone may be anything: it only tells which Fuzhou is meant."""
    counties = Division.objects.filter(level=Division.Level.COUNTY).values_list("name_en", "code")
    return Phrases([(name.rsplit(" ", 1)[0], code) for name, code in counties if " " in name], tokens)


def _meaning(name: str, code: str, weight: float) -> Meaning:
    short = len(name) <= 3 and name.isascii() and name.isupper()
    return Meaning(code, weight, name if short else "")
