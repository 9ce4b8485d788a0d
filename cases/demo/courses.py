"""How a bulk case came to where it stands: the rows and events that its moves would have left."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from cases.clocks import local_day
from cases.demo.walks import BODY, SUBJECT, WORDS
from cases.models import Answer, Case, Disclosure, Event, Letter, LetterVersion, Message, Question, Referral
from cases.models.row import TRACKED

#: What stands in a bulk letter instead of a document.
DOCUMENT = "(demo) 没有正文".encode()
ANSWER = "来函收悉。经了解，有关事项正在办理，将于十个工作日内作出决定。"
#: Tracked columns by their name in an event's changes, and what they hold in a new case.
_COLUMNS = {name: Case._meta.get_field(name).attname for name in TRACKED}  # type: ignore[union-attr]
_NEW = {column: Case._meta.get_field(name).get_default() for name, column in _COLUMNS.items()}  # type: ignore[union-attr]
_tracked = itemgetter(*_COLUMNS.values())


@dataclass(frozen=True)
class Place:
    """A place of the reference data with its office, who works there, and who can be written to."""

    code: str
    office: str
    liaison_unit: str | None
    officers: list[int]
    approvers: list[int]
    authorities: list[str]


class Course:
    """The rows of one case, by model and as values of columns, grown event by event.

    The public methods are the states a case can stand in; each takes a new case there. References between rows
    (an event to its message) are kept as the row itself until ``bind`` has ids for them.
    """

    def __init__(
        self, case: dict[str, Any], place: Place, received: datetime, now: datetime, dice: random.Random
    ) -> None:
        self.place, self.at, self.now, self.dice = place, received, now, dice
        self.rows: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        self.officer = dice.choice(place.officers)
        self._told: tuple[Any, ...] = (None,) * len(_COLUMNS)
        self._state = ""
        self.case = case = {
            **_NEW,
            **case,
            "seq": 0,
            "public_seq": 0,
            "state": "received",
            "stage": "received",
        }
        case |= {"due_on": local_day(received) + timedelta(days=dice.randint(3, 60))}
        case |= {"due_clock": "triage_decision", "waiting_for": "office", "due_paused": False}
        self._event("open_case", kind="received", data={"office": case["office_id"]}, by=None)

    # --- where cases stand ------------------------------------------------------------------------
    def received(self) -> None:
        """Nobody has looked at it yet."""

    def assessing(self) -> None:
        self.case |= {"assignee_id": self.officer, "assigned_at": self._later(0.1, 1)}
        self._event("claim")
        at = self._later(0.2, 3)
        self.case |= {"triaged_at": at, "level": "municipal", "referable": "yes", "due_clock": "referral"}
        self._state_is("assessing")
        self._event("triage", kind="assessing")

    def awaiting(self) -> None:
        self.assessing()
        at = self._later(0.2, 2)
        answer_by = local_day(at) + timedelta(days=21)
        self.rows[Question].append({"seq": self.case["seq"] + 1, "asked_at": at, "answer_by": answer_by})
        self._state_is("awaiting_submitter", stage="assessing", waiting_for="business")
        self._due(answer_by, "supplement", paused=True)
        text = WORDS["question"][self.case["language"]]
        self._event("ask", kind="question", text=text, data={"answer_by": answer_by.isoformat()})

    def referred(self) -> None:
        """A letter is with an authority."""
        self.assessing()
        authority, ident = self.dice.choice(self.place.authorities), uuid.UUID(int=self.dice.getrandbits(128))
        made = self._later(0.5, 5)
        self.referral = referral = {
            "uuid": ident,
            "authority_id": authority,
            "office_id": self.case["office_id"],
            "state": "drafted",
            "kind": "concern",
            "made_at": made,
            "last_drafter_id": self.officer,
        }
        self.rows[Referral].append(referral)
        facts = {"authority": authority, "referral": str(ident)}
        chosen = {"authorities": [authority], "lead": authority, "kind": "concern", "disclose": "nothing"}
        self._event("refer", data=chosen)
        self._of_referral("draft", "drafted", {**facts, "version": 1})
        referral["approved_by_id"] = self.dice.choice(self.place.approvers)
        self._later(0.1, 1)
        self._of_referral("approve", "approved", facts, by=referral["approved_by_id"])
        at = self._later(0.1, 1)
        day = local_day(at)
        version = {"number": 1, "subject": SUBJECT, "body": BODY, "author_id": self.officer, "at": made}
        self.rows[LetterVersion].append(version)
        letter = {"office_id": self.case["office_id"], "year": day.year, "document": DOCUMENT, "at": at}
        self.rows[Letter].append({**letter, "sha256": hashlib.sha256(DOCUMENT).hexdigest()})
        self.rows[Disclosure].append({"authority_id": authority, "at": at})
        referral |= {"channel": "post", "sent_on": day, "clock_from": day}
        self._state_is("referred", waiting_for="authority")
        self._due(day + timedelta(days=25), "authority_response_standard", paused=True)
        sent = {**facts, "sent_on": day.isoformat(), "with_name": False, "channel": "post"}
        self._of_referral("send", "sent", sent, kind="referred")

    def answered(self) -> None:
        """The authority has answered; the office has not passed it on yet."""
        self.referred()
        at = self._later(3, 30)
        day = local_day(at)
        self.referral |= {"state": "answered", "ended_on": day}
        self.answer = {
            "text": ANSWER,
            "received_on": day,
            "channel": "post",
            "result": "explained",
            "at": at,
            "accepted_at": at,
            "accepted_by_id": self.officer,
        }
        self.rows[Answer].append(self.answer)
        self._state_is("answered")
        self._due(day + timedelta(days=7), "reply", paused=False)
        data = {"authority": self.referral["authority_id"], "referral": str(self.referral["uuid"])}
        data |= {"received_on": day.isoformat(), "channel": "post", "result": "explained"}
        self._event("record_answer", kind="answer", data={**data, "late": False})

    def resolved(self) -> None:
        self.answered()
        at = self._later(0.2, 3)
        until = local_day(at) + timedelta(days=15)
        self.answer |= {"relayed_round": 1, "relayed_at": at}
        self.case |= {"proposed_outcome": "resolved", "waiting_for": "business"}
        self._due(until, "feedback", paused=True)
        data = {"proposed_outcome": "resolved", "tell_us_by": until.isoformat()}
        self._event("relay_answer", kind="relayed", text=WORDS["relay"][self.case["language"]], data=data)
        self._close("resolved", self._later(2, 15))

    def explained(self) -> None:
        """Closed without a letter."""
        self.assessing()
        self._close("explained", self._later(5, 50))

    def withdrawn(self) -> None:
        self._ended("withdrawn", self._later(1, 20), by=None)
        self._event("withdraw", kind="withdrawn", by=None)

    # --- what they share --------------------------------------------------------------------------
    def _close(self, outcome: str, at: datetime) -> None:
        self._ended("closed", at, by=self.officer)
        self.case |= {"outcome": outcome, "outcome_why": ""}
        text = WORDS["close"][self.case["language"]]
        self._event("close", kind="closed", text=text, data={"outcome": outcome, "why": ""})

    def _ended(self, state: str, at: datetime, by: int | None) -> None:
        self.case |= {"ended_at": at, "ended_by_id": by}
        self._state_is(state, waiting_for="nobody")
        self._due(None, "", paused=False)

    def _state_is(self, state: str, *, stage: str = "", waiting_for: str = "office") -> None:
        self.case |= {"state": state, "stage": stage or state, "waiting_for": waiting_for}

    def _due(self, on: date | None, clock: str, *, paused: bool) -> None:
        self.case |= {"due_on": on, "due_clock": clock, "due_paused": paused}

    def _later(self, least: float, most: float) -> datetime:
        """Let some days pass, but never into the future."""
        self.at = min(self.at + timedelta(days=self.dice.uniform(least, most)), self.now)
        return self.at

    def _of_referral(
        self, move: str, after: str, data: dict[str, Any], *, kind: str = "", by: int = 0
    ) -> None:
        before, self.referral["state"] = self.referral["state"], after
        event = self._event(move, kind=kind, data=data, by=by)
        event |= {"referral": self.referral, "referral_before": before, "referral_after": after}

    def _event(
        self,
        move: str,
        *,
        kind: str = "",
        text: str = "",
        data: dict[str, Any] | None = None,
        by: int | None = 0,
    ) -> dict[str, Any]:
        """``by`` is the officer in charge unless somebody else is named; None is the business."""
        case, staff = self.case, self.officer if by == 0 else by
        case["seq"] += 1
        case["public_seq"] += bool(kind)
        case["updated_at"] = self.at
        message: dict[str, Any] | None = None
        if text:
            message = {"from_business": False, "author_id": staff, "text": text}
            message |= {"language": case["language"], "at": self.at}
            self.rows[Message].append(message)
        event = {
            "seq": case["seq"],
            "public_seq": case["public_seq"] if kind else None,
            "at": self.at,
            "by_kind": "staff" if staff else "business",
            "by_user_id": staff,
            "by_office": case["office_id"] if staff else "",
            "move": move,
            "kind": kind,
            "state_before": self._state,
            "state_after": case["state"],
            "changes": self._changes(),
            "data": data or {},
            "message": message,
        }
        self._state = case["state"]
        self.rows[Event].append(event)
        return event

    def _changes(self) -> dict[str, list[Any]]:
        """What is not as it was told last, as the gate writes it down."""
        before, self._told = self._told, _tracked(self.case)
        return {
            name: [_code(old), _code(new)]
            for name, old, new in zip(_COLUMNS, before, self._told, strict=True)
            if old != new
        }

    def bind(self) -> None:
        """Put ids in the place of rows, once those have theirs."""
        ident = self.case["id"]
        for model, rows in self.rows.items():
            if model not in (LetterVersion, Letter, Answer):
                for values in rows:
                    values["case_id"] = ident
        for event in self.rows[Event]:
            for name in ("message", "referral"):
                row = event.pop(name, None)
                event[f"{name}_id"] = row["id"] if row else None
        if not self.rows[Referral]:
            return
        referral, version = self.rows[Referral][0], self.rows[LetterVersion][0]
        letter = self.rows[Letter][0]
        referral["number"] = f"{letter['office_id']}/{letter['year']}/{letter['number']:04d}"
        letter["version_id"] = version["id"]
        for model in (LetterVersion, Letter, Disclosure, Answer):
            for values in self.rows[model]:
                values["referral_id"] = referral["id"]


def _code(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
