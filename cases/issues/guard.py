"""What must not stand in news that other businesses read: who one of them is, a reference, a number of a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases.letters import traces
from cases.letters.disclosure import FIELDS
from cases.models import Contact, IssueCase, OnBehalf, SystemicIssue
from text.fold import fold
from text.reference import parse_reference

#: So many different businesses must be in it before words may say that there are several.
SEVERAL = 5

_FOUND = {
    "name": _("This names the contact person of a linked case."),
    "company": _("This names the company of a linked case."),
    "registration_no": _("This holds the registration number of a linked case."),
    "email": _("This holds the e-mail address of a linked case."),
    "phone": _("This holds the phone number of a linked case."),
    "on_behalf_of": _("This names the party for whom a linked case was filed."),
    "reference": _("This holds the reference of a case."),
    "hkid": _("This looks like a Hong Kong identity card number."),
    "mainland_id": _("This looks like a Mainland identity number."),
    "account": _("This looks like a card or account number."),
    "several": _("This says that there are others. Fewer than five different businesses are in this issue."),
}
_NUMBERS = ("hkid", "mainland_id", "account")
_REFERENCE = re.compile(r"hkc[-\s\u2010-\u2015]*(?:[0-9a-z][-\s\u2010-\u2015]*){8}")
#: Words that tell one business of others, in folded text: Latin in lower case, Chinese in Simplified.
_OTHERS = re.compile(
    r"\b(?:other|several|many|numerous|multiple|dozens? of|hundreds of|some|more|both|two|three|four|\d+) (?:\w+ )?"
    r"(?:business(?:es)?|compan(?:y|ies)|enterprises?|firms?|concerns?|cases?|complain\w*)\b"
    r"|(?:其他|其它|另外|另一|别的|多|数|几|不少|许多|若干|部分|[一两二三四五六七八九十百\d]+)(?:家|间|个|名|宗)?的?"
    r"(?:港资|香港)?(?:企业|公司|商户|商家|厂商|个案|案件|投诉人)"
)


@dataclass(frozen=True)
class Finding:
    """``field`` is that of the form; the sentence never repeats what was found, nor in which case."""

    field: str
    code: str
    text: Any


def businesses_in(issue: SystemicIssue) -> int:
    """Different businesses gathered in it now; all that gave no name count as one."""
    keys = IssueCase.objects.filter(issue=issue, left_at=None).values_list("case__company_key", flat=True)
    return len(set(keys))


def findings(issue: SystemicIssue, texts: dict[str, str]) -> list[Finding]:
    """Everything in these texts, by field of the form, that must not be published. Four queries at most."""
    found: list[Finding] = []
    identities = list(_identities(issue))
    few = businesses_in(issue) < SEVERAL
    for name, text in texts.items():
        codes = [field for field, value in identities if traces.mentions(text, field, value)]
        if any(parse_reference(hit) for hit in _REFERENCE.findall(fold(text))):
            codes.append("reference")
        codes += [code for code in traces.numbers_in(text) if code in _NUMBERS]
        if few and _OTHERS.search(fold(text)):
            codes.append("several")
        found += [Finding(name, code, _FOUND[code]) for code in dict.fromkeys(codes)]
    return found


def _identities(issue: SystemicIssue) -> Iterator[tuple[str, str]]:
    """Of all that were ever gathered there: who has left is not to be named either."""
    ever = IssueCase.objects.filter(issue=issue).values("case")
    for contact in Contact.objects.filter(case__in=ever):
        for field in FIELDS:
            if value := getattr(contact, field, ""):
                yield field, value
    for behalf in OnBehalf.objects.filter(case__in=ever):
        if behalf.name:
            yield "on_behalf_of", behalf.name


#: The fields of the three texts, with their languages.
TEXTS = {f"text_{code.replace('-', '_')}": code for code, _name in settings.LANGUAGES}
