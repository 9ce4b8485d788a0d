"""Two people, or eight, change one case in the same instant: one wins, the others are told who (F18, F19, T26, P3)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.drills import Report, sized
from tests.drills.clients import a_text, make_people
from tests.drills.invariants import examine, rows
from tests.drills.ledger import Ledger, sum_of
from tests.drills.mailserver import MailServer
from tests.drills.stack import Stack
from tests.drills.wire import Answer, Line, Site

RACES = sized(200, 14)
CROWDS = sized(25, 2)

#: Run inside the set: cases, filed for a partner, and letters, drafted by Amina or by Wing. Printed as JSON.
GROUNDS = """
import json
from accounts.models import User
from cases.actions import open_case
from cases.models import Referral
from cases.permissions import Actor
from tests.cast import Cast, a_filing, an_authority, move, triage_inputs
cast = Cast({user.username: user for user in User.objects.all()})
grounds = []
for number in range(COUNT):
    case = open_case(a_filing(key=f"race:{number}", email=f"r{number}@example.invalid"),
                     by=Actor.partner(cast.partner0)).case
    letter = ""
    if number % 7 in (3, 4):
        drafter = cast.staff("amina" if number % 7 == 3 else "wing")
        move(case, "triage", drafter, **triage_inputs(case))
        move(case, "refer", drafter, authorities=[an_authority()], kind="concern", disclose="nothing")
        referral = Referral.objects.get(case=case)
        move(referral, "draft", drafter, subject="关于货物通关事宜的函", body="请贵单位依法核实并函复。")
        letter = str(referral.uuid)
    case.refresh_from_db()
    grounds.append([case.reference, letter, case.seq])
print(json.dumps(grounds))
"""


@dataclass
class Act:
    """One person's move in a race, and what they were told."""

    who: str
    path: str
    facts: dict[str, Any]
    move: str
    may_win: bool = True
    answer: Answer | None = None

    @property
    def won(self) -> bool:
        return self.answer is not None and self.answer.status == 200


@dataclass
class Race:
    reference: str
    acts: list[Act]
    #: With a business among them both may win, one after the other; otherwise exactly one does.
    one_winner: bool = True
    texts: list[str] = field(default_factory=list)


def run(report: Report) -> None:
    with report.place() as place:
        ledger = Ledger(place / "ledger.jsonl")
        with (
            MailServer(ledger) as mail,
            Stack(place / "set", sockets=1, workers=1, env={"EMAIL_URL": mail.url}) as stack,
        ):
            Races(stack, ledger, report).run()
        ledger.close()


