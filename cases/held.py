"""What is held about a business: the one projection behind the page "Your personal data" and the copy of it.

It holds what the business said, what it was told, what it chose and who looked; no internal note, no name of an
officer and no letter of an authority: the timeline is that of ``cases.public``.
Source: Personal Data (Privacy) Ordinance (Cap. 486), Data Protection Principle 6, right of access.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from accounts.models import Role
from cases.models import Case, Contact, OnBehalf, Reading, Statement
from cases.public import PublicEvent, PublicFile, events_after, filed_files
from cases.states import Sharing
from routing.models import Category, Division
from text.dates import HONG_KONG


@dataclass(frozen=True)
class Choice:
    """One choice of sharing, with the version and language of the text that was shown."""

    choice: str
    text_version: str
    language: str
    at: datetime
    #: Told on a call: another officer has not heard the same yet.
    waits: bool


@dataclass(frozen=True)
class Told:
    """One letter told one authority these fields about the business."""

    authority: str
    fields: list[str]
    at: datetime


@dataclass(frozen=True)
class Looked:
    """Somebody on the staff looked at ``what`` (identity or file). The role is said, never the name."""

    what: str
    role: str
    at: datetime


@dataclass(frozen=True)
class HeldData:
    """All of it; words are as they were written, names of places and subjects in the active language."""

    reference: str
    language: str
    sharing: str
    filer_kind: str
    contact: dict[str, Any]
    #: Addresses of people whom the business lets read the concern.
    readers: list[str]
    concern: dict[str, str]
    documents: list[PublicFile]
    timeline: list[PublicEvent]
    choices: list[Choice]
    told: list[Told]
    looked: list[Looked]

    def as_json(self) -> dict[str, Any]:
        """For a program: plain values, moments with their offset from UTC."""
        return {
            "reference": self.reference,
            "language": self.language,
            "sharing": self.sharing,
            "you_write_as": self.filer_kind,
            "identity_and_contact": self.contact,
            "people_who_may_read_it": self.readers,
            "concern": self.concern,
            "documents_sent_with_it": [_file(one) for one in self.documents],
            "timeline": [_entry(one) for one in self.timeline],
            "sharing_choices": [_row(one) for one in self.choices],
            "told_to_authorities": [_row(one) for one in self.told],
            "staff_who_looked": [_row(one) for one in self.looked],
        }


CONTACT = ("name", "company", "registration_no", "email", "phone")
CONCERN = (
    "text",
    "wanted",
    "started",
    "raised_before",
    "authority_named",
    "for_whom",
    "sector",
)


def held_about(case: Case, language: str) -> HeldData:
    """What is held now. ``language`` is the active one, for names of reference rows."""
    contact = Contact.objects.filter(case=case).first()
    statement = Statement.objects.filter(case=case).first()
    behalf = OnBehalf.objects.filter(case=case).first()
    concern = {name: getattr(statement, name, "") for name in CONCERN} | {
        "on_behalf_of": behalf.name if behalf else "",
        "authorisation": behalf.authorisation if behalf else "",
        "authorised_on": behalf.authorised_on.isoformat() if behalf and behalf.authorised_on else "",
    }
    return HeldData(
        reference=case.reference,
        language=case.language,
        sharing=case.sharing,
        filer_kind=case.filer_kind,
        contact={name: getattr(contact, name, "") for name in CONTACT}
        | {"e_mail_when_there_is_an_update": bool(contact and contact.notify)},
        readers=[row.email for row in case.readers.filter(ended_at=None).order_by("pk")],
        concern={
            "subject": Category.objects.get(pk=case.category_id).name_in(language),
            "place": Division.objects.get(pk=case.division_id).name_in(language),
            **concern,
        },
        documents=filed_files(case),
        timeline=events_after(case, 0),
        choices=[
            Choice(str(Sharing(row.choice).value), row.text_version, row.language, row.at, row.waits)
            for row in case.sharing_choices.order_by("pk")
        ],
        told=[
            Told(row.authority.name_in(language), sorted(row.fields), row.at)
            for row in case.disclosures.select_related("authority").order_by("pk")
        ],
        looked=[
            Looked(what, str(Role(role).value), at)
            for what, role, at in Reading.objects.filter(case=case)
            .order_by("pk")
            .values_list("what", "user__role", "at")
        ],
    )


def _row(one: Any) -> dict[str, Any]:
    return asdict(one) | {"at": _when(one.at)}


def _file(one: PublicFile) -> dict[str, Any]:
    return {"name": one.name, "bytes": one.size}


def _entry(one: PublicEvent) -> dict[str, Any]:
    return {
        "number": one.seq,
        "at": _when(one.at),
        "what": one.sentence,
        "text": one.text,
        "text_language": one.text_language,
        "by": "you" if one.by_business else one.office,
        "documents": [_file(file) for file in one.files],
    }


def _when(at: datetime) -> str:
    return at.astimezone(HONG_KONG).isoformat(timespec="seconds")
