"""Days in Hong Kong time and the limits that count from one of them, without looking at a case."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from jobs.clock import this_moment
from routing.calendars import WorkCalendar, load_calendar
from routing.rules import Rule, clock_rules, rule_for, urgency_tiers
from text.dates import HONG_KONG

if TYPE_CHECKING:
    from cases.models import Referral

#: Whose calendar moves a limit in calendar days that falls on a holiday (``count_rule`` of the reference data).
_CALENDAR_OF_OWNER = {"complainant": "HK", "authority": "CN"}
#: The stage that holds an authority's limit, by the kind of letter.
RESPONSE_STAGE = {"enquiry": "authority_response_simple", "concern": "authority_response_standard"}


def local_day(at: datetime) -> date:
    """The Hong Kong date of a moment."""
    return at.astimezone(HONG_KONG).date()


def today() -> date:
    """The Hong Kong date now."""
    return local_day(this_moment())


def office_works_on(calendar_code: str, day: date) -> bool:
    """Whether an office with the calendar ``HK`` or ``CN`` works on that day."""
    return load_calendar(calendar_code).is_working(day)


def rule_of(stage: str, on: date) -> Rule:
    """The limit of a stage that holds on a day. Raises ``LookupError`` when reference data has none."""
    return clock_rules(on)[stage]


def rule_of_letter(referral: Referral, stage: str, on: date) -> Rule:
    """The limit of a stage of the authority, as it holds for the one written to.

    Raises ``LookupError`` when reference data has none.
    """
    rule = rule_for(stage, on, referral.authority)
    if rule is None:
        raise LookupError(stage)
    return rule


def calendar_code(rule: Rule, office_calendar: str) -> str:
    """The calendar a rule counts by; for calendar days, the one that says where a limit may not fall."""
    if rule.calendar == "none":
        return _CALENDAR_OF_OWNER.get(rule.owner, office_calendar)
    return office_calendar if rule.calendar == "office" else rule.calendar


def default_answer_by(at: datetime) -> date:
    """Until when a business has time for a question asked at this moment (stage ``supplement``)."""
    return _from(local_day(at), rule_of("supplement", local_day(at)))


def feedback_until(at: datetime) -> date:
    """Until when a business may object to a reply given, or an end made, at this moment (stage ``feedback``)."""
    return _from(local_day(at), rule_of("feedback", local_day(at)))


def feedback_open(ended_at: datetime | None) -> bool:
    """Whether the business may still ask to reopen a case that ended at this moment."""
    return ended_at is not None and today() <= feedback_until(ended_at)


def erasure_rule(on: date) -> Rule | None:
    """How long a decision on a request to erase may take; None where reference data has no such limit."""
    return clock_rules(on).get("erasure_decision")


def erasure_due(asked_at: datetime) -> date | None:
    """By when a request to erase made at this moment is decided.

    A limit of law that falls on a Saturday stays there: moved to Monday it would be kept too late.
    """
    day = local_day(asked_at)
    rule = erasure_rule(day)
    if rule is None:
        return None
    if rule.unit == "working_day":
        return _from(day, rule)
    return day + timedelta(days=rule.limit)


def _from(day: date, rule: Rule, days: int | None = None) -> date:
    """The limit of a rule of the business or the authority, where nothing pauses."""
    calendar: WorkCalendar = load_calendar(calendar_code(rule, "HK"))
    days = rule.limit if days is None else days
    if rule.unit == "working_day":
        return calendar.add_working_days(day, days)
    return calendar.next_working(day + timedelta(days=days))


# --- the authority ----------------------------------------------------------------------------
def _response_rule(referral: Referral, on: date) -> Rule:
    return rule_of_letter(referral, RESPONSE_STAGE[referral.kind], on)


def response_limit(referral: Referral) -> date | None:
    """The day by which the authority should have answered, counted from the first letter of its chain."""
    if referral.clock_from is None:
        return None
    return _from(referral.clock_from, _response_rule(referral, referral.clock_from))


def may_give_up(referral: Referral) -> bool:
    """Whether the authority's limit has passed and it was reminded as often as the rule asks."""
    limit = response_limit(referral)
    if limit is None or referral.clock_from is None or today() <= limit:
        return False
    return referral.reminders >= len(_response_rule(referral, referral.clock_from).chase_at)


def chase_days(referral: Referral) -> list[date]:
    """The days on which a reminder of a letter that is out falls due, sent or not, in order.

    For an urgent case the first comes earlier, the others follow as usual.
    """
    if referral.clock_from is None or not referral.is_out:
        return []
    rule = _response_rule(referral, referral.clock_from)
    days = set(rule.chase_at)
    tier = urgency_tiers().get(referral.case.priority)
    if tier and tier.authority_chase_working_days:
        days.add(tier.authority_chase_working_days)
    return [_from(referral.clock_from, rule, n) for n in sorted(days)]


def chases_due(referral: Referral) -> list[tuple[int, date]]:
    """The days, perhaps past, on which a reminder falls due that has not been sent, with its number.

    A reminder stands for every day up to the one on which it was sent: where the case became urgent afterwards, the
    earlier day that comes with it asks for none any more.
    """
    last = referral.chased_on or date.min
    numbered = enumerate(chase_days(referral), 1)
    return [(n, day) for n, day in numbered if n > referral.reminders and day > last]


def next_chase(referral: Referral) -> date | None:
    """The day on which the next reminder falls due, which may be past; None if all of the rule were sent."""
    return next((day for _number, day in chases_due(referral)), None)
