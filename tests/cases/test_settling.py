"""The business says that it is settled, that it is not, and how it was handled."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from cases import clocks, sweep
from cases.history import Names, sentence
from cases.models import Case, Notice
from cases.permissions import Actor
from cases.public import project
from cases.refusals import NotAllowed
from cases.states import State
from tests.cast import make_case, move, record_answer, sent_referral

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def on(monkeypatch):
    def set_day(day):
        at = datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_day


def relayed(cast, outcome="resolved", result="granted"):
    """A case whose answer was passed on."""
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    record_answer(case, referral, cast, result=result)
    move(
        case,
        "relay_answer",
        cast.staff("amina"),
        referrals=[referral],
        text="Released.",
        proposed_outcome=outcome,
    )
    return again(case)


def again(case):
    return Case.objects.get(pk=case.pk)


def by_business(case, name, **inputs):
    return move(case, name, Actor.business(case), **inputs)


def may(case):
    return {name for name, allowed in project(again(case)).may.items() if allowed}


def running(case):
    case = again(case)
    return {c.stage for c in clocks.clocks_of(case, case.events.all()) if c.is_running}


def test_who_accepts_closes_the_case_with_the_outcome_we_proposed(cast):
    case = relayed(cast)
    assert {"accept_outcome", "contest_outcome", "rate"} <= may(case)
    event = by_business(case, "accept_outcome")
    case = again(case)
    assert (case.state, case.outcome, case.ended_by, case.verdict) == ("closed", "resolved", None, "accepted")
    assert event.public_seq == case.public_seq
    assert sentence(event, Names(case, [event])).startswith("The business accepted the outcome: Resolved")
    assert "settled – closed: Resolved" in project(case).events[-1].sentence
    assert "feedback" not in running(case)
    assert "accept_outcome" not in may(case)
    assert {"rate", "request_reopen"} <= may(case)
    with pytest.raises(NotAllowed) as refused:
        by_business(case, "accept_outcome")
    assert "already told us" in str(refused.value.message)


@pytest.mark.parametrize(("result", "why"), [("granted", "other"), ("refused_request", "authority_refused")])
def test_accepting_that_it_was_not_resolved_says_why(cast, result, why):
    case = relayed(cast, "not_resolved", result)
    by_business(case, "accept_outcome")
    assert (again(case).outcome, again(case).outcome_why) == ("not_resolved", why)


def test_nothing_can_be_accepted_before_we_replied_nor_what_we_could_not_take_up(cast):
    for case in (
        make_case(State.ASSESSING, cast),
        make_case(State.ANSWERED, cast),
        relayed(cast, "out_of_scope"),
    ):
        assert "accept_outcome" not in may(case)
        with pytest.raises(NotAllowed):
            by_business(case, "accept_outcome")


def test_an_outcome_can_be_accepted_after_the_office_closed(cast):
    case = make_case(State.CLOSED, cast)
    by_business(case, "accept_outcome")
    case = again(case)
    assert (case.state, case.verdict) == ("closed", "accepted")
    assert case.ended_by == cast.amina
    assert "feedback" not in running(case)


def test_who_says_that_it_is_not_settled_hands_the_case_back_to_the_office(cast, on):
    on("2026-11-16")
    case = relayed(cast)
    assert case.waiting_for == "business"
    move(case, "claim", cast.staff("amina"))
    by_business(case, "contest_outcome", text="Two containers are still held.")
    case = again(case)
    assert (case.state, case.verdict, case.waiting_for, case.due_paused) == (
        "answered", "contested", "office", False,
    )  # fmt: skip
    assert case.due_on is not None
    assert "feedback" not in running(case)
    assert project(case).events[-1].text == "Two containers are still held."
    assert Notice.objects.filter(case=case, to_user=cast.amina, template="staff").exists()
    with pytest.raises(NotAllowed) as refused:
        by_business(case, "contest_outcome", text="Again.")
    assert "write to us at any time" in str(refused.value.message)
    on("2027-03-01")
    sweep.sweep()
    assert again(case).state == "answered"


def test_a_second_reply_asks_anew_and_so_does_a_reopening(cast):
    case = relayed(cast)
    by_business(case, "contest_outcome", text="No.")
    referral = sent_referral(case, cast)
    record_answer(case, referral, cast)
    move(
        case,
        "relay_answer",
        cast.staff("amina"),
        referrals=[referral],
        text="Now all of them.",
        proposed_outcome="resolved",
    )
    assert (again(case).verdict, again(case).waiting_for) == ("", "business")
    by_business(case, "accept_outcome")
    by_business(case, "request_reopen", kind="reopen", reason="Held again.")
    assert "accept_outcome" not in may(case)
    move(case, "reopen", cast.staff("wing"), reason="Held again.")
    assert again(case).verdict == ""


def test_who_wrote_a_word_is_not_closed_by_the_clock(cast, on):
    on("2026-11-16")
    case, silent = relayed(cast), relayed(cast)
    for one in (case, silent):
        move(one, "claim", cast.staff("amina"))
    by_business(case, "send_message", text="I am not sure that this settles it.")
    by_business(silent, "rate", score="4")
    for day in ("2026-12-01", "2026-12-15", "2026-12-21"):
        on(day)
        sweep.sweep()
    assert (again(case).state, again(silent).state) == ("answered", "closed")


def test_a_business_rates_once_a_round_and_its_words_stand_apart_from_the_score(cast):
    case = make_case(State.CLOSED, cast)
    event = by_business(case, "rate", score="2", text="It took too long.")
    assert event.data == {"score": 2}
    assert event.message.text == "It took too long."
    assert "rated how we handled it: 2 of 5" in sentence(event, Names(case, [event]))
    assert "rate" not in may(case)
    with pytest.raises(NotAllowed) as refused:
        by_business(case, "rate", score="5")
    assert "already rated" in str(refused.value.message)
    by_business(case, "request_reopen", kind="review", reason="Too long.")
    move(case, "reopen", cast.staff("may"), reason="Looked at again.")
    assert "rate" not in may(case)  # nothing to rate yet in this round
    move(case, "close", cast.staff("amina"), outcome="explained", text="This is why.")
    assert "rate" in may(case)


def test_what_a_caller_says_is_recorded_for_the_business(cast):
    case = relayed(cast)
    event = move(case, "accept_outcome", Actor.caller(cast.amina, "phone"))
    assert (event.by_user, event.on_behalf, event.channel) == (cast.amina, "business", "phone")
    assert again(case).state == "closed"
