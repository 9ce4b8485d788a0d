"""Why a date is the date it is: the working of a clock as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from cases.clocks import Clock, Step, Stretch, every_day, today
from routing.models.named import name_key
from text.dates import HONG_KONG, clock_time, long_date, long_moment

#: What a clock can begin with.
BEGINNINGS = {
    "open_case": _("the concern was received"),
    "transfer": _("another office was asked to take the case over"),
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


#: The same as the business reads them.
BEGINNINGS_FOR_BUSINESS = BEGINNINGS | {
    "open_case": _("we received your concern"),
    "triage": _("we had looked at your concern"),
    "ask": _("we asked you"),
    "send": _("our letter was sent to the authority"),
    "record_answer": _("we accepted the authority's answer"),
    "relay_answer": _("we passed the answer on to you"),
    "end": _("your case ended"),
    "request_reopen": _("you asked us to look again"),
}
REASONS_FOR_BUSINESS = {
    "ended": _("your case was closed"),
    "question": _("our question to you was open"),
    "others": _("we waited for you or for the authority"),
}


@dataclass(frozen=True)
class Days:
    """A row of the table of days: ``counted`` is which of the counted days they are, empty if they do not count."""

    first: date
    last: date
    counted: str
    why: str


@dataclass(frozen=True)
class Explained:
    """One clock for the page: its name, its date, the sentences that lead there, and each of its days."""

    name: str
    limit: date | None
    is_paused: bool
    sentences: list[str]
    days: list[Days]


def explain(clocks: list[Clock], shown: str) -> list[Explained]:
    """The running clocks, the one named ``shown`` (a stage) first."""
    running = sorted(
        (c for c in clocks if c.is_running), key=lambda c: (c.stage != shown, c.limit or date.max)
    )
    words = _Words(BEGINNINGS, REASONS)
    return [
        Explained(c.name, c.limit, c.is_paused, words.of(c), words.table(c, c.limit or today()))
        for c in running
    ]


def explain_to_business(clock: Clock, day: date) -> Explained:
    """Why the business reads this day: the limit of the clock, or a day before it that was said to it.

    Neither the name of the stage nor the tier of the case is said.
    """
    words = _Words(BEGINNINGS_FOR_BUSINESS, REASONS_FOR_BUSINESS)
    if day == clock.limit:
        return Explained("", day, False, words.of(clock, for_business=True), words.table(clock, day))
    counted = every_day(clock, day)
    number = counted[-1].number if counted else 0
    sentences = words.of(clock, (number, day), for_business=True)
    return Explained("", day, False, sentences, words.table(clock, day))


class _Words:
    """The sentences and the table, with the words of one kind of reader."""

    def __init__(self, beginnings: Mapping[str, Any], reasons: Mapping[str, Any]) -> None:
        self.beginnings, self.reasons = beginnings, reasons

    def of(
        self, clock: Clock, earlier: tuple[int, date] | None = None, *, for_business: bool = False
    ) -> list[str]:
        """``earlier`` is a day before the limit, and how many days count up to it, if that is what is explained."""
        said: list[str] = []
        for step in clock.working:
            if earlier and _concerns_later(step, earlier[1]):
                continue
            if step.code == "rule" and earlier and clock.owner == "authority":
                said += _reminder(step.data, earlier[0])
            elif step.code == "rule":
                said += _rule(step.data, earlier[0] if earlier else step.data["limit"])
            elif step.code in ("urgent", "urgent_hours") and for_business:
                said.append(_urgent_for_business(step.data))
            elif sentence := self._sentence(step):
                said.append(sentence)
        return said

    def table(self, clock: Clock, until: date) -> list[Days]:
        rows, before = [], 0
        for stretch in every_day(clock, until):
            counted = ""
            if stretch.minutes:
                counted = _duration(stretch.minutes)
            elif stretch.counts:
                first = before + 1
                counted = str(first) if first == stretch.number else f"{first}–{stretch.number}"  # noqa: RUF001
            before = stretch.number
            rows.append(Days(stretch.first, stretch.last, counted, self._why(stretch)))
        return rows

    def _why(self, stretch: Stretch) -> str:
        if stretch.why == "pause":
            reason = self.reasons.get(stretch.reason, stretch.reason)
            return gettext("Paused: %(reason)s") % {"reason": reason}
        if stretch.names:
            return stretch.names[name_key(get_language())]
        return gettext("Weekend") if stretch.why == "weekend" else gettext("Counted")

    def _sentence(self, step: Step) -> str:
        data = step.data
        match step.code:
            case "start":
                began = self.beginnings.get(data["event"], _("the business last heard from us"))
                return gettext("Day 0: %(date)s, %(event)s.") % {"date": _day(data["on"]), "event": began}
            case "narrowed":
                key = name_key(get_language())
                names = pgettext("between items", ", ").join(whom[key] for whom in data["names"])
                return gettext("This rule holds for: %(names)s.") % {"names": names}
            case "source":
                instrument = data["instruments"][name_key(get_language())]
                return gettext("Source: %(instrument)s.") % {"instrument": instrument}
            case "urgent":
                return ngettext(
                    "Urgent since %(date)s: %(n)s working day.",
                    "Urgent since %(date)s: %(n)s working days.",
                    data["days"],
                ) % {"date": _day(data["on"]), "n": data["days"]}
            case "urgent_hours":
                said = ngettext(
                    "Urgent since %(moment)s: %(n)s working hour, counted from %(opens)s to %(closes)s.",
                    "Urgent since %(moment)s: %(n)s working hours, counted from %(opens)s to %(closes)s.",
                    data["hours"],
                )
                return said % {"moment": long_moment(data["on"], get_language() or "en"), **_hours(data)}
            case "holiday":
                return gettext("Not counted: %(date)s, %(name)s.") % _named(data)
            case "make_up":
                return gettext("Counted although it is a weekend: %(date)s, %(name)s.") % _named(data)
            case "pause":
                return self._pause(data)
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

    def _pause(self, data: dict[str, Any]) -> str:
        reason = self.reasons.get(data["reason"], data["reason"])
        if data["until"] is None:
            return gettext("Paused since %(date)s: %(reason)s.") % {
                "date": _day(data["on"]),
                "reason": reason,
            }
        return gettext("Paused from %(date)s to %(to)s: %(reason)s.") % {
            "date": _day(data["on"]),
            "to": _day(data["until"]),
            "reason": reason,
        }


def _concerns_later(step: Step, day: date) -> bool:
    """Whether the line speaks of the limit alone (sources do), or of days behind ``day``."""
    if step.code in ("holiday", "make_up", "pause"):
        return step.data["on"] > day
    if step.code == "provisional":
        return step.data["year"] != day.year
    return step.code in ("source", "moved", "chosen", "extended", "urgent", "urgent_hours")


def _rule(data: dict[str, Any], n: int) -> list[str]:
    """The rule for ``n`` days or minutes, as its unit is."""
    if data["unit"] == "working_day":
        return [
            ngettext("The rule: %(n)s working day.", "The rule: %(n)s working days.", n) % {"n": n},
            _by(data),
        ]
    if data["unit"] == "minutes":
        return [ngettext("The rule: %(n)s minute.", "The rule: %(n)s minutes.", n) % {"n": n}]
    return [ngettext("The rule: %(n)s calendar day.", "The rule: %(n)s calendar days.", n) % {"n": n}]


def _reminder(data: dict[str, Any], n: int) -> list[str]:
    """An authority's answer cannot be promised, but when we remind it can."""
    if data["unit"] != "working_day":
        said = ngettext(
            "We remind the authority after %(n)s calendar day.",
            "We remind the authority after %(n)s calendar days.",
            n,
        )
        return [said % {"n": n}]
    said = ngettext(
        "We remind the authority after %(n)s working day.",
        "We remind the authority after %(n)s working days.",
        n,
    )
    return [said % {"n": n}, _by(data)]


