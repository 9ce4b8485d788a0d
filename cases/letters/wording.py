"""The letter's first draft in the customary form of official correspondence on the Mainland."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from cases.letters.disclosure import identity_may_be_told
from cases.models import Case, Contact, Referral
from cases.states import FilerKind, ReferralKind
from routing.models import Division

#: What stands where a person still has to write; see ``open_places``.
_OPEN = ("【待填", "{{", "}}", "{%", "__")


def first_draft(case: Case, referral: Referral) -> tuple[str, str, list[str]]:
    """Subject, body and told contact fields, in Simplified Chinese, from reference data.

    What the business wrote is never copied: an officer decides which facts an authority needs. Its name is
    told only where ``moves.md`` section 5 allows it, and then the least that will do.
    """
    who, told = _who(case, referral)
    facts = {
        "who": who,
        "told": bool(told),
        "enquiry": referral.kind == ReferralKind.ENQUIRY,
        "place": official_place(case.division_id),
        "category": case.category.name_zh_hans,
    }
    subject = render_to_string("letters/subject.txt", facts).strip()
    return subject[:200], render_to_string("letters/body.txt", facts).strip(), told


def open_places(text: str) -> list[str]:
    """Marks in the text that say it is not finished: 【待填…】, template braces, underlined blanks."""
    return [mark for mark in _OPEN if mark in text]


def official_place(code: str) -> str:
    """The place in full, from the province down, such as 广东省东莞市."""
    names: list[str] = []
    division: Any = Division.objects.select_related("parent__parent").get(pk=code)
    while division is not None:
        names.insert(0, division.official_zh_hans)
        division = division.parent
    return "".join(dict.fromkeys(names))


def _who(case: Case, referral: Referral) -> tuple[str, list[str]]:
    kind = "香港企业" if case.filer_kind == FilerKind.ENTERPRISE else "在内地营商的香港市民"
    if identity_may_be_told(case, referral):
        contact = Contact.objects.filter(case=case).first()
        for field in ("company", "name"):
            if contact is not None and (value := getattr(contact, field)):
                return f"{kind}{value}", [field]
    return f"一家{kind}" if case.filer_kind == FilerKind.ENTERPRISE else f"一名{kind}", []
