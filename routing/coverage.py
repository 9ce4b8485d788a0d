"""Which office, and which of its liaison units, looks after a place on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from routing.kept import kept
from routing.models import Coverage, Division, LiaisonUnit, Office, province_of

#: The Beijing Office's own code: LC Paper CB(1)115/16-17(03) names it the channel to the Central Government.
NATIONAL = "BJO"


class NotCovered(LookupError):
    """No office covers this place on this day."""


@dataclass(frozen=True)
class Opening:
    """From when until when an office works on its working days: times in Hong Kong, the same as in Beijing."""

    opens: time
    closes: time


@dataclass(frozen=True)
class Covering:
    office: Office
    liaison_unit: LiaisonUnit | None


def office_for(division: Division | str, on: date) -> Covering:
    """The office of the place's province on that Hong Kong date, and the unit of that office that serves it.

    ``division`` is a row or a six-digit code of any level. The most local unit wins: Shenzhen's serves its
    city only, the others their province. Raises ``NotCovered``.
    """
    code = division if isinstance(division, str) else division.code
    for row in _coverage().get(province_of(code), []):
        if row.holds_on(on):
            return Covering(row.office, _unit(code, row.office, on))
    raise NotCovered(code)


@kept
def national_office() -> Office:
    """The office that is the channel to the central ministries, and co-handles what they decide."""
    return Office.objects.get(code=NATIONAL)


@kept
def office_calendars() -> dict[str, str]:
    """The calendar that each office counts by, ``HK`` or ``CN``, by the office's code."""
    return dict(Office.objects.values_list("code", "calendar"))


@kept
def office_openings() -> dict[str, Opening]:
    """From when until when each office works, by the office's code."""
    return {code: Opening(*times) for code, *times in Office.objects.values_list("code", "opens", "closes")}


def _unit(code: str, office: Office, on: date) -> LiaisonUnit | None:
    for place in (code, code[:4] + "00", province_of(code)):
        unit = _units().get((place, office.code))
        if unit and unit.holds_on(on):
            return unit
    return None


@kept
def _coverage() -> dict[str, list[Coverage]]:
    by_province: dict[str, list[Coverage]] = {}
    for row in Coverage.objects.select_related("office"):
        by_province.setdefault(row.division_id, []).append(row)
    return by_province


@kept
def _units() -> dict[tuple[str, str], LiaisonUnit]:
    return {(unit.serves_id, unit.office_id): unit for unit in LiaisonUnit.objects.all()}
