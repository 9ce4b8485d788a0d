"""The time limits that hold on a day. The numbers stand in rows, never in code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from routing.kept import kept
from routing.models import CalendarDay, CalendarYear, ClockRule, ClockStep, Office, UrgencyTier


@dataclass(frozen=True)
class Rule:
    """One stage's limits. ``unit`` is ``minutes``, ``calendar_day`` or ``working_day``; ``target``,
    ``limit`` and ``chase_at`` count in it from day 0; ``calendar`` is ``HK``, ``CN``, ``office`` (the
    office's own) or ``none``.
    """

    stage: str
    name_en: str
    name_zh_hant: str
    name_zh_hans: str
    owner: str
    unit: str
    target: int
    limit: int
    calendar: str
    chase_at: tuple[int, ...]
    basis: tuple[str, ...]
    source: str
    valid_from: date | None

    def names(self) -> dict[str, str]:
        return {"en": self.name_en, "zh_hant": self.name_zh_hant, "zh_hans": self.name_zh_hans}


@dataclass(frozen=True)
class Tier:
    """Shorter limits of an urgency tier; None where the ordinary limit holds."""

    code: str
    triage_working_hours: int | None
    referral_working_days: int | None
    authority_chase_working_days: int | None


def clock_rules(on: date) -> dict[str, Rule]:
    """The rules valid on that Hong Kong date, by stage id."""
    valid: dict[str, Rule] = {}
    for rule, until in _all_rules():
        if (rule.valid_from is None or rule.valid_from <= on) and (until is None or on <= until):
            valid[rule.stage] = rule
    return valid


@kept
def urgency_tiers() -> dict[str, Tier]:
    """Tiers by code: ``normal``, ``urgent``, ``distress``."""
    return {
        tier.code: Tier(
            tier.code,
            tier.triage_working_hours,
            tier.referral_working_days,
            tier.authority_chase_working_days,
        )
        for tier in UrgencyTier.objects.all()
    }


@kept
def digest_of_time() -> str:
    """Changes with anything that a date depends on: days and years of the calendars, rules, tiers, the calendar of
    an office."""
    rows = (
        CalendarDay.objects.order_by("pk").values_list("jurisdiction", "day", "working"),
        CalendarYear.objects.order_by("pk").values_list("jurisdiction", "year", "confirmed"),
        ClockRule.objects.order_by("pk").values_list(
            "stage", "unit", "target", "limit", "calendar", "chase_at", "valid_from", "valid_until"
        ),
        UrgencyTier.objects.order_by("pk").values_list(
            "code", "triage_working_hours", "referral_working_days", "authority_chase_working_days"
        ),
        ClockStep.objects.order_by("pk").values_list(
            "pk",
            "owner",
            "stage",
            "measure",
            "amount",
            "unit",
            "action",
            "level",
            "valid_from",
            "valid_until",
        ),
        Office.objects.order_by("pk").values_list("pk", "calendar"),
    )
    return sha256("\n".join(repr(row) for table in rows for row in table).encode()).hexdigest()


@kept
def _all_rules() -> list[tuple[Rule, date | None]]:
    # Oldest first, so that a later rule replaces an earlier one that was never given a last day.
    rows = sorted(ClockRule.objects.all(), key=lambda row: (row.stage, row.valid_from or date.min))
    return [
        (
            Rule(
                stage=row.stage,
                name_en=row.name_en,
                name_zh_hant=row.name_zh_hant,
                name_zh_hans=row.name_zh_hans,
                owner=row.owner,
                unit=row.unit,
                target=row.target,
                limit=row.limit,
                calendar=row.calendar,
                chase_at=tuple(row.chase_at),
                basis=tuple(row.basis),
                source=row.source,
                valid_from=row.valid_from,
            ),
            row.valid_until,
        )
        for row in rows
    ]
