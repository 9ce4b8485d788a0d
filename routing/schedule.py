"""Holidays and make-up days of Hong Kong and the Mainland as rows, from the ``holidays`` package."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import holidays

Row = dict[str, Any]
YEARS = range(2023, 2028)
#: The State Council had not published a later schedule when this was written; from then on dates are
#: provisional.
LAST_PUBLISHED_MAINLAND_YEAR = 2026
#: Hong Kong's general holidays up to this year were gazetted when this was written.
LAST_PUBLISHED_HONG_KONG_YEAR = 2027
SOURCE = "holidays 0.109"
_MAKE_UP = {"en": "Make-up working day", "zh_hant": "調休工作日", "zh_hans": "调休工作日"}


def years() -> Iterator[Row]:
    last = {"CN": LAST_PUBLISHED_MAINLAND_YEAR, "HK": LAST_PUBLISHED_HONG_KONG_YEAR}
    for jurisdiction in ("HK", "CN"):
        for year in YEARS:
            yield {
                "jurisdiction": jurisdiction,
                "year": year,
                "confirmed": year <= last[jurisdiction],
                "source": SOURCE,
            }


def days() -> Iterator[Row]:
    yield from _hong_kong()
    yield from _mainland()


def _hong_kong() -> Iterator[Row]:
    # "optional" are the 17 general holidays of the Government; the default category has only the 14
    # statutory ones.
    tables = {
        key: holidays.country_holidays("HK", years=YEARS, categories=("optional",), language=language)
        for key, language in (("en", "en_HK"), ("zh_hant", "zh_HK"), ("zh_hans", "zh_CN"))
    }
    for day in sorted(tables["en"]):
        yield _row("HK", day, False, {key: table[day] for key, table in tables.items()})


def _mainland() -> Iterator[Row]:
    tables = {
        key: holidays.country_holidays("CN", years=YEARS, language=language)
        for key, language in (("en", "en_US"), ("zh_hant", "zh_TW"), ("zh_hans", "zh_CN"))
    }
    make_up = {day for day in tables["en"].weekend_workdays if day.year in YEARS}
    day = date(YEARS[0], 1, 1)
    while day.year <= YEARS[-1]:
        if day in make_up:
            yield _row("CN", day, True, _MAKE_UP)
        elif day in tables["en"]:
            yield _row("CN", day, False, {key: table[day] for key, table in tables.items()})
        day += timedelta(days=1)


def _row(jurisdiction: str, day: date, working: bool, names: dict[str, str]) -> Row:
    return {
        "jurisdiction": jurisdiction,
        "day": day,
        "working": working,
        **{f"name_{key}": name[:200] for key, name in names.items()},
        "source": SOURCE,
    }
