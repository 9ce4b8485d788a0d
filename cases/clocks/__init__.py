"""When something is due, and why: pure over calendars, rules, a case and its events (``moves.md`` section 7)."""

from cases.clocks.alarms import Alarm, alarms_of, next_alarm
from cases.clocks.counting import Clock, Step
from cases.clocks.daily import Stretch, every_day
from cases.clocks.days import (
    default_answer_by,
    erasure_due,
    erasure_rule,
    feedback_open,
    feedback_until,
    local_day,
    may_give_up,
    next_chase,
    office_works_on,
    today,
)
from cases.clocks.outlook import Due, due, next_step, promises
from cases.clocks.parties import days_by_party
from cases.clocks.pauses import Pause
from cases.clocks.stages import clocks_of

__all__ = [
    "Alarm",
    "Clock",
    "Due",
    "Pause",
    "Step",
    "Stretch",
    "alarms_of",
    "clocks_of",
    "days_by_party",
    "default_answer_by",
    "due",
    "erasure_due",
    "erasure_rule",
    "every_day",
    "feedback_open",
    "feedback_until",
    "local_day",
    "may_give_up",
    "next_alarm",
    "next_chase",
    "next_step",
    "office_works_on",
    "promises",
    "today",
]
