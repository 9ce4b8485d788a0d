"""Who is responsible for what: rows that a file brings and an administrator may change."""

from routing.models.authorities import (
    Authority,
    AuthorityType,
    CustomsDistrict,
    CustomsScope,
    Level,
    Referable,
)
from routing.models.categories import Category
from routing.models.clocks import (
    CalendarDay,
    CalendarYear,
    ClockRule,
    EscalationStep,
    ReferenceStamp,
    RuleSource,
    UrgencyTier,
)
from routing.models.named import name_key
from routing.models.places import (
    CalendarCode,
    Coverage,
    Division,
    LiaisonUnit,
    Office,
    PlaceAlias,
    province_of,
)

__all__ = [
    "Authority",
    "AuthorityType",
    "CalendarCode",
    "CalendarDay",
    "CalendarYear",
    "Category",
    "ClockRule",
    "Coverage",
    "CustomsDistrict",
    "CustomsScope",
    "Division",
    "EscalationStep",
    "Level",
    "LiaisonUnit",
    "Office",
    "PlaceAlias",
    "Referable",
    "ReferenceStamp",
    "RuleSource",
    "UrgencyTier",
    "name_key",
    "province_of",
]
