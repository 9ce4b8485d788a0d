"""What an outsider may see of a case: the one projection behind page, API, socket, mail and print.

Templates and serializers for outsiders get these objects and never the model, so that nothing internal can leak
by being reachable.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cases import clocks
from cases.models import Attachment, Case, Event
from cases.models.machine import moves_open_to
from cases.permissions import Actor
from cases.states import Ground, Outcome, Sharing, State
from cases.working import Explained, explain_to_business
from routing.models import Authority, Office
from text.dates import long_date

#: One sentence a public kind (moves.md sections 2 and 3). Placeholders are filled from the event's codes.
SENTENCES = {
    "received": _("We received your concern"),
    "assessing": _("We are looking into it"),
    "moving": _("We asked the %(office)s to take this over"),
    "moved": _("The %(office)s now looks after your concern"),
    "stays": _("The %(office)s continues to look after it"),
    "question": _("We asked you a question, please answer by %(answer_by)s"),
    "reply": _("You answered our question"),
    "question_dropped": _("We no longer need an answer"),
    "message": _("Message from the %(office)s"),
    "message_from_business": _("You sent a message"),
    "answer": _("The authority has answered; we are preparing our reply to you"),
    "late_answer": _("A late answer has arrived"),
    "relayed": _("Our reply – tell us by %(tell_us_by)s if this is not settled"),
    "received_question": _("We received your question"),
    "closed": _("Closed: %(outcome)s"),
    "answered_question": _("We answered your question"),
    "withdrawn": _("You withdrew your concern"),
    "merged": _("We handle this together with your concern %(into)s"),
    "accepted": _("You told us that this is settled – closed: %(outcome)s"),
    "contested": _("You told us that this is not settled"),
    "rated": _("You told us how we handled your concern"),
    "sharing": _("You changed who may see who you are: %(sharing)s"),
    "contact": _("You changed how we reach you"),
    "reader_invited": _("You let somebody else read this concern"),
    "reader_removed": _("You ended that somebody else can read this concern"),
    "erasure_asked": _("You asked us to erase your personal data"),
    "erasure_granted": _("We will erase your personal data"),
    "erasure_refused": _("We do not erase your personal data now: %(ground)s"),
    "retention_ended": _("The time for which we keep your personal data has passed: we erase it"),
    "erased": _(
        "We erased your personal data: who you are, how to reach you, all that was written, and your documents"
    ),
    "reopen_asked": _("You asked us to look again"),
    "reopened": _("We are looking at it again"),
    "reopen_declined": _("We are not reopening it"),
    "raised": _("Raised to a higher level"),
    "extended": _("We need until %(new_date)s"),
    "referred": _("Sent to %(authority)s on %(sent_on)s, without your name"),
    "referred_named": _("Sent to %(authority)s on %(sent_on)s, with your name"),
    "acknowledged": _("The authority confirmed it has our letter"),
    "chased": _("We reminded the authority"),
    "not_responsible": _("That authority is not responsible, we are finding the right one"),
    "refused": _("It did not take the matter up"),
    "passed_on": _("The authority passed it to %(to)s"),
    "recalled": _("We took our letter back"),
    "issue_news": _("News about the kind of matter that you reported"),
    "unanswered": _("The authority has not answered; we are deciding what to do next"),
}

#: The status of a case in words, by public stage.
STATUS = {
    State.RECEIVED: _("We have received your concern"),
    State.ASSESSING: _("We are looking into it"),
    State.REFERRED: _("With the Mainland authority"),
    State.ANSWERED: _("The authority has answered"),
    State.CLOSED: _("Closed"),
    State.WITHDRAWN: _("Withdrawn"),
}

#: The same of a quick question, as far as the words differ.
STATUS_OF_QUESTION = STATUS | {
    State.RECEIVED: _("We have received your question"),
    State.CLOSED: _("We have answered your question"),
}

#: The stages of the progress tracker, in order, as they are called there.
BRIDGE = {
    stage: stage.label
    for stage in (State.RECEIVED, State.ASSESSING, State.REFERRED, State.ANSWERED, State.CLOSED)
}
BRIDGE_OF_QUESTION = {
    State.RECEIVED: State.RECEIVED.label,
    State.ASSESSING: State.ASSESSING.label,
    State.CLOSED: pgettext_lazy("question", "Answered"),
}


@dataclass(frozen=True)
class PublicFile:
    uuid: str
    name: str
    size: int
    #: A code as for ``parts/scan_state.html``
    scan: str
    may_leave: bool


@dataclass(frozen=True)
class PublicEvent:
    """One entry of the timeline. ``text`` are written words in ``text_language``; ``sentence`` is ours."""

    seq: int
    at: datetime
    kind: str
    sentence: str
    text: str
    text_language: str
    by_business: bool
    office: str
    files: list[PublicFile] = field(default_factory=list)


@dataclass(frozen=True)
class PublicCase:
    reference: str
    state_is_open: bool
    enquiry: bool
    stage: str
    status: str
    waiting_for: str
    office: dict[str, str]
    last_seq: int
    language: str
    sharing: str
    division: str
    received_at: datetime
    next_step: dict[str, Any]
    why_date: Explained | None
    question_open: bool
    answer_by: date | None
    times_read: int
    may: dict[str, bool]
    events: list[PublicEvent]


@dataclass(frozen=True)
class PublicLine:
    """A case in the list of who filed it. ``last_seq`` tells whether there is anything new."""

    reference: str
    stage: str
    status: str
    waiting_for: str
    office: dict[str, str]
    last_seq: int
    question_open: bool
    on_behalf_of: str
    received_at: datetime


def line_of(case: Case) -> PublicLine:
    """The case in one line, in the active language; costs no query if office and on_behalf are read."""
    return PublicLine(
        reference=case.reference,
        stage=str(case.stage),
        status=_status(case),
        waiting_for=str(case.waiting_for),
        office={"id": case.office.code, "name": case.office.short_in(_lang())},
        last_seq=case.public_seq,
        question_open=case.state == State.AWAITING,
        on_behalf_of=case.on_behalf.name if hasattr(case, "on_behalf") else "",
        received_at=case.received_at,
    )


def project(case: Case, *, after: int = 0) -> PublicCase:
    """The case as its business may see it, in the active language; events with a public number above ``after``."""
    office = {"id": case.office.code, "name": case.office.short_in(_lang())}
    question = case.open_question
    step, why = next_step(case)
    offered = moves_open_to(case, Actor.business(case))
    return PublicCase(
        reference=case.reference,
        state_is_open=case.is_open,
        enquiry=case.enquiry,
        stage=str(case.stage),
        status=_status(case),
        waiting_for=str(case.waiting_for),
        office=office,
        last_seq=case.public_seq,
        language=case.language,
        sharing=case.sharing,
        division=case.division_id,
        received_at=case.received_at,
        next_step=step,
        why_date=why,
        question_open=question is not None,
        answer_by=question.answer_by if question else None,
        times_read=case.readings.filter(what="identity").count(),
        may={
            "reply": question is not None,
            "send_message": True,
            **{name: name in offered for name in ("accept_outcome", "contest_outcome", "rate")},
            "set_sharing": True,
            "set_contact": "set_contact" in offered,
            "invite_reader": "invite_reader" in offered,
            "remove_reader": "remove_reader" in offered,
            "withdraw": case.is_open,
            "request_reopen": "request_reopen" in offered,
            "request_erasure": "request_erasure" in offered,
        },
        events=events_after(case, after),
    )


def _status(case: Case) -> str:
    return str((STATUS_OF_QUESTION if case.enquiry else STATUS)[State(case.stage)])


def events_after(case: Case, after: int) -> list[PublicEvent]:
    """Public events numbered above ``after``, oldest first."""
    rows = list(case.events.filter(public_seq__gt=after).select_related("message").order_by("public_seq"))
    names = _Names(rows)
    files: dict[int, list[PublicFile]] = {}
    wanted = [e.message_id for e in rows if e.message_id]
    if wanted:
        for a in Attachment.objects.filter(message_id__in=wanted).order_by("pk"):
            files.setdefault(a.message_id or 0, []).append(_public_file(a))
    return [_event(e, names, files.get(e.message_id or 0, [])) for e in rows]


def filed_files(case: Case) -> list[PublicFile]:
    """Documents the business sent with its concern, before any message."""
    rows = Attachment.objects.filter(case=case, from_business=True, message=None, answer=None).order_by("pk")
    return [_public_file(a) for a in rows]


def _public_file(kept: Attachment) -> PublicFile:
    return PublicFile(str(kept.uuid), kept.name, kept.size, kept.scan_shown, kept.may_leave)


def _event(event: Event, names: _Names, files: list[PublicFile]) -> PublicEvent:
    by_business = event.by_kind == "business" or event.on_behalf == "business"
    message = event.message
    return PublicEvent(
        seq=event.public_seq or 0,
        at=event.at,
        kind=event.kind,
        sentence=_sentence(event, names, by_business),
        text=message.text if message else "",
        text_language=message.language if message else "",
        by_business=by_business,
        office="" if by_business else names.office(event.by_office),
        files=files,
    )


def _sentence(event: Event, names: _Names, by_business: bool) -> str:
    kind, data = event.kind, event.data
    if kind == "message" and by_business:
        kind = "message_from_business"
    elif data.get("enquiry"):
        kind = {"received": "received_question", "closed": "answered_question"}.get(kind, kind)
    elif kind == "answer" and data.get("late"):
        kind = "late_answer"
    elif kind == "referred" and data.get("with_name"):
        kind = "referred_named"
    sentence = SENTENCES.get(kind)
    if sentence is None:  # written by a newer version of the software during an upgrade
        return gettext("Updated")
    values: dict[str, str] = {}
    for name, value in data.items():
        if name == "office":
            values[name] = names.office(value)
        elif name in ("authority", "to"):
            values[name] = names.authority(value)
        elif name in ("answer_by", "tell_us_by", "new_date", "sent_on"):
            values[name] = long_date(date.fromisoformat(value), _lang())
        elif name == "sharing":
            values[name] = str(Sharing(value).label)
        elif name == "outcome":
            values[name] = str(Outcome(value).label)
        elif name == "ground":
            values[name] = str(Ground(value).label)
        elif name == "into":
            values[name] = value
    return str(sentence) % values


class _Names:
    """Names of offices and authorities that the events mention, read in two queries."""

    def __init__(self, events: Iterable[Event]) -> None:
        codes, ids = set(), set()
        for event in events:
            codes |= {event.by_office, event.data.get("office", "")}
            ids |= {event.data.get("authority"), event.data.get("to")}
        self._offices = {o.code: o for o in Office.objects.filter(code__in=codes - {""})} if codes else {}
        ids -= {None}
        self._authorities = Authority.objects.in_bulk(ids) if ids else {}

    def office(self, code: str) -> str:
        office = self._offices.get(code)
        return office.short_in(_lang()) if office else ""

    def authority(self, pk: int) -> str:
        authority = self._authorities.get(pk)
        return authority.name_in(_lang()) if authority else ""


def next_step(case: Case) -> tuple[dict[str, Any], Explained | None]:
    """What happens next: a code, its date, and the sentence in the active language; and why the date is that one."""
    rows = list(case.events.order_by("seq"))
    step = clocks.next_step(case, clocks.clocks_of(case, rows))
    clock = step.pop("clock", None)
    why = explain_to_business(clock, step["date"]) if clock else None
    return {**step, "text": _step_sentence(step)}, why


STEPS = {
    "office_reads_by": _("An officer of the office will read it by %(date)s."),
    "office_acts_by": _("The office will take the next step by %(date)s."),
    "office_late": _(
        "The next step is ours. It takes longer than we planned; you can write to us at any time."
    ),
    "authority": _(
        "The authority decides how long it takes: we do not control this. "
        "If it has not answered, we will remind it on %(date)s."
    ),
    "authority_no_date": _("The authority decides how long it takes: we do not control this."),
    "answer_by": _("Please answer our question by %(date)s. The office waits for you."),
    "reply_by": _("The office will pass the authority's answer on to you by %(date)s."),
    "tell_us_by": _("Tell us by %(date)s if this is not settled. If we hear nothing, we will close it."),
    "review_by": _("You asked us to look again. You will hear from us by %(date)s."),
    "reopen_until": _("Nothing more will happen. You can ask us to look again until %(date)s."),
    "nothing": _("Nothing more will happen."),
}


def _step_sentence(step: dict[str, Any]) -> str:
    values = {k: long_date(v, _lang()) for k, v in step.items() if isinstance(v, date)}
    return str(STEPS[step["code"]]) % values


def _lang() -> str:
    return get_language() or "en"
