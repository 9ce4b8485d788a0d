"""What a business hands in, and the rows it becomes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import models

from cases import indexing
from cases.clocks import local_day
from cases.models import Case, Contact, OnBehalf, SearchText, SharingChoice, Statement
from cases.models.people import SHARING_TEXT, company_key
from cases.permissions import Actor, ActorKind
from cases.rules import office_of, suggest_for
from cases.states import Proceedings, Sharing
from routing.coverage import office_for
from text.dates import HONG_KONG
from text.reference import new_reference


@dataclass
class Filing:
    """The answers of the form or the API, cleaned.

    ``key`` is unique to one filing ("draft:…", "api:…"): the same key is the same concern. ``started`` is
    "YYYY-MM" or "YYYY-MM-DD" or empty. ``files`` are stored attachments. Contact fields are empty for an
    anonymous filer, except the e-mail for notices.
    """

    key: str
    category: Any
    division: Any
    text: str
    language: str
    sharing: str
    filer_kind: str
    wanted: str = ""
    started: str = ""
    authority_named: str = ""
    raised_before: str = ""
    proceedings: str = Proceedings.NONE
    sector: str = ""
    for_whom: str = ""
    #: The client or member, and an ``Authorisation`` with its day.
    on_behalf_of: str = ""
    authorisation: str = ""
    authorised_on: date | None = None
    name: str = ""
    company: str = ""
    registration_no: str = ""
    email: str = ""
    phone: str = ""
    #: What ``phone`` means, as +85223456789; ``phone`` itself is kept as it was typed.
    phone_e164: str = ""
    notify: bool = True
    #: Whoever files has typed in a code that was mailed to ``email``.
    email_confirmed: bool = False
    files: list[Any] = field(default_factory=list)
    #: A ``Flag``: what looks automatic is marked for an officer's look, never dropped.
    flagged: str = ""
    #: A quick question, which the office answers itself.
    enquiry: bool = False
    #: The day on which it reached us, where an officer records it later: the time limits count from there.
    received_on: date | None = None

    @property
    def content_hash(self) -> str:
        """The same for the same answers, whatever their order."""
        apart = ("key", "files", "flagged", "enquiry", "phone_e164", "email_confirmed")
        facts = {k: v for k, v in vars(self).items() if k not in apart}
        facts |= {"category": self.category.code, "division": self.division.code}
        # As they were hashed before they were asked for: a filing that comes again is still the same.
        newer = ("authorisation", "authorised_on", "received_on")
        facts = {k: v for k, v in facts.items() if v or k not in newer}
        facts["files"] = sorted(a.sha256 for a in self.files)
        return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()

    def received_at(self, at: datetime) -> datetime:
        """The moment of receipt of what is recorded at ``at``: of an earlier day, its noon in Hong Kong."""
        if self.received_on is None or self.received_on >= local_day(at):
            return at
        return datetime.combine(self.received_on, time(12), HONG_KONG)

    def facts(self, case: Case) -> dict[str, Any]:
        """What the event of the filing keeps, as codes and days."""
        return {
            "office": case.office_id,
            **({"enquiry": True} if self.enquiry else {}),
            **({"received_on": self.received_on.isoformat()} if self.received_on else {}),
        }

    def build(self, at: datetime, tracking_hash: str, by: Actor) -> tuple[Case, list[models.Model]]:
        """The unsaved case and the rows that belong to it; ``at`` is the moment at which it is recorded.

        It goes to the office that covers its place now, whenever it was received.
        """
        day, anonymous = local_day(at), self.sharing == Sharing.ANONYMOUS
        covering = office_for(self.division, day)
        proposal = suggest_for(
            self.text, language=self.language, division=self.division, category=self.category, on=day
        )
        office, unit = office_of(proposal, covering.office, covering.liaison_unit)
        case = Case(
            reference=new_reference(),
            office=office,
            liaison_unit=unit,
            co_office_id=proposal.co_office if proposal.co_office != office.code else None,
            title=_title(self.text),
            category=self.category,
            division=self.division,
            proceedings=self.proceedings,
            suggestion={
                **proposal.as_dict(),
                **({"rule": proposal.rule} if proposal.rule else {}),
            },
            filer_kind=self.filer_kind,
            enquiry=self.enquiry,
            flagged=self.flagged,
            language=self.language,
            sharing=self.sharing,
            company_key="" if anonymous else company_key(self.registration_no, self.company),
            filed_by=by.user if by.kind == ActorKind.BUSINESS else None,
            filing_key=self.key,
            filing_hash=self.content_hash,
            tracking_hash=tracking_hash,
            received_at=self.received_at(at),
            updated_at=at,
        )
        statement = Statement(
            text=self.text,
            wanted=self.wanted,
            raised_before=self.raised_before,
            started=self.started,
            authority_named=self.authority_named,
            for_whom=self.for_whom,
            sector=self.sector,
            declared_proceedings=self.proceedings,
        )
        contact = Contact(
            name="" if anonymous else self.name,
            company="" if anonymous else self.company,
            registration_no="" if anonymous else self.registration_no,
            phone="" if anonymous else self.phone,
            phone_e164="" if anonymous else self.phone_e164,
            email=self.email,
            notify=self.notify and bool(self.email),
            email_confirmed_at=at if self.email and self.email_confirmed else None,
        )
        choice = SharingChoice(
            choice=self.sharing, text_version=SHARING_TEXT, language=self.language, at=at, by_user=by.user
        )
        rows: list[OnBehalf] = []
        if self.on_behalf_of or self.authorisation:
            rows.append(
                OnBehalf(
                    name="" if anonymous else self.on_behalf_of,
                    authorisation=self.authorisation,
                    authorised_on=self.authorised_on,
                )
            )
        search = SearchText(**indexing.row_of(indexing.filed_words(case, statement)))
        names = indexing.name_keys(contact, rows[0] if rows else None)
        return case, [statement, contact, choice, search, *names, *rows]


def _title(text: str) -> str:
    """The first line of the concern, cut at 80 characters: a working title an officer may correct."""
    line = text.strip().splitlines()[0]
    return line if len(line) <= 80 else line[:79] + "…"
