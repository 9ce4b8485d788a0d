"""Many cases at once, written straight into the tables, for measuring.

The rows keep the rules of the tables: numbers without a gap, an outcome exactly on closed cases, an end exactly on
ended ones, one statement, contact, sharing choice and search text each, and the events that lead to the state.
Cases that need letters (referred, answered) are not made here: only moves make those.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases.clocks import local_day
from cases.demo.stories import STORIES
from cases.demo.walks import WORDS
from cases.filing import SHARING_TEXT, company_key
from cases.models import Case, Contact, Event, Message, Question, SearchText, SharingChoice, Statement
from cases.states import Outcome, State, Waiting
from routing.coverage import office_for
from routing.models import Category, Division
from text.fold import fold
from text.reference import new_reference

#: Rows held in memory at once.
CHUNK = 2000
#: How many of a hundred cases end up in each state; an office's tables are mostly history.
SHARES = [
    (State.RECEIVED, 3),
    (State.ASSESSING, 8),
    (State.AWAITING, 4),
    (State.CLOSED, 78),
    (State.WITHDRAWN, 7),
]
YEARS_BACK = 3


def make_rows(number: int, report: Callable[[str], None]) -> int:
    """Bring the number of bulk cases up to ``number``; returns how many were made. The same every time but for
    references, which are random.
    """
    done = Case.objects.filter(filing_key__startswith="bulk:").count()
    maker = _Maker()
    for start in range(done, number, CHUNK):
        end = min(start + CHUNK, number)
        with transaction.atomic():
            maker.chunk(start, end)
        if end % (CHUNK * 10) == 0 or end == number:
            report(f"{end} of {number} cases")
    return max(0, number - done)


class _Maker:
    def __init__(self) -> None:
        self.now = timezone.now()
        self.categories = list(Category.objects.filter(parent__isnull=False))
        places = Division.objects.filter(level__in=[Division.Level.PREFECTURE, Division.Level.PROVINCE])
        self.places = [(place, office_for(place, local_day(self.now))) for place in places]
        self.staff: dict[str | None, list[User]] = {}
        for user in User.objects.filter(role__in=["caseworker", "supervisor"]):
            self.staff.setdefault(user.office_id, []).append(user)
        self.folded = [fold(f"{s.text}\n{s.wanted}\n{s.authority}") for s in STORIES]

    def chunk(self, start: int, end: int) -> None:
        rows: list[dict[str, Any]] = [self._facts(n) for n in range(start, end)]
        cases = Case.objects.bulk_create([r.pop("case") for r in rows])
        for case, row in zip(cases, rows, strict=True):
            for others in row.values():
                for other in others if isinstance(others, list) else [others]:
                    other.case = case
        for name, model in (
            ("statement", Statement),
            ("contact", Contact),
            ("choice", SharingChoice),
            ("search", SearchText),
        ):
            model._default_manager.bulk_create([r[name] for r in rows])
        Message.objects.bulk_create([m for r in rows for m in r["messages"]])
        Question.objects.bulk_create([q for r in rows for q in r["questions"]])
        Event.objects.bulk_create([e for r in rows for e in r["events"]])

    def _facts(self, n: int) -> dict[str, Any]:
        """Everything about the n-th case, decided by its number alone."""
        dice = random.Random(n)  # noqa: S311  # invented data, repeatable
        story_number = n % len(STORIES)
        story = STORIES[story_number]
        place, covering = dice.choice(self.places)
        state = dice.choices([s for s, _share in SHARES], [share for _s, share in SHARES])[0]
        ended = state in (State.CLOSED, State.WITHDRAWN)
        received = self.now - timedelta(
            days=dice.uniform(60, YEARS_BACK * 365) if ended else dice.uniform(0.1, 45)
        )
        colleagues = self.staff.get(covering.office.code, [])
        officer = dice.choice(colleagues) if colleagues and state != State.RECEIVED else None
        case = Case(
            reference=new_reference(),
            state=state,
            office=covering.office,
            liaison_unit=covering.liaison_unit,
            assignee=officer,
            assigned_at=received if officer else None,
            title=story.text.splitlines()[0],
            category=dice.choice(self.categories),
            division=place,
            priority="urgent" if dice.random() < 0.05 else "normal",
            filer_kind="enterprise",
            language=story.language,
            sharing="office_only",
            company_key=company_key(f"DEMO-{n % 5000}", ""),
            filing_key=f"bulk:{n}",
            received_at=received,
            updated_at=received,
            waiting_for=Waiting.OFFICE,
            stage=state,
        )
        row = {
            "case": case,
            "statement": Statement(text=story.text, wanted=story.wanted, authority_named=story.authority),
            "contact": Contact(company=f"{story.company} {n % 5000}", name=story.person, notify=False),
            "choice": SharingChoice(
                choice="office_only", text_version=SHARING_TEXT, language=story.language, at=received
            ),
            "search": SearchText(folded=self.folded[story_number]),
            "messages": [],
            "questions": [],
            "events": [],
        }
        self._course(case, row, state, officer, received, dice)
        return row

    def _course(
        self,
        case: Case,
        row: dict[str, Any],
        state: State,
        officer: User | None,
        received: datetime,
        dice: random.Random,
    ) -> None:
        """The events that lead to the state, and what they leave on the case."""
        told = _Course(case, row, received)
        told.add("open_case", State.RECEIVED, kind="received", data={"office": case.office_id})
        if state == State.WITHDRAWN:
            told.add("withdraw", state, kind="withdrawn", later=dice.uniform(1, 20))
        elif state != State.RECEIVED:
            told.add("triage", State.ASSESSING, by=officer, kind="assessing", later=dice.uniform(0.2, 3))
            case.triaged_at = told.at
            case.level, case.referable = "municipal", "yes"
        if state == State.AWAITING:
            answer_by = local_day(told.at) + timedelta(days=21)
            row["questions"].append(Question(seq=case.seq + 1, asked_at=told.at, answer_by=answer_by))
            told.add(
                "ask",
                state,
                by=officer,
                kind="question",
                text=WORDS["question"][case.language],
                data={"answer_by": answer_by.isoformat()},
            )
            case.waiting_for, case.stage = Waiting.BUSINESS, State.ASSESSING
            case.due_on, case.due_clock, case.due_paused = answer_by, "supplement", True
        elif state == State.CLOSED:
            case.outcome = Outcome.EXPLAINED
            told.add(
                "close",
                state,
                by=officer,
                kind="closed",
                text=WORDS["close"][case.language],
                data={"outcome": case.outcome, "why": ""},
                later=dice.uniform(5, 50),
            )
            case.ended_by = officer
        else:
            case.due_on = local_day(received) + timedelta(days=dice.randint(3, 60))
            case.due_clock = "referral" if state == State.ASSESSING else "triage_decision"
        if state in (State.CLOSED, State.WITHDRAWN):
            case.ended_at, case.waiting_for, case.due_on = told.at, Waiting.NOBODY, None
            case.due_clock = ""
        case.updated_at = told.at


class _Course:
    """Appends events to a case in order, each with its number, words and time."""

    def __init__(self, case: Case, row: dict[str, Any], at: datetime) -> None:
        self.case, self.row, self.at, self.state = case, row, at, ""

    def add(
        self,
        move: str,
        state: State,
        *,
        kind: str,
        by: User | None = None,
        text: str = "",
        data: dict[str, Any] | None = None,
        later: float = 0,
    ) -> None:
        self.at += timedelta(days=later)
        self.case.seq += 1
        self.case.public_seq += 1
        message = None
        if text:
            message = Message(
                from_business=False, author=by, text=text, language=self.case.language, at=self.at
            )
            self.row["messages"].append(message)
        self.row["events"].append(
            Event(
                seq=self.case.seq,
                public_seq=self.case.public_seq,
                at=self.at,
                by_kind="staff" if by else "business",
                by_user=by,
                by_office=(by.office_id or "") if by else "",
                move=move,
                kind=kind,
                state_before=self.state,
                state_after=state,
                changes={"state": [self.state or None, state]},
                data=data or {},
                message=message,
            )
        )
        self.state = state
