"""Who is responsible for what: rows that a file brings and an administrator may change."""

from routing.models.authorities import (
    Authority,
    AuthorityContact,
    AuthorityType,
    CustomsDistrict,
    CustomsScope,
    DirectoryFile,
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
    Told,
    UrgencyTier,
)
from routing.models.guidance import Guidance
from routing.models.learned import TriageModel
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
from routing.models.retention import RetentionRule
from routing.models.routing_rules import RoutingRule
from routing.models.steps import ClockStep

__all__ = [
    "Authority",
    "AuthorityContact",
    "AuthorityType",
    "CalendarCode",
    "CalendarDay",
    "CalendarYear",
    "Category",
    "ClockRule",
    "ClockStep",
    "Coverage",
    "CustomsDistrict",
    "CustomsScope",
    "DirectoryFile",
    "Division",
    "EscalationStep",
    "Guidance",
    "Level",
    "LiaisonUnit",
    "Office",
    "PlaceAlias",
    "Referable",
    "ReferenceStamp",
    "RetentionRule",
    "RoutingRule",
    "RuleSource",
    "Told",
    "TriageModel",
    "UrgencyTier",
    "name_key",
    "province_of",
]