def _by(data: dict[str, Any]) -> str:
    calendar = CALENDARS.get(data["calendar"], data["calendar"])
    return gettext("Counted by the %(calendar)s calendar.") % {"calendar": calendar}


def _urgent_for_business(data: dict[str, Any]) -> str:
    if "hours" in data:
        said = ngettext(
            "For your case we work to %(n)s working hour, counted from %(opens)s to %(closes)s.",
            "For your case we work to %(n)s working hours, counted from %(opens)s to %(closes)s.",
            data["hours"],
        )
        return said % _hours(data)
    n = data["days"]
    said = ngettext(
        "For your case we work to %(n)s working day.", "For your case we work to %(n)s working days.", n
    )
    return said % {"n": n}


def _hours(data: dict[str, Any]) -> dict[str, Any]:
    return {"n": data["hours"], "opens": _hour(data["opens"]), "closes": _hour(data["closes"])}


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return (gettext("%(hours)s h %(minutes)s min") if rest else gettext("%(hours)s h")) % {
        "hours": hours,
        "minutes": rest,
    }


def _hour(at: time) -> str:
    return clock_time(datetime.combine(date(2000, 1, 1), at, tzinfo=HONG_KONG), get_language() or "en")


def _named(data: dict[str, Any]) -> dict[str, str]:
    days = _day(data["on"])
    if data["until"] != data["on"]:
        days = gettext("%(first)s to %(last)s") % {"first": days, "last": _day(data["until"])}
    return {"date": days, "name": data["names"][name_key(get_language())]}


def _moved(data: dict[str, Any]) -> dict[str, str]:
    return {"date": _day(data["on"]), "to": _day(data["to"])}


def _day(day: date) -> str:
    return long_date(day, get_language() or "en")
