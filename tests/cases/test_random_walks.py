"""Random walks over both machines with all actors: the invariants of moves.md section 9 hold after every move."""

import os
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.actions import perform
from cases.issues.acts import decide_news, propose_news
from cases.models import Case, Event, IssueTelling, Letter, Reader, Referral
from cases.models.machine import moves_of, moves_open_to
from cases.permissions import Actor
from cases.refusals import NotPermitted, Refusal, Unseen
from cases.states import OPEN, OPEN_REFERRAL, Outcome, State, follow
from routing.models import Authority, Category, Division, Office
from tests.cast import file_case
from tests.issues.gathered import TEXTS, an_issue

pytestmark = [pytest.mark.both, pytest.mark.django_db]

STEPS = int(os.environ.get("WALK_STEPS", "40"))
WALKS = int(os.environ.get("WALKS", "12"))


class Walker:
    """Chooses an actor and a move at random and gives it inputs that are usually good."""

    def __init__(self, cast, seed):
        self.cast, self.dice = cast, random.Random(seed)
        self.case = file_case(sharing=self.dice.choice(["named", "office_only", "anonymous"]))
        self.other = file_case()
        self.issue = an_issue(cast.amina)
        news = propose_news(self.issue, TEXTS, by=cast.amina, version=1)
        decide_news(self.issue, news.number, by=cast.wing, version=2, publish=True)
        self.made = Counter()

    def actors(self):
        yield from (
            self.cast.staff(name) for name in ("amina", "chi", "wing", "may", "bo", "shan", "lan", "hana")
        )
        yield from (self.cast.staff(name) for name in ("olivia", "ada"))
        yield Actor.business(self.case)
        yield Actor.business(self.other)
        yield Actor.caller(self.cast.amina, "phone")
        yield Actor.system()
        yield from (Actor.authority(r) for r in Referral.objects.filter(case=self.case))

    def step(self):
        case = Case.objects.get(pk=self.case.pk)
        subjects = [case, *Referral.objects.filter(case=case).select_related("case", "authority")]
        subject = self.dice.choice(subjects)
        actor = self.dice.choice(list(self.actors()))
        offered = moves_open_to(subject, actor)
        anything = list(moves_of(type(subject)))
        move = self.dice.choice(offered if offered and self.dice.random() < 0.85 else anything)
        allowed = permitted(subject, move, actor)  # asked before: who made it has taken part from then on
        try:
            event = perform(
                subject,
                move,
                by=actor,
                version=case.seq if actor.is_staff else None,
                **self.inputs(subject, move, case),
            )
        except Refusal as refused:
            assert Case.objects.get(pk=case.pk).seq == case.seq
            if move in offered:
                named = [self.other.pk] if move in ("link", "unlink", "merge") else []
                seen = Case.objects.visible_to(actor).filter(pk__in=[case.pk, *named]).count()
                assert not isinstance(refused, Unseen) or seen <= len(named)
            return
        self.made[move] += 1
        assert move in offered or isinstance(event, Event)
        assert allowed, f"{actor.kind} made {move} in {case.state}"

    def inputs(self, subject, move, case):
        pick, today = self.dice.choice, timezone.localdate()
        of_referral = isinstance(subject, Referral)
        referrals = list(case.referrals.all())
        text = "Some words."
        table = {
            "triage": lambda: {
                "category": pick(list(Category.objects.filter(parent__isnull=False)[:20])),
                "division": Division.objects.get(pk="441900"),
                "level": pick(["municipal", "provincial", "national"]),
                "proceedings": pick(["none", "none", "none", "court"]),
                "referable": pick(["yes", "yes", "limited", "no"]),
                "reason": text,
            },
            "assign": lambda: {"user": pick([self.cast.amina, self.cast.chi, self.cast.bo])},
            "transfer": lambda: (
                {"to": Authority.objects.get(pk="HKMAO-440000")}
                if of_referral
                else {"to_office": pick(list(Office.objects.all())), "reason": text}
            ),
            "return_transfer": lambda: {"reason": text},
            "ask": lambda: {"text": text},
            "reply": lambda: {"text": text},
            "add_note": lambda: {"text": text},
            "send_message": lambda: {"text": text},
            "set_priority": lambda: {"priority": pick(["normal", "urgent"]), "reason": text},
            "correct": lambda: {"title": f"Title {self.dice.random()}", "reason": text},
            "link": lambda: {"other": self.other},
            "unlink": lambda: {"other": self.other},
            "refer": lambda: {
                "authorities": [
                    pick(list(Authority.objects.filter(code__in=["CUSTOMS-5200", "HKMAO-440000"])))
                ],
                "kind": pick(["enquiry", "concern"]),
                "disclose": pick(["nothing", "nothing", "identity"]),
            },
            "record_answer": lambda: {
                "referral": pick(referrals or [Referral(pk=0)]),
                "received_on": today,
                "channel": "post",
                "result": "granted",
                "text": text,
            },
            "relay_answer": lambda: {
                "referrals": referrals,
                "text": text,
                "proposed_outcome": "resolved",
            },
            "close": lambda: {
                "outcome": pick(list(Outcome)),
                "text": text,
                "how": pick(["", text]),
                "why": pick(["", "in_court", "no_answer", "no_reply"]),
                "signpost": pick(["", text]),
            },
            "answer_enquiry": lambda: {"text": text},
            "invite_reader": lambda: {"email": f"r{self.dice.randrange(99)}@example.invalid"},
            "remove_reader": lambda: {
                "reader": pick([*case.readers.filter(ended_at=None)] or [Reader(case=case)])
            },
            "merge": lambda: {"into": self.other},
            "request_reopen": lambda: {"reason": text, "kind": pick(["reopen", "review"])},
            "set_sharing": lambda: {
                "sharing": pick(["named", "office_only", "anonymous"]),
                "name": pick(["", "Ho Siu-ming"]),
                "company": pick(["", "Harbour Lantern Trading Ltd (demo)"]),
            },
            "set_contact": lambda: {
                "email": pick(["", "new@example.invalid"]),
                "notify": pick(["", "on", "off"]),
                "forget": pick([(), ("email",), ("phone",)]),
            },
            "request_erasure": lambda: {"reason": pick(["", text])},
            "grant_erasure": lambda: {"reason": text},
            "refuse_erasure": lambda: {"ground": "in_use", "text": text},
            "hold": lambda: {"reason": text},
            "lift_hold": lambda: {"reason": text},
            "contest_outcome": lambda: {"text": text},
            "rate": lambda: {"score": pick(["1", "5"]), "text": pick(["", text])},
            "reopen": lambda: {"reason": text},
            "decline_reopen": lambda: {"text": text},
            "join_issue": lambda: {"issue": self.issue, "reason": text, "tell_news": pick([True, False])},
            "leave_issue": lambda: {"reason": text},
            "tell_of_issue": lambda: {
                "telling": IssueTelling.objects.filter(case=case, state="waiting").first()
                or IssueTelling(pk=0)
            },
            "escalate": lambda: {"level": case.escalation_level + pick([1, 1, 2]), "reason": text},
            "deescalate": lambda: {"reason": text},
            "request_extension": lambda: {
                "clock": "reply",
                "new_date": today + timedelta(days=20),
                "reason": text,
            },
            "grant_extension": lambda: {"clock": "reply", "text": text},
            "refuse_extension": lambda: {"clock": "reply", "reason": text},
            "draft": lambda: {"subject": "函", "body": pick(["请核实。", "请核实。", "【待填：事由】"])},
            "return_draft": lambda: {"comments": text},
            "send": lambda: {"channel": "post", "sent_on": today},
            "chase": lambda: {"channel": "post"},
            "answer": lambda: {"text": text},
            "return_answer": lambda: {"reason": text},
            "refuse": lambda: {"reason": pick(["not_responsible", "not_accepted"])},
            "recall": lambda: {"reason": pick(["", text])},
            "give_up": lambda: {"reason": text},
        }
        return table.get(move, dict)()