class Races:
    def __init__(self, stack: Stack, ledger: Ledger, report: Report) -> None:
        self.stack, self.ledger, self.report = stack, ledger, report
        self.tokens = make_people(stack)
        self.site = Site(stack.url, ledger, report)
        said = stack.manage("shell", "-v0", "-c", GROUNDS.replace("COUNT", str(RACES + CROWDS)), timeout=1800)
        self.grounds = json.loads(said.splitlines()[-1])

    def run(self) -> None:
        kinds: list[Callable[[str, str, int], Race]] = [
            self.two_claims,
            self.different_moves,
            self.two_windows,
            self.two_approvals,
            self.own_approval,
            self.withdrawn_meanwhile,
            self.priority_and_claim,
        ]
        began = time.monotonic()
        for number in range(RACES):
            self.hold(kinds[number % 7](*self.grounds[number]))
        self.report.did("pairs started at one barrier (F18, F19, T26)", RACES)
        for number in range(RACES, RACES + CROWDS):
            self.hold(self.eight_claims(*self.grounds[number]))
        self.report.did("crowds of eight (P3)", CROWDS)
        self.report.measured("a race", (time.monotonic() - began) * 1000 / (RACES + CROWDS), "ms")
        tally = ", ".join(f"{status} ×{count}" for status, count in sorted(self.site.tally.items()))
        self.report.did(f"answers {tally}", sum(self.site.tally.values()))
        examine(self.stack, self.ledger.path, self.report)

    # --- who races ----------------------------------------------------------------------------
    def case(self, who: str, reference: str, move: str, facts: dict[str, Any], seq: int) -> Act:
        path = f"/api/v1/cases/{reference}/moves/{move}/"
        return Act(who, path, {**facts, "version": seq}, move)

    def two_claims(self, reference: str, _letter: str, seq: int) -> Race:
        return Race(reference, [self.case(who, reference, "claim", {}, seq) for who in ("amina", "chi")])

    def different_moves(self, reference: str, _letter: str, seq: int) -> Race:
        text = a_text()
        return Race(
            reference,
            [
                self.case("amina", reference, "send_message", {"text": text}, seq),
                self.case("chi", reference, "claim", {}, seq),
            ],
        )

    def priority_and_claim(self, reference: str, _letter: str, seq: int) -> Race:
        urgent = {"priority": "urgent", "reason": "Goods that spoil."}
        return Race(
            reference,
            [
                self.case("wing", reference, "set_priority", urgent, seq),
                self.case("chi", reference, "claim", {}, seq),
            ],
        )

    def two_windows(self, reference: str, _letter: str, seq: int) -> Race:
        """One person, two windows, two different messages."""
        return Race(
            reference,
            [self.case("amina", reference, "send_message", {"text": a_text()}, seq) for _ in range(2)],
        )

    def two_approvals(self, reference: str, letter: str, seq: int) -> Race:
        path = f"/api/v1/referrals/{letter}/moves/approve/"
        return Race(reference, [Act(who, path, {"version": seq}, "approve") for who in ("wing", "may")])

    def own_approval(self, reference: str, letter: str, seq: int) -> Race:
        """Wing drafted the letter: she never approves it, whoever is faster."""
        race = self.two_approvals(reference, letter, seq)
        race.acts[0].may_win = False
        return race

    def withdrawn_meanwhile(self, reference: str, _letter: str, seq: int) -> Race:
        withdraw = Act(
            "partner0", f"/api/v1/concerns/{reference}/moves/withdraw/", {"reason": ""}, "withdraw"
        )
        withdraw.facts = {}
        return Race(
            reference,
            [self.case("amina", reference, "send_message", {"text": a_text()}, seq), withdraw],
            one_winner=False,
        )

    def eight_claims(self, reference: str, _letter: str, seq: int) -> Race:
        people = ["amina", "chi", "wing", "may"] * 2
        return Race(reference, [self.case(who, reference, "claim", {}, seq) for who in people])

    # --- the race -----------------------------------------------------------------------------
    def hold(self, race: Race) -> None:
        before = self.events(race.reference)
        barrier = threading.Barrier(len(race.acts))
        threads = [threading.Thread(target=self.act, args=(act, barrier), daemon=True) for act in race.acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
        self.judge(race, self.events(race.reference) - before)

    def act(self, act: Act, barrier: threading.Barrier) -> None:
        line = Line(self.site, self.tokens[act.who])
        barrier.wait(30)
        act.answer = line.send_json(act.path, act.facts, again=False)

    def events(self, reference: str) -> int:
        found = rows(
            self.stack,
            "SELECT count(*) FROM cases_event e JOIN cases_case c ON c.id = e.case_id"
            f" WHERE c.reference = '{reference}'",
        )
        return int(found[0][0])

    def judge(self, race: Race, more_events: int) -> None:
        told = ", ".join(f"{a.who} {a.move}: {a.answer.status if a.answer else 'nothing'}" for a in race.acts)
        winners = [act for act in race.acts if act.won]
        expect = self.report.expect
        expect(more_events == len(winners), f"P3: {more_events} events for {len(winners)} winners ({told})")
        expect(len(winners) == 1 or not race.one_winner, f"P3: {len(winners)} winners ({told})")
        expect(all(act.may_win for act in winners), f"T26: somebody approved her own letter ({told})")
        for act in race.acts:
            kept = {"reference": race.reference, "move": act.move}
            text = {"text": sum_of(act.facts["text"])} if "text" in act.facts else {}
            if act.won:
                seq = act.answer.json().get("seq") if act.answer and "/cases/" in act.path else None
                self.ledger.note("moved", **kept, **text, **({"seq": seq} if seq else {}))
                continue
            self.ledger.note("refused", **kept, **text)
            self.judge_loser(act, winners, told)

    def judge_loser(self, act: Act, winners: list[Act], told: str) -> None:
        status = act.answer.status if act.answer else None
        if not act.may_win and status == 403:
            return
        if status != 409 or act.answer is None:
            self.report.violation(f"P3: the loser was answered {status} ({told})")
            return
        said = act.answer.json()
        by = str(said.get("by", "")).lower()
        self.report.expect(
            said.get("code") in ("stale", "not_allowed") and by in {w.who for w in winners},
            f"P3: the loser was told {said.get('code')!r} by {by!r} ({told})",
        )
