"""Who may see who the business is: what it chose, and what it changes (moves.md section 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import permissions as may
from cases.models.people import SHARING_TEXT, SharingChoice, company_key
from cases.models.row import CaseRow, Told, transition
from cases.permissions import Actor
from cases.refusals import InputRefused
from cases.states import ENDED, OPEN, Disclose, FilerKind, ReferralState, Sharing

#: From telling the least to telling the most.
_MORE = [Sharing.ANONYMOUS, Sharing.OFFICE_ONLY, Sharing.NAMED]


class Shielding(CaseRow):
    class Meta:
        abstract = True

    @transition("state", source=OPEN + ENDED, permission=may.business, custom={"kinds": ["sharing"]})
    def set_sharing(
        self, *, by: Actor, at: datetime, sharing: str, name: str = "", company: str = ""
    ) -> Told:
        """Share less at once, or share more.

        To share more on a call, two officers must have recorded the same wish; until the second has, it waits.
        Who gives its name for the first time gives ``name`` (and ``company``, if it is an enterprise). Who takes it
        back is hidden from staff too; the guard of letters goes on knowing what it must not let through, and what
        has left the office stays told.
        """
        before = self.sharing
        if sharing == before:
            raise InputRefused({"sharing": _("This is what holds already.")})
        if _MORE.index(Sharing(sharing)) > _MORE.index(Sharing(before)) and by.on_behalf:
            waits = self._waits_for_another_officer(sharing, by, at)
            if waits:
                return Told(data={"sharing": sharing, "waits": True})
        else:
            self.writes(self._choice(sharing, by, at))
        if sharing == Sharing.ANONYMOUS:
            self.company_key = ""
        elif before == Sharing.ANONYMOUS:
            self._learn_identity(name, company)
        self.sharing = sharing
        self._tell_no_more_than(sharing)
        return Told("sharing", data={"before": before, "sharing": sharing})

    def _choice(self, sharing: str, by: Actor, at: datetime) -> SharingChoice:
        return SharingChoice(
            case_id=self.pk,
            choice=sharing,
            text_version=SHARING_TEXT,
            language=self.language,
            at=at,
            by_user=by.user,
        )

    def _waits_for_another_officer(self, sharing: str, by: Actor, at: datetime) -> bool:
        """Record the wish; whether it is the first officer who does. Only the latest choice can be confirmed."""
        last: Any = self.sharing_choices.order_by("-pk").first()  # type: ignore[attr-defined]
        if (
            last is None
            or not last.waits
            or last.choice != sharing
            or last.by_user_id == (by.user and by.user.pk)
        ):
            choice = self._choice(sharing, by, at)
            choice.waits = True
            self.writes(choice)
            return True
        last.waits, last.confirmed_by = False, by.user
        self.writes(last)
        return False

    def _learn_identity(self, name: str, company: str) -> None:
        """What is missing of it: who was hidden and comes back need not say it again."""
        contact: Any = self.contact  # type: ignore[attr-defined]
        contact.name, contact.company = contact.name or name, contact.company or company
        if not contact.name:
            raise InputRefused({"name": _("Enter your full name")})
        if self.filer_kind == FilerKind.ENTERPRISE and not contact.company:
            raise InputRefused({"company": _("Enter the name of the company")})
        self.writes(contact)
        self.company_key = company_key(contact.registration_no, contact.company)

    def _tell_no_more_than(self, sharing: str) -> None:
        """Letters that have not left tell no identity that may not be told; an approved one is a draft again."""
        if sharing == Sharing.NAMED:
            return
        for referral in self.unsent_referrals():
            if referral.disclose == Disclose.IDENTITY:
                referral.disclose = Disclose.NOTHING
                if referral.state == ReferralState.APPROVED:
                    referral.fall_back()
                self.writes(referral)
