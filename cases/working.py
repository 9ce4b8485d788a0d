"""Why a date is the date it is: the working of a clock as sentences in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cases.clocks import Clock, Step
from routing.models.named import name_key
from text.dates import long_date

#: What a clock can begin with.
BEGINNINGS = {
    "open_case": _("the concern was received"),
    "triage": _("the case was assessed"),
    "ask": _("the business was asked"),
    "send": _("the letter was sent"),
    "record_answer": _("the answer was accepted"),
    "relay_answer": _("the answer was passed on"),
    "end": _("the case ended"),
    "request_reopen": _("the business asked us to look again"),
}
REASONS = {
    "ended": _("the case was closed"),
    "question": _("a question to the business was open"),
    "others": _("we waited for the business or the authority"),
}
CALENDARS = {"HK": _("Hong Kong"), "CN": _("Mainland")}


@dataclass(frozen=True)
class Explained:
    """One clock for the page: its name, its date, and the sentences that lead there."""

    name: str
    limit: date | None
    is_running: bool
    is_paused: bool
    sentences: list[str]


def explain(clocks: list[Clock], shown: str) -> list[Explained]:
    """The running clocks, the one named ``shown`` (a stage) first."""
    running = sorted(
        (c for c in clocks if c.is_running), key=lambda c: (c.stage != shown, c.limit or date.max)
    )
    return [
        Explained(
            c.name,
            c.limit,
            c.is_running,
            c.is_paused,
            [said for step in c.working for said in _sentences(step)],
        )
        for c in running
    ]


def _sentences(step: Step) -> list[str]:
    """One sentence for most steps, none for what newer software may have put there."""
    if step.code == "rule":
        return _rule(step.data)
    said = _sentence(step)
    return [said] if said else []


def _sentence(step: Step) -> str:
    data = step.data
    match step.code:
        case "start":
            began = BEGINNINGS.get(data["event"], _("the business last heard from us"))
            return gettext("Day 0: %(date)s, %(event)s.") % {"date": _day(data["on"]), "event": began}
        case "source":
            return gettext("Source: %(instrument)s.") % {"instrument": data["instrument"]}
        case "urgent":
            return ngettext(
                "Urgent since %(date)s: %(n)s working day.",
                "Urgent since %(date)s: %(n)s working days.",
                data["days"],
            ) % {"date": _day(data["on"]), "n": data["days"]}
        case "holiday":
            return gettext("Not counted: %(date)s, %(name)s.") % _named(data)
        case "make_up":
            return gettext("Counted although it is a weekend: %(date)s, %(name)s.") % _named(data)
        case "pause":
            return _pause(data)
        case "moved":
            return gettext("Moved from %(date)s to the next working day, %(to)s.") % _moved(data)
        case "chosen":
            return gettext("The day given in our question: %(date)s.") % {"date": _day(data["on"])}
        case "extended":
            return gettext("A later date was granted on %(date)s: %(to)s.") % _moved(data)
        case "provisional":
            return gettext("Provisional: the %(calendar)s calendar of %(year)s is not published yet.") % {
                "calendar": CALENDARS.get(data["calendar"], data["calendar"]),
                "year": data["year"],
            }
    return ""


def _rule(data: dict[str, Any]) -> list[str]:
    n = data["limit"]
    if data["unit"] == "working_day":
        said = ngettext("The rule: %(n)s working day.", "The rule: %(n)s working days.", n) % {"n": n}
        calendar = CALENDARS.get(data["calendar"], data["calendar"])
        return [said, gettext("Counted by the %(calendar)s calendar.") % {"calendar": calendar}]
    if data["unit"] == "minutes":
        return [ngettext("The rule: %(n)s minute.", "The rule: %(n)s minutes.", n) % {"n": n}]
    return [ngettext("The rule: %(n)s calendar day.", "The rule: %(n)s calendar days.", n) % {"n": n}]


def _pause(data: dict[str, Any]) -> str:
    reason = REASONS.get(data["reason"], data["reason"])
    if data["until"] is None:
        return gettext("Paused since %(date)s: %(reason)s.") % {"date": _day(data["on"]), "reason": reason}
    return gettext("Paused from %(date)s to %(to)s: %(reason)s.") % {
        "date": _day(data["on"]),
        "to": _day(data["until"]),
        "reason": reason,
    }


def _named(data: dict[str, Any]) -> dict[str, str]:
    days = _day(data["on"])
    if data["until"] != data["on"]:
        days = gettext("%(first)s to %(last)s") % {"first": days, "last": _day(data["until"])}
    return {"date": days, "name": data["names"][name_key(get_language())]}


def _moved(data: dict[str, Any]) -> dict[str, str]:
    return {"date": _day(data["on"]), "to": _day(data["to"])}


def _day(day: date) -> str:
    return long_date(day, get_language() or "en")