def permitted(subject, move, actor):
    """The table's own predicate says yes to what was done (asked of the row as it was before)."""
    meta = moves_of(type(subject))[move]
    if move == "reply" and subject.state != State.AWAITING:
        meta = moves_of(type(subject))["send_message"]
    way = meta.get_transition(subject.state) or next(iter(meta.transitions.values()))
    return way.permission(subject, actor)


def check_invariants(case_id):
    case = Case.objects.get(pk=case_id)
    referrals = list(case.referrals.all())
    # 1
    if case.is_ended:
        assert not any(r.state in OPEN_REFERRAL for r in referrals)
    elif case.state != State.RECEIVED:
        question = case.questions.filter(closed_at=None).exists()
        assert case.state == follow(
            question_open=question,
            referrals=case.referrals_now,
            answers=case.answers_now,
            opened_round=case.round,
        )
    # 2
    assert bool(case.outcome) == (case.state == State.CLOSED)
    if case.outcome == Outcome.OUT_OF_SCOPE or case.outcome == Outcome.NOT_RESOLVED:
        assert case.outcome_why
    # 3
    assert case.questions.filter(closed_at=None).exists() == (case.state == State.AWAITING)
    # 4
    for referral in referrals:
        if referral.sent_on is not None and referral.successor_of_id is None:
            assert referral.approved_by_id and referral.approved_by_id != referral.last_drafter_id
            assert referral.number
            assert referral.letter.document
            assert referral.letter.sha256
            assert referral.disclosure.fields == [] or case.sharing == "named"
    # 5
    events = list(case.events.order_by("seq"))
    assert [e.seq for e in events] == list(range(1, case.seq + 1))
    assert [e.public_seq for e in events if e.public_seq] == list(range(1, case.public_seq + 1))
    # 6
    replayed = {}
    for event in events:
        for name, (old, new) in event.changes.items():
            assert replayed.get(name) == old, (event, name)
            replayed[name] = new
    for name, column in {
        "state": "state",
        "office": "office_id",
        "assignee": "assignee_id",
        "priority": "priority",
        "escalation_level": "escalation_level",
        "outcome": "outcome",
        "stage": "stage",
        "waiting_for": "waiting_for",
    }.items():
        assert replayed.get(name) == getattr(case, column), name
    assert replayed.get("due_on") == (case.due_on.isoformat() if case.due_on else None)
    return case


def check_numbers():
    for office, year in set(Letter.objects.values_list("office_id", "year")):
        numbers = sorted(Letter.objects.filter(office=office, year=year).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))


def test_random_walks_keep_every_invariant(cast):
    made, states = Counter(), set()
    for seed in range(WALKS):
        walker = Walker(cast, seed)
        for _ in range(STEPS):
            walker.step()
            states.add(check_invariants(walker.case.pk).state)
        check_invariants(walker.other.pk)
        made += walker.made
    check_numbers()
    assert len(states) >= 5
    assert len(made) >= 20


def test_no_open_state_is_a_dead_end(cast):
    from tests.cast import make_case

    for state in OPEN:
        case = make_case(state, cast)
        assert set(moves_open_to(case, cast.staff("wing"))) - {"add_note", "send_message", "link", "unlink"}


def test_every_pair_of_role_and_move_outside_the_table_is_refused(cast):
    from tests.cast import make_case

    case = make_case(State.ASSESSING, cast)
    for name in moves_of(Case):
        for outsider in ("olivia", "ada", "bo"):
            with pytest.raises((Unseen, NotPermitted)):
                perform(case, name, by=cast.staff(outsider), version=case.seq)
