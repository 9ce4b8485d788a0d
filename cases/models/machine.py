"""What the two machines know about their own moves; read by pages, tests and the drawn diagram."""

from __future__ import annotations

from typing import Any

from cases.models.case import Case
from cases.models.referral import Referral
from cases.permissions import Actor


def moves_open_to(subject: Case | Referral, by: Actor) -> list[str]:
    """The moves this actor may make on this subject now, in the order of the table; for buttons, not for safety."""
    return [
        name
        for name, meta in moves_of(type(subject)).items()
        if (way := meta.get_transition(subject.state)) is not None
        and way.permission(subject, by)
        and all(condition(subject) for condition in way.conditions or ())
    ]


def moves_of(model: type[Case] | type[Referral]) -> dict[str, Any]:
    """Every move of a machine by name; steps that only the gate takes are left out."""
    field = model._meta.get_field("state")
    found = field.transitions[model]  # type: ignore[union-attr,attr-defined]
    return {name: m._django_fsm for name, m in found.items() if not is_internal(m._django_fsm)}


def is_internal(meta: Any) -> bool:
    return any((way.custom or {}).get("internal") for way in meta.transitions.values())
