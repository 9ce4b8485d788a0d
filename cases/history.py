"""What has happened in a case, as staff read it: each event as a sentence in the reader's language.

For outsiders there is ``cases.public``; nothing here may be shown to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, User
from cases.models import Attachment, Case, Event
from cases.states import (
    Channel,
    FilerKind,
    Level,
    Outcome,
    Priority,
    Proceedings,
    Referable,
    RefusalReason,
    Result,
    Sharing,
    State,
)
from routing.kept import kept
from routing.models import Authority, Category, ClockRule, Division, Office
from text.dates import long_date

#: One sentence a move of a case. ``who`` begins it, so that it reads like a line of a diary.
CASE_SENTENCES = {
    "open_case": _("%(who)s filed the concern"),
    "recorded": _("%(who)s filed the concern, received on %(received_on)s"),
    "triage": _("%(who)s assessed the case"),
    "claim": _("%(who)s claimed the case"),
    "release": _("%(who)s released the case"),
    "assign": _("%(who)s assigned the case to %(assignee)s"),
    "transfer": _("%(who)s asked the %(office)s to take the case over"),
    "accept_transfer": _("%(who)s took the case over for the %(office)s"),
    "return_transfer": _("%(who)s returned the case; the %(office)s keeps it"),
    "ask": _("%(who)s asked the business a question, to be answered by %(answer_by)s"),
    "reply": _("%(who)s answered the question"),
    "drop_question": _("%(who)s dropped the question"),
    "add_note": _("%(who)s wrote an internal note"),
    "send_message": _("%(who)s sent a message"),
    "set_priority": _("%(who)s set the priority to %(priority)s"),
    "correct": _("%(who)s corrected facts"),
    "link": _("%(who)s linked the case with %(other)s"),
    "unlink": _("%(who)s removed the link with %(other)s"),
    "refer": _("%(who)s began a letter to %(authorities)s"),
    "record_answer": _("%(who)s recorded the answer of %(authority)s of %(received_on)s: %(result)s"),
    "relay_answer": _("%(who)s passed the answer on"),
    "close": _("%(who)s closed the case: %(outcome)s"),
    "answer_enquiry": _("%(who)s answered the quick question"),
    "withdraw": _("%(who)s withdrew the concern"),
    "merge": _("%(who)s merged the case into %(into)s"),
    "merged_here": _("%(who)s merged %(merged)s into this case"),
    "request_reopen": _("%(who)s asked us to look again"),
    "set_sharing": _("%(who)s changed who may see who the business is: %(sharing)s"),
    "set_contact": _("%(who)s changed how we reach the business: %(changed)s"),
    "sharing_waits": _(
        "%(who)s recorded that more may be shared (%(sharing)s); another officer must hear it too"
    ),
    "accept_outcome": _("%(who)s accepted the outcome: %(outcome)s"),
    "contest_outcome": _("%(who)s told us that this is not settled"),
    "rate": _("%(who)s rated how we handled it: %(score)s of 5"),
    "reopen": _("%(who)s reopened the case"),
    "decline_reopen": _("%(who)s declined to reopen the case"),
    "invite_reader": _("%(who)s let somebody else read the concern"),
    "remove_reader": _("%(who)s ended that somebody else can read the concern"),
    "request_erasure": _("%(who)s asked us to erase the personal data"),
    "grant_erasure": _("%(who)s granted the erasure of the personal data"),
    "refuse_erasure": _("%(who)s refused to erase the personal data"),
    "erase": _("%(who)s erased the personal data"),
    "end_retention": _("%(who)s: the time for which personal data is kept has passed"),
    "hold": _("%(who)s placed a legal hold"),
    "lift_hold": _("%(who)s lifted the legal hold"),
    "escalate": _("%(who)s escalated the case to level %(level)s"),
    "escalate_by_rule": _("%(who)s escalated the case to level %(level)s: %(why)s"),
    "deescalate": _("%(who)s took the escalation back to level %(level)s"),
    "request_extension": _("%(who)s asked for a later date: %(new_date)s"),
    "grant_extension": _("%(who)s granted the later date: %(new_date)s"),
    "refuse_extension": _("%(who)s refused the later date"),
    "join_issue": _("%(who)s added the case to the issue %(issue)s"),
    "leave_issue": _("%(who)s took the case out of the issue %(issue)s"),
    "tell_of_issue": _("%(who)s told the business the news of the issue %(issue)s"),
    "recount": _("%(who)s counted the dates again: a calendar or a rule has changed"),
}

#: One sentence a move of a referral.
REFERRAL_SENTENCES = {
    "draft": _("%(who)s saved version %(version)s of the letter to %(authority)s"),
    "approve": _("%(who)s approved the letter to %(authority)s"),
    "return_draft": _("%(who)s returned the letter to %(authority)s to the drafter"),
    "send": _("%(who)s sent the letter to %(authority)s on %(sent_on)s (%(channel)s)"),
    "acknowledge": _("%(authority)s acknowledged the letter on %(on)s; recorded by %(who)s"),
    "chase": _("%(who)s reminded %(authority)s, reminder %(reminder)s (%(channel)s)"),
    "answer": _("%(authority)s answered; the answer waits to be accepted"),
    "return_answer": _("%(who)s did not accept the answer of %(authority)s"),
    "refuse": _("%(authority)s did not take the matter up on %(on)s: %(refusal)s; recorded by %(who)s"),
    "transfer": _("%(authority)s passed the letter on to %(to)s on %(on)s; recorded by %(who)s"),
    "recall": _("%(who)s took the letter to %(authority)s back"),
    "give_up": _("%(who)s stopped waiting for %(authority)s"),
}

#: How a business is reached, as ``set_contact`` names what it changed.
REACHED_BY = {
    "email": _("e-mail address"),
    "phone": _("phone number"),
    "notify": _("e-mail when there is an update"),
    "language": _("language"),
}

#: Facts that an officer sets while assessing or correcting, in the order of the page.
FACTS = {
    "category": _("Category"),
    "division": _("Place"),
    "level": _("Level of the authority responsible"),
    "proceedings": _("Proceedings"),
    "referable": _("May it be referred?"),
    "priority": _("Priority"),
    "language": _("Language of the business"),
    "filer_kind": _("Enterprise or individual"),
}
CODED = {
    "level": Level,
    "proceedings": Proceedings,
    "referable": Referable,
    "priority": Priority,
    "language": Language,
    "filer_kind": FilerKind,
}

ICONS = {
    "open_case": "inbox",
    "claim": "user",
    "release": "user",
    "assign": "user",
    "triage": "s-assessing",
    "refer": "doc",
    "record_answer": "s-answered",
    "close": "s-closed",
    "answer_enquiry": "s-closed",
    "withdraw": "s-withdrawn",
    "escalate": "alert",
    "link": "link",
    "unlink": "link",
}
REFERRAL_ICONS = {"send": "send", "chase": "bell", "refuse": "x", "recall": "x", "answer": "s-answered"}


@dataclass(frozen=True)
class Entry:
    """One event for the activity feed. ``dress`` is ``out``, ``in``, ``note`` or ``line``.

    ``text`` are words between the business and the office in ``text_language``; ``note`` are internal words.
    ``seen_by_business`` is said with every entry.
    """

    seq: int
    at: datetime
    move: str
    who: str
    sentence: str
    icon: str
    dress: str
    seen_by_business: bool
    stage: str = ""
    text: str = ""
    text_language: str = ""
    note: str = ""
    files: list[Attachment] = field(default_factory=list)
    changed: list[tuple[str, str, str]] = field(default_factory=list)


def entries_of(case: Case, events: Iterable[Event], files: Iterable[Attachment] = ()) -> list[Entry]:
    """The events as entries, in the order given. Events want ``by_user``, ``message`` and ``note`` joined.

    Reads at most one row set each of people, authorities and places that the case itself does not name.
    """
    events = list(events)
    names = Names(case, events)
    by_message: dict[int, list[Attachment]] = {}
    for attachment in files:
        by_message.setdefault(attachment.message_id or 0, []).append(attachment)
    return [_entry(event, names, by_message.get(event.message_id or 0, [])) for event in events]


def _entry(event: Event, names: Names, files: list[Attachment]) -> Entry:
    from_business = event.by_kind == "business" or event.on_behalf == "business"
    message, note = event.message, event.note
    dress = "line"
    if message is not None and (message.text or files):
        dress = "in" if from_business else "out"
    elif event.move == "add_note" and note is not None:
        dress = "note"
    icons = REFERRAL_ICONS if event.referral_id else ICONS
    moved = event.state_before != event.state_after and event.state_before
    return Entry(
        seq=event.seq,
        at=event.at,
        move=event.move,
        who=names.who(event),
        sentence=sentence(event, names),
        icon={"in": "inbox", "out": "mail", "note": "lock"}.get(dress) or icons.get(event.move, "right"),
        dress=dress,
        seen_by_business=event.is_public,
        stage=str(State(event.state_after).label) if moved else "",
        text=message.text if message else "",
        text_language=message.language if message else "",
        note=note.text if note else "",
        files=files if event.message_id else [],
        changed=_changed(event) if event.move in ("triage", "correct") else [],
    )


def _changed(event: Event) -> list[tuple[str, str, str]]:
    """Label, old and new value of each fact that an officer set; what followed from it is left out."""
    return [
        (str(label), _fact(name, event.changes[name][0]), _fact(name, event.changes[name][1]))
        for name, label in FACTS.items()
        if name in event.changes
    ]


def _fact(name: str, value: Any) -> str:
    """A column's code in words."""
    if not value:
        return "–"
    if name in CODED:
        return _label(CODED[name], value)
    rows: dict[str, Any] = category_names() if name == "category" else division_names()
    row = rows.get(value)
    return row.name_in(get_language()) if row else str(value)


