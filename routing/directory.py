"""Directory entries made from the patterns of the authority types: who exists at which level of which
place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]
LANGUAGES = ("en", "zh_hant", "zh_hans")

#: Bodies named after the short form of a place (国家金融监督管理总局广东监管局); all others take the
#: official one.
SHORT_PLACE_NAME = {"FIN_REG"}
#: The pattern for zones names no single body, so each zone has its own entry, at the city it lies in.
ZONES = (
    ("440300", "QIANHAI", "Qianhai", "前海", "前海"),
    ("440300", "HETAO", "Hetao", "河套", "河套"),
    ("440100", "NANSHA", "Nansha", "南沙", "南沙"),
    ("440400", "HENGQIN", "Hengqin", "橫琴", "横琴"),
)


def entries(types: list[Row], places: list[Row], districts: list[Row]) -> Iterator[Row]:
    """One row per authority: every type × nation, province and prefecture, as its levels say."""
    for kind in types:
        if "national" in kind["levels"] and kind["national_body"]:
            yield _row(f"{kind['code']}-CN", kind, "national", kind["national_body"])
        if kind["code"] == "CUSTOMS":
            for district in districts:
                names = {key: district[f"name_{key}"] for key in LANGUAGES}
                row = _row(f"CUSTOMS-{district['code']}", kind, "provincial", names, district["province_id"])
                yield row | {"customs_district_id": district["code"]}
            continue
        for place in places:
            if place["level"] == "province" and "provincial" in kind["levels"]:
                yield _row(
                    f"{kind['code']}-{place['code']}",
                    kind,
                    "provincial",
                    _named(kind, _provincial_pattern(kind, place), place),
                    place["code"],
                )
            elif place["level"] in ("prefecture", "direct") and _names_a_city(kind):
                names = _named(kind, kind["municipal_pattern"], place)
                yield _row(f"{kind['code']}-{place['code']}", kind, "municipal", names, place["code"])
        if kind["code"] == "FREE_ZONE":
            for city, code, en, hant, hans in ZONES:
                names = {
                    "en": f"Authority of {en}",
                    "zh_hant": hant + "管理機構",
                    "zh_hans": hans + "管理机构",
                }
                yield _row(f"FREE_ZONE-{code}", kind, "municipal", names, city)


def _names_a_city(kind: Row) -> bool:
    return "municipal" in kind["levels"] and "{city}" in kind["municipal_pattern"]["zh_hans"]


def _provincial_pattern(kind: Row, place: Row) -> dict[str, str]:
    # A municipality has bureaux and commissions, not departments (厅); patterns
    # without 厅 fit it as they are.
    pattern: dict[str, str] = kind["provincial_pattern"]
    if place["is_municipality"] and kind["municipal_pattern"] and "厅" in pattern["zh_hans"]:
        pattern = kind["municipal_pattern"]
    return pattern


def _named(kind: Row, pattern: dict[str, str], place: Row) -> dict[str, str]:
    names = {}
    for key in LANGUAGES:
        column = "name" if key == "en" or kind["code"] in SHORT_PLACE_NAME else "official"
        name = place[f"{column}_{key}"]
        names[key] = pattern[key].replace("{prov}", name).replace("{city}", name)
    return names


def _row(code: str, kind: Row, level: str, names: dict[str, str], division: str | None = None) -> Row:
    return {
        "code": code,
        "type_id": kind["code"],
        "level": level,
        "division_id": division,
        "customs_district_id": None,
        **{f"name_{key}": names[key] for key in LANGUAGES},
        "source": kind["source"],
    }
