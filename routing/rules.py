"""The time limits that hold on a day. The numbers stand in rows, never in code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from routing.kept import kept
from routing.models import (
    Authority,
    CalendarDay,
    CalendarYear,
    ClockRule,
    ClockStep,
    Office,
    UrgencyTier,
    province_of,
)


@dataclass(frozen=True)
class Rule:
    """One stage's limits. ``unit`` is ``minutes``, ``calendar_day`` or ``working_day``; ``target``,
    ``limit`` and ``chase_at`` count in it from day 0; ``calendar`` is ``HK``, ``CN``, ``office`` (the
    office's own) or ``none``. ``province``, ``authority_type`` and ``authority`` are the codes of those for whom
    alone it holds, empty for everybody's; ``narrowed_to`` is what these are called, in three languages each.
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
    province: str = ""
    authority_type: str = ""
    authority: str = ""
    narrowed_to: tuple[dict[str, str], ...] = ()

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
    """The rules valid on that Hong Kong date, by stage id, as they hold where nothing is known of a place."""
    return {rule.stage: rule for rule in _valid(on) if not rule.narrowed_to}


def rule_for(stage: str, on: date, authority: Authority) -> Rule | None:
    """The limit of a stage that holds for letters to that authority on that Hong Kong date.

    A rule for the authority itself goes before one for its type, and that before one for its province; of two for
    the same the later one holds. A province alone binds no authority under vertical management, such as the customs
    there. None where no rule holds.
    """
    fits = [rule for rule in _valid(on) if rule.stage == stage and _binds(rule, authority)]
    # The list is in the order of first days, and of equals ``max`` keeps the first: so look from the end.
    return max(reversed(fits), key=lambda r: (r.authority, r.authority_type, r.province), default=None)


def _binds(rule: Rule, authority: Authority) -> bool:
    if rule.authority not in ("", authority.pk) or rule.authority_type not in ("", authority.type_id):
        return False
    if not rule.province:
        return True
    if authority.division_id is None or province_of(authority.division_id) != rule.province:
        return False
    return bool(rule.authority or rule.authority_type) or not authority.type.vertical_management


def _valid(on: date) -> list[Rule]:
    return [
        rule
        for rule, until in _all_rules()
        if (rule.valid_from is None or rule.valid_from <= on) and (until is None or on <= until)
    ]


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
    """Changes with anything that a date depends on: days and years of the calendars, rules, tiers, calendar and
    hours of an office."""
    rows = (
        CalendarDay.objects.order_by("pk").values_list("jurisdiction", "day", "working"),
        CalendarYear.objects.order_by("pk").values_list("jurisdiction", "year", "confirmed"),
        ClockRule.objects.order_by("pk").values_list(
            "stage",
            "unit",
            "target",
            "limit",
            "calendar",
            "chase_at",
            "province",
            "authority_type",
            "authority",
            "valid_from",
            "valid_until",
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
        Office.objects.order_by("pk").values_list("pk", "calendar", "opens", "closes"),
    )
    return sha256("\n".join(repr(row) for table in rows for row in table).encode()).hexdigest()


@kept
def _all_rules() -> list[tuple[Rule, date | None]]:
    # Oldest first, so that a later rule replaces an earlier one that was never given a last day.
    narrowed = ClockRule.objects.select_related("province", "authority_type", "authority")
    rows = sorted(narrowed, key=lambda row: (row.stage, row.valid_from or date.min))
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
                province=row.province_id or "",
                authority_type=row.authority_type_id or "",
                authority=row.authority_id or "",
                narrowed_to=tuple(
                    whom.names() for whom in (row.authority, row.authority_type, row.province) if whom
                ),
            ),
            row.valid_until,
        )
        for row in rows
    ]