def sentence(event: Event, names: Names) -> str:
    """The event in words; a move of newer software, seen during an upgrade, is named by its code."""
    table = REFERRAL_SENTENCES if event.referral_id else CASE_SENTENCES
    move = event.move
    if move == "merge" and "merged" in event.data:
        move = "merged_here"
    elif move == "set_sharing" and event.data.get("waits"):
        move = "sharing_waits"
    elif move == "escalate" and "rule" in event.data:
        move = "escalate_by_rule"
    elif move == "open_case" and "received_on" in event.data:
        move = "recorded"
    template = table.get(move)
    if template is None:
        return f"{names.who(event)}: {event.move}"
    return str(template) % _Values(event, names)


class _Values(dict[str, str]):
    """Values for a sentence, made only when the sentence asks for them; an unknown one reads as a dash."""

    def __init__(self, event: Event, names: Names) -> None:
        super().__init__()
        self.event, self.names = event, names

    def __missing__(self, key: str) -> str:
        event, names, data = self.event, self.names, self.event.data
        value = data.get(key)
        match key:
            case "who":
                return names.who(event)
            case "assignee" | "priority":
                new = event.changes.get(key, [None, None])[1]
                if key == "priority":
                    return _label(Priority, new) if new else gettext("the same")
                return names.person(new)
            case "authority" | "to":
                return names.authority(value)
            case "authorities":
                return pgettext("between items", ", ").join(names.authority(code) for code in value or [])
            case "office":
                return names.office(value)
            case "why":
                return rule_in_words(data["rule"])
            case "outcome":
                return _label(Outcome, value)
            case "sharing":
                return _label(Sharing, value)
            case "changed":
                return pgettext("between items", ", ").join(str(REACHED_BY.get(name, name)) for name in value)
            case "result":
                return _label(Result, value)
            case "refusal":
                return _label(RefusalReason, data.get("reason"))
            case "channel":
                return _label(Channel, value)
            case "answer_by" | "new_date" | "sent_on" | "on" | "received_on" if value:
                return long_date(date.fromisoformat(value), get_language() or "en")
        return str(value) if value not in (None, "") else "–"


