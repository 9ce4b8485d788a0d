"""The JSON body of every move, read from the move's own form: the schema says what the form takes.

A form is filled in for one case and one person; here it is for a case in which everything is possible and a person
who may do everything, so that every choice is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import Role, User
from cases.forms import MoveForm, form_of
from cases.forms.move_form import TEXT_LIMIT, FilesField
from cases.forms.ownership import EXTENSIBLE
from cases.models import Case, Extension, Referral
from cases.models.machine import moves_of
from cases.permissions import Actor, authority_alone, business, system
from cases.states import Disclose
from text.field_shapes import shape_of

#: Moves that no member of staff makes through the API: they are the other side's.
_OTHERS = (business, authority_alone, system)

VERSION = {"type": "integer", "description": "The `version` of the case that you have seen: its last `seq`."}
NOTE = {"type": "string", "maxLength": TEXT_LIMIT, "description": "Internal words kept beside the move."}

#: What an example says in a field of this name; a field with choices says its first one.
EXAMPLES: dict[str, Any] = {
    "version": 7,
    "category": "CUS-1",
    "division": "441900",
    "user": "amina",
    "to_office": "SHETO",
    "to": "CUSTOMS-5200",
    "authorities": ["CUSTOMS-5200"],
    "issue": "ISS-2026-0007",
    "other": "HKC-7M2K-9QXV",
    "into": "HKC-7M2K-9QXV",
    "referral": "6f1c1f0e-8f0a-4c55-9a53-0f6f3ac1d7b2",
    "referrals": ["6f1c1f0e-8f0a-4c55-9a53-0f6f3ac1d7b2"],
    "subject": "关于货物通关事宜的函",
    "body": "请贵单位依法核实并函复。",
    "text": "The customs office has released the goods.",
    "reason": "The company has called and told us more.",
    "comments": "Please name the declaration.",
    "new_date": "2026-12-15",
    "received_on": "2026-11-20",
    "sent_on": "2026-11-20",
    "on": "2026-11-20",
}


@dataclass(frozen=True)
class MoveBody:
    """A move as a call: its words for a reader, the JSON schema of its body, and an example."""

    title: str
    about: str
    schema: dict[str, Any]
    example: dict[str, Any]


def bodies_for_staff(model: type[Case] | type[Referral]) -> dict[str, MoveBody]:
    """Every move of this machine that staff can make, by name, with ``version`` and ``note``."""
    subject: Case | Referral = _case() if model is Case else _referral()
    actor = Actor.staff(User(role=Role.HEADQUARTERS))
    return {
        name: _body(form_of(subject, name)({}, subject=subject, actor=actor), for_staff=True)
        for name, meta in moves_of(model).items()
        if next(iter(meta.transitions.values())).permission not in _OTHERS
    }


def bodies_for_business(moves: tuple[str, ...]) -> dict[str, MoveBody]:
    """These moves as a business makes them."""
    case = _case()
    return {
        name: _body(form_of(case, name)({}, subject=case, actor=Actor.business(case)), for_staff=False)
        for name in moves
    }


def _case() -> Case:
    case = Case(pk=0)
    case.__dict__.update(
        referrals_now=[],
        answers_now=[],
        open_question=None,
        extensions_pending=[Extension(clock=clock) for clock, _label in EXTENSIBLE],
    )
    return case


def _referral() -> Referral:
    return Referral(pk=0, case=_case(), disclose=Disclose.IDENTITY)


def _body(form: MoveForm, *, for_staff: bool) -> MoveBody:
    fields = {name: f for name, f in form.fields.items() if not isinstance(f, FilesField)}
    properties = {name: shape_of(f) for name, f in fields.items()}
    required = [name for name, f in fields.items() if f.required]
    shown = [name for name in fields if name in required or name == "text"]
    if for_staff:
        properties |= {"version": VERSION, "note": NOTE}
        required, shown = ["version", *required], ["version", *shown]
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    return MoveBody(
        title=str(form.title),
        about=str(form.about),
        schema=schema,
        example={name: _example(name, properties[name]) for name in shown},
    )


def _example(name: str, shape: dict[str, Any]) -> Any:
    if "enum" in shape:
        return next(value for value in shape["enum"] if value not in ("", None))
    return EXAMPLES[name]
