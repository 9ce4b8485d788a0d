"""Who hears of a step of a clock, and in which hours mail that a clock caused may go out."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import Role, User
from cases.clocks import local_day, office_works_on
from cases.models import Case
from cases.models.case import sees
from routing.coverage import NATIONAL, office_calendars
from routing.models import Told
from text.dates import HONG_KONG

#: Headquarters sits in Hong Kong, and so do most businesses.
HOME = "HK"


#: Who hears where nobody of those meant can: an office without a head, a holder who left, no address.
_INSTEAD = {
    Told.HOLDER: Told.SUPERVISOR,
    Told.HEAD: Told.SUPERVISOR,
    Told.SUPERVISOR: Told.HEADQUARTERS,
    Told.HIGHER: Told.HEADQUARTERS,
}


def people(case: Case, told: str, stage: str = "") -> list[User]:
    """The members of staff whom a code of ``Told`` means in this case; none for the business and for nobody.

    All of them may see the case and can be written to; where there is none, those who stand in for them hear. Of the
    stage ``transfer`` those of the office that was asked to take the case over hear, since it is their turn.
    """
    office = case.moving_to_id if stage == "transfer" else case.office_id
    meant: str | None = told
    while meant is not None:
        if found := [user for user in _meant(case, meant, office) if sees(user, case)]:
            return found
        meant = _INSTEAD.get(Told(meant))
    return []


def _meant(case: Case, told: str, office: str | None) -> QuerySet[User]:
    users = User.objects.filter(is_active=True).exclude(email="")
    match told:
        case Told.HOLDER if case.assignee_id is not None and office == case.office_id:
            return users.filter(pk=case.assignee_id)
        case Told.HOLDER | Told.SUPERVISOR:
            return users.filter(role=Role.SUPERVISOR, office=office)
        case Told.HEAD:
            return users.filter(heads_office=True, office=office)
        case Told.HIGHER:
            if _national(case) and case.office_id != NATIONAL:
                return users.filter(role=Role.SUPERVISOR, office=NATIONAL)
            return users.filter(role=Role.HEADQUARTERS)
        case Told.HEADQUARTERS:
            return users.filter(role=Role.HEADQUARTERS)
    return users.none()


def _national(case: Case) -> bool:
    """Whether a national body is responsible, to which the Beijing Office is the channel."""
    return case.level == "national" or any(r.authority.level == "national" for r in case.referrals_out())


def calendar_of(user: User) -> str:
    """The calendar this person works by."""
    return office_calendars().get(user.office_id or "", HOME)


def office_hours(at: datetime, calendar: str) -> datetime:
    """The moment itself if it lies in office hours of the calendar ``HK`` or ``CN``, else when they next begin.

    The hours are the setting ``STAFF_MAIL_HOURS``, in the time of Hong Kong and Beijing.
    """
    opens, closes = settings.STAFF_MAIL_OPENS, settings.STAFF_MAIL_CLOSES
    day = local_day(at)
    if office_works_on(calendar, day):
        if opens <= at.astimezone(HONG_KONG).time() < closes:
            return at
        if at < (opening := datetime.combine(day, opens, tzinfo=HONG_KONG)):
            return opening
    day += timedelta(days=1)
    while not office_works_on(calendar, day):
        day += timedelta(days=1)
    return datetime.combine(day, opens, tzinfo=HONG_KONG)