def rule_in_words(rule: dict[str, Any]) -> str:
    """Why a clock raised a case, from what its event kept of the rule."""
    stage, n = rule["stage"], rule["days"]
    if rule["owner"] != "authority":
        return gettext("the limit of “%(stage)s” has passed") % {"stage": stage_name(stage)}
    if rule["unit"] == "working_day":
        said = ngettext("no answer for %(n)s working day", "no answer for %(n)s working days", n)
    else:
        said = ngettext("no answer for %(n)s day", "no answer for %(n)s days", n)
    return said % {"n": n}


def stage_name(stage: str) -> str:
    """A stage of the time limits in the active language."""
    rule = _stages().get(stage)
    return rule.name_in(get_language()) if rule else stage


@kept
def _stages() -> dict[str, ClockRule]:
    return {row.stage: row for row in ClockRule.objects.order_by("valid_from")}


def _label(choices: Any, value: Any) -> str:
    try:
        return str(choices(value).label)
    except ValueError:
        return "–"


class Names:
    """Names of people, offices and authorities that events mention by code or id."""

    def __init__(self, case: Case, events: Iterable[Event]) -> None:
        self._case = case
        self._people: dict[int, str] = {}
        self._authorities: dict[str, Authority] = {r.authority_id: r.authority for r in case.referrals_now}
        people: set[int] = set()
        codes: set[str] = set()
        for event in events:
            if event.by_user is not None:
                self._people[event.by_user.pk] = str(event.by_user)
            people |= {p for p in event.changes.get("assignee", []) if p is not None}
            codes |= {event.data.get("authority"), event.data.get("to"), *event.data.get("authorities", [])}
        if case.assignee is not None:
            self._people[case.assignee.pk] = str(case.assignee)
        if unknown := people - set(self._people):
            self._people |= {u.pk: str(u) for u in User.objects.filter(pk__in=unknown)}
        if missing := {c for c in codes if c} - set(self._authorities):
            self._authorities |= Authority.objects.in_bulk(missing)

    def who(self, event: Event) -> str:
        """Whose doing it was; staff of another office are named with it."""
        if event.by_kind == "business":
            return gettext("The business")
        if event.by_kind == "authority":
            return gettext("the authority itself")
        if event.by_user is None:
            return gettext("Causeway")
        name = str(event.by_user)
        if event.on_behalf:
            return gettext("The business (%(channel)s, recorded by %(name)s)") % {
                "channel": _label(Channel, event.channel),
                "name": name,
            }
        if event.by_office and event.by_office != self._case.office_id:
            return gettext("%(name)s (%(office)s)") % {"name": name, "office": self.office(event.by_office)}
        return name

    def person(self, pk: int | None) -> str:
        return self._people.get(pk, gettext("nobody")) if pk is not None else gettext("nobody")

    def authority(self, code: Any) -> str:
        authority = self._authorities.get(str(code))
        return authority.name_in(get_language()) if authority else str(code or "–")

    def office(self, code: Any) -> str:
        office = offices().get(str(code))
        return office.short_in(get_language()) if office else str(code or "–")


@kept
def offices() -> dict[str, Office]:
    """All offices by code, kept in the process."""
    return {office.code: office for office in Office.objects.all()}


@kept
def category_names() -> dict[str, Category]:
    """All categories by code, kept in the process."""
    return {category.code: category for category in Category.objects.select_related("parent")}


@kept
def division_names() -> dict[str, Division]:
    """Provinces, prefectures and units under a province by code, kept in the process."""
    return {d.code: d for d in Division.objects.exclude(level=Division.Level.COUNTY)}
