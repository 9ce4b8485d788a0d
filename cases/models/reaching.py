"""How the business is reached: what it gave, and what it changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import permissions as may
from cases.models.conditions import not_being_erased
from cases.models.event import Notice
from cases.models.people import Reader
from cases.models.row import CaseRow, Told, transition
from cases.permissions import Actor
from cases.refusals import InputRefused
from cases.states import ENDED, OPEN, Sharing
from text.phones import UnreadableNumber, read_phone

UNREADABLE_NUMBER = _("Enter a phone number, like 2345 6789 or +86 20 1234 5678")

#: The mail to an address that news no longer goes to.
ADDRESS_CHANGED = "address_changed"
#: The mail to somebody whom the business lets read.
INVITED = "invited"
MOST_READERS, MOST_INVITED_A_DAY = 10, 20
A_DAY = timedelta(days=1)


class Reaching(CaseRow):
    class Meta:
        abstract = True

    @transition(
        "state",
        source=OPEN + ENDED,
        permission=may.business,
        conditions=[not_being_erased],
        custom={"kinds": ["contact"]},
    )
    def set_contact(
        self,
        *,
        by: Actor,
        at: datetime,
        email: str = "",
        phone: str = "",
        phone_country: str = "",
        language: str = "",
        notify: str = "",
        forget: tuple[str, ...] = (),
    ) -> Told:
        """Change how we reach the business; what is left empty stays as it is.

        ``phone_country`` is a code of ``text.phones``, Hong Kong if not given; ``forget`` names what is to be held no
        longer: ``email``, ``phone``. A new address is not confirmed yet, and
        the one before, if it was, is told at once: whoever lost it to somebody else hears of it. The event says
        which facts changed and none of them.
        """
        contact: Any = self.contact  # type: ignore[attr-defined]
        before = (contact.email, contact.phone, contact.notify, self.language)
        old, was_confirmed = contact.email, contact.email_confirmed_at is not None
        if email or "email" in forget:
            contact.email = email
        if self.sharing != Sharing.ANONYMOUS and (phone or "phone" in forget):
            contact.phone, contact.phone_e164 = phone, _meant(phone, phone_country)
        contact.notify = {"on": True, "off": False}.get(notify, contact.notify)
        self.language = language or self.language
        after = (contact.email, contact.phone, contact.notify, self.language)
        changed = [
            name
            for name, was, now in zip(("email", "phone", "notify", "language"), before, after, strict=True)
            if was != now
        ]
        if not changed:
            raise InputRefused({"email": _("Nothing would change. Fill in what is new.")})
        if contact.email.lower() != old.lower():
            contact.email_confirmed_at = None
            if was_confirmed:
                self.writes(
                    Notice(
                        case_id=self.pk,
                        address=old,
                        template=ADDRESS_CHANGED,
                        language=before[3],
                        not_before=at,
                    )
                )
        self.writes(contact)
        return Told("contact", data={"changed": changed})

    @transition(
        "state",
        source=OPEN + ENDED,
        permission=may.business,
        conditions=[not_being_erased],
        custom={"kinds": ["reader_invited"]},
    )
    def invite_reader(self, *, by: Actor, at: datetime, email: str) -> Told:
        """Let somebody read the concern by this address, and tell that address; the event does not say which it is."""
        rows = Reader.objects.filter(case_id=self.pk)
        standing = [row for row in rows if row.ended_at is None]
        contact: Any = self.contact  # type: ignore[attr-defined]
        if email.lower() in {row.email.lower() for row in standing}:
            raise InputRefused({"email": _("This address can read the concern already.")})
        if email.lower() == contact.email.lower():
            raise InputRefused({"email": _("This is the address at which we reach you.")})
        if len(standing) >= MOST_READERS:
            raise InputRefused({"email": _("Ten people can read it already. End it for somebody first.")})
        if sum(row.invited_at > at - A_DAY for row in rows) >= MOST_INVITED_A_DAY:
            raise InputRefused({"email": _("That is enough for one day. Invite more people tomorrow.")})
        self.writes(Reader(case_id=self.pk, email=email, invited_at=at))
        self.writes(
            Notice(case_id=self.pk, address=email, template=INVITED, language=self.language, not_before=at)
        )
        return Told("reader_invited")

    @transition("state", source=OPEN + ENDED, permission=may.business, custom={"kinds": ["reader_removed"]})
    def remove_reader(self, *, by: Actor, at: datetime, reader: Any) -> Told:
        """End it for one of them; pages that are open close at once."""
        if reader.pk is None or reader.case_id != self.pk or reader.ended_at is not None:
            raise InputRefused({"reader": _("Select for whom it is to end")})
        reader.ended_at = at
        self.writes(reader)
        return Told("reader_removed")


def _meant(phone: str, country: str) -> str:
    try:
        return read_phone(phone, country or "HK").e164 if phone else ""
    except UnreadableNumber:
        raise InputRefused({"phone": UNREADABLE_NUMBER}) from None
