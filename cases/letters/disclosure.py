"""What a letter tells about the business, held against what the business chose (moves.md section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases.letters import traces
from cases.models import Attachment, Case, Contact, LetterVersion, OnBehalf, Referral
from cases.states import Disclose, Sharing

#: What identifies the business, or whom it writes for, and a letter may tell; only with the agreement of the business.
FIELDS = {
    "name": _("Name"),
    "company": _("Company"),
    "registration_no": _("Business registration number"),
    "email": _("E-mail address"),
    "phone": _("Phone number"),
    "on_behalf_of": _("Client or member"),
}

_FOUND = {
    "name": _("The letter contains the name of the business's contact person, which may not be told."),
    "company": _("The letter contains the name of the company, which may not be told."),
    "registration_no": _(
        "The letter contains the registration number of the business, which may not be told."
    ),
    "email": _("The letter contains the e-mail address of the business, which may not be told."),
    "phone": _("The letter contains the phone number of the business, which may not be told."),
    "on_behalf_of": _("The letter names the party for whom the concern was filed, which may not be told."),
}

_NOT_AGREED = _(
    "The letter is marked as telling who the business is, but the business has not agreed to that."
)
_ANNEXES_NOT_AGREED = _(
    "The letter has annexes that may show who the business is, which it has not agreed to."
)

HELD_BACK = _("A document that you chose has not been found free of viruses.")
_LOOK_AT_COPIES = _(
    "Look through the annexed copies: what can be seen in them may still show who the business is."
)

_LOOKS_LIKE = {
    "hkid": _("This looks like a Hong Kong identity card number. Check that it may be told."),
    "mainland_id": _("This looks like a Mainland identity number. Check that it may be told."),
    "account": _("This looks like a card or account number. Check that it may be told."),
    "phone_number": _("This looks like a phone number. Check that it may be told."),
    "address": _("This looks like an e-mail address. Check that it may be told."),
}


@dataclass(frozen=True)
class Finding:
    """One thing the guard saw. ``blocks`` stops approval and sending; otherwise it is a warning.

    ``field`` is one of ``FIELDS``, ``disclosed``, ``annexes`` or the code of a pattern; ``where`` is ``subject``,
    ``body`` or ``letter``. The text never repeats what was found.
    """

    field: str
    where: str
    blocks: bool
    text: Any


@dataclass(frozen=True)
class Row:
    """One line of the table beside a letter: a kind of fact, whether the authority is told, and why."""

    field: str
    label: Any
    told: bool
    why: Any


def identity_may_be_told(case: Case, referral: Referral) -> bool:
    """Both must say so: the business by its choice today, the officer by the referral."""
    return case.sharing == Sharing.NAMED and referral.disclose == Disclose.IDENTITY


def guard(case: Case, referral: Referral, version: LetterVersion) -> list[Finding]:
    """Everything in this version that must not, or perhaps should not, leave the office. Empty is good.

    Traditional and Simplified, width, case, spacing and brackets do not hide an identity.
    """
    allowed = identity_may_be_told(case, referral)
    findings = []
    if version.disclosed and not allowed:
        findings.append(Finding("disclosed", "letter", True, _NOT_AGREED))
    findings += _of_annexes(list(version.annexes.all()), allowed)
    told = set(version.disclosed) if allowed else set()
    hidden = [(field, value) for field, value in identity_of(case).items() if field not in told]
    for where, text in (("subject", version.subject), ("body", version.body)):
        findings += [
            Finding(field, where, True, _FOUND[field])
            for field, value in hidden
            if traces.mentions(text, field, value)
        ]
        findings += [Finding(code, where, False, _LOOKS_LIKE[code]) for code in traces.numbers_in(text)]
    return findings


def _of_annexes(annexes: list[Attachment], allowed: bool) -> Iterator[Finding]:
    """An original needs the agreement; a cleaned copy has lost its traces, but not what is visible in it."""
    if not allowed and any(annex.original_id is None for annex in annexes):
        yield Finding("annexes", "letter", True, _ANNEXES_NOT_AGREED)
    elif annexes and not allowed:
        yield Finding("annexes", "letter", False, _LOOK_AT_COPIES)
    if not all(annex.may_leave for annex in annexes):
        yield Finding("annexes", "letter", True, HELD_BACK)


def identity_of(case: Case) -> dict[str, str]:
    """What is known of who the business is and whom it writes for, by field."""
    contact = Contact.objects.filter(case=case).first()
    behalf = OnBehalf.objects.filter(case=case).first()
    known = {field: getattr(contact, field, "") for field in FIELDS}
    known["on_behalf_of"] = behalf.name if behalf else ""
    return {field: value for field, value in known.items() if value}


def disclosure_table(case: Case, referral: Referral, version: LetterVersion) -> list[Row]:
    """What the authority will and will not learn from this version, field by field, without the values."""
    rows = [
        Row(
            "matter",
            _("Subject and place of the matter"),
            True,
            _("An authority needs them to look into it."),
        ),
    ]
    allowed = identity_may_be_told(case, referral)
    for field, label in FIELDS.items():
        told = allowed and field in version.disclosed
        rows.append(Row(field, label, told, _why(case, allowed, told)))
    count = version.annexes.count()
    if count:
        why: Any = ngettext("%(count)s document is annexed.", "%(count)s documents are annexed.", count)
        rows.append(Row("annexes", _("Documents"), True, why % {"count": count}))
    else:
        rows.append(Row("annexes", _("Documents"), False, _("No document is annexed.")))
    return rows


def _why(case: Case, allowed: bool, told: bool) -> Any:
    if told:
        return _("The business agreed, and you chose to tell it in this letter.")
    if allowed:
        return _("The business agreed, but you did not choose it for this letter.")
    if case.sharing == Sharing.ANONYMOUS:
        return _("The business did not want to give its name.")
    if case.sharing == Sharing.OFFICE_ONLY:
        return _("The business wants its identity kept inside the office.")
    return _("This referral tells nothing about who the business is.")
