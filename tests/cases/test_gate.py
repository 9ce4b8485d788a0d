"""The one gate: order of checks, two at once, events that cannot be changed."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from cases.actions import open_case, perform
from cases.models import Case, Event, Message, Note
from cases.permissions import Actor
from cases.refusals import (
    InputRefused,
    NotAllowed,
    NotPermitted,
    OtherContent,
    Stale,
    Unseen,
    VersionMissing,
)
from cases.states import State
from tests.cast import a_filing, file_case, make_case, move, record_answer, sent_referral, triage_inputs

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def test_a_concern_becomes_a_case_with_one_public_event(cast):
    opened = open_case(a_filing(), by=Actor.new_business())
    case = Case.objects.get(pk=opened.case.pk)
    assert (case.state, case.seq, case.public_seq) == (State.RECEIVED, 1, 1)
    assert case.office_id == "GDETO"
    assert len(opened.tracking_code) == 16
    assert opened.tracking_code not in case.tracking_hash
    event = case.events.get()
    assert (event.move, event.kind, event.by_kind) == ("open_case", "received", "business")
    assert case.due_on is not None


def test_the_same_filing_again_is_the_same_case(cast):
    filing = a_filing()
    first = open_case(filing, by=Actor.new_business())
    second = open_case(filing, by=Actor.new_business())
    assert (second.case.pk, second.again, second.tracking_code) == (first.case.pk, True, "")
    assert Case.objects.count() == 1


def test_the_same_key_with_other_content_is_refused(cast):
    filing = a_filing()
    open_case(filing, by=Actor.new_business())
    with pytest.raises(OtherContent):
        open_case(a_filing(key=filing.key, text="Another matter"), by=Actor.new_business())


def test_a_case_of_another_office_is_not_there(cast):
    case = file_case()
    with pytest.raises(Unseen):
        move(case, "claim", cast.staff("bo"))
    with pytest.raises(Unseen):
        move(case, "add_note", cast.staff("olivia"), text="x")


def test_an_unknown_move_is_not_there(cast):
    with pytest.raises(Unseen):
        move(file_case(), "delete", cast.staff("amina"))
    with pytest.raises(Unseen):
        move(file_case(), "follow_referrals", cast.staff("amina"))


def test_a_caseworker_may_not_do_what_needs_a_supervisor(cast):
    case = make_case(State.ASSESSING, cast)
    with pytest.raises(NotPermitted):
        move(case, "deescalate", cast.staff("amina"), reason="x")


def test_staff_must_say_which_version_they_saw(cast):
    case = file_case()
    with pytest.raises(VersionMissing):
        perform(case, "claim", by=cast.staff("amina"))


def test_a_stale_version_is_refused_and_names_the_winner(cast):
    case = file_case()
    perform(case, "claim", by=cast.staff("amina"), version=1)
    with pytest.raises(Stale) as refused:
        perform(case, "set_priority", by=cast.staff("chi"), version=1, priority="urgent", reason="x")
    assert (refused.value.by, refused.value.version) == ("Amina", 2)
    assert refused.value.at is not None


def test_a_note_is_never_stale(cast):
    case = file_case()
    perform(case, "claim", by=cast.staff("amina"), version=1)
    perform(case, "add_note", by=cast.staff("chi"), version=1, text="Seen it.")
    assert Note.objects.get().text == "Seen it."


def test_what_the_state_does_not_allow_is_refused_with_a_sentence(cast):
    case = file_case()
    with pytest.raises(NotAllowed) as refused:
        move(case, "close", cast.staff("amina"), outcome="explained", text="x")
    assert refused.value.state == State.RECEIVED
    move(case, "claim", cast.staff("amina"))
    with pytest.raises(NotAllowed) as refused:
        move(case, "claim", cast.staff("chi"))
    assert "already taken" in str(refused.value.message)


def test_a_failed_move_changes_nothing(cast):
    case = make_case(State.ASSESSING, cast)
    before = Case.objects.filter(pk=case.pk).values().get()
    with pytest.raises(InputRefused):
        move(case, "close", cast.staff("amina"), outcome="out_of_scope", text="x", why="in_court")
    assert Case.objects.filter(pk=case.pk).values().get() == before


def test_state_cannot_be_set_by_hand(cast):
    case = file_case()
    with pytest.raises(AttributeError):
        case.state = State.CLOSED
    case.refresh_from_db()
    with pytest.raises(AttributeError):
        case.state = State.CLOSED


@pytest.mark.parametrize("statement", ["UPDATE cases_event SET move = 'x'", "DELETE FROM cases_event"])
def test_the_database_refuses_to_change_history(cast, statement):
    file_case()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.get().move == "open_case"


def test_events_hold_no_written_words(cast):
    case = make_case(State.CLOSED, cast)
    held = str(list(Event.objects.filter(case=case).values("data", "changes")))
    for words in ("Release", "port", "Ho Siu-ming", "Lantern", "example.invalid"):
        assert words not in held


def test_events_count_without_a_gap(cast):
    case = make_case(State.CLOSED, cast)
    seqs = list(case.events.values_list("seq", flat=True))
    public = [s for s in case.events.values_list("public_seq", flat=True) if s]
    assert seqs == list(range(1, case.seq + 1))
    assert public == list(range(1, case.public_seq + 1))


def test_every_state_is_reached_by_real_moves(cast):
    for state in State:
        assert make_case(state, cast).state == state


def test_a_reply_after_the_case_moved_on_is_a_message(cast):
    case = make_case(State.AWAITING, cast)
    move(case, "drop_question", cast.staff("amina"))
    event = perform(case, "reply", by=Actor.business(case), text="Number 42.")
    assert (event.move, event.kind) == ("send_message", "message")
    assert Message.objects.filter(text="Number 42.", from_business=True).exists()


def test_the_case_follows_its_referrals(cast):
    case = make_case(State.REFERRED, cast)
    assert (case.waiting_for, case.stage) == ("authority", "referred")
    referral = case.referrals.get()
    perform(referral, "answer", by=Actor.authority(referral), text="已处理。")
    case.refresh_from_db()
    assert (case.state, case.waiting_for) == (State.REFERRED, "office")
    record_answer(case, referral, cast)
    case.refresh_from_db()
    assert (case.state, case.waiting_for) == (State.ANSWERED, "office")
    move(
        case, "relay_answer", cast.staff("amina"), referrals=[referral], text="x", proposed_outcome="resolved"
    )
    case.refresh_from_db()
    assert (case.state, case.waiting_for) == (State.ANSWERED, "business")


def test_the_same_person_cannot_draft_and_approve(cast):
    case = make_case(State.ASSESSING, cast)
    amina = cast.staff("amina")
    move(case, "refer", amina, authorities=[_customs()], kind="concern", disclose="nothing")
    referral = case.referrals.get()
    move(referral, "draft", amina, subject="函", body="请核实。")
    with pytest.raises(NotPermitted):
        move(referral, "approve", amina)
    move(referral, "approve", cast.staff("chi"))


def test_letter_numbers_of_an_office_have_no_gap(cast):
    numbers = []
    for _ in range(3):
        case = make_case(State.ASSESSING, cast)
        numbers.append(sent_referral(case, cast).letter.number)
    assert numbers == [1, 2, 3]


def test_a_withdrawn_case_takes_its_letters_back(cast):
    case = make_case(State.REFERRED, cast)
    event = perform(case, "withdraw", by=Actor.business(case))
    case.refresh_from_db()
    referral = case.referrals.get()
    assert (case.state, referral.state) == (State.WITHDRAWN, "recalled")
    assert event.data["tell_authorities"] == [str(referral.uuid)]


def test_court_cases_are_never_referable(cast):
    case = file_case()
    move(case, "triage", cast.staff("amina"), **triage_inputs(case, proceedings="court"))
    case.refresh_from_db()
    assert case.referable == "no"
    with pytest.raises(NotAllowed):
        move(case, "refer", cast.staff("amina"), authorities=[_customs()], kind="concern", disclose="nothing")


def test_a_national_matter_brings_the_beijing_office(cast):
    case = file_case()
    with pytest.raises(Unseen):
        move(case, "add_note", cast.staff("lan"), text="x")
    move(case, "triage", cast.staff("amina"), **triage_inputs(case, level="national"))
    move(case, "add_note", cast.staff("lan"), text="We know the ministry.")
    with pytest.raises(NotPermitted):
        move(case, "claim", cast.staff("lan"))


def test_transfer_needs_the_other_office(cast):
    from routing.models import Office

    case = make_case(State.ASSESSING, cast)
    move(case, "transfer", cast.staff("amina"), to_office=Office.objects.get(pk="SHETO"), reason="Its place.")
    case.refresh_from_db()
    assert case.office_id == "GDETO"
    with pytest.raises(NotPermitted):
        move(case, "accept_transfer", cast.staff("amina"))
    move(case, "accept_transfer", cast.staff("bo"))
    case.refresh_from_db()
    assert (case.office_id, case.assignee) == ("SHETO", None)
    with pytest.raises(NotPermitted):
        move(case, "claim", cast.staff("amina"))  # reads for 30 days, does nothing


def test_merging_keeps_the_earlier_receipt_and_tells_both_cases(cast):
    first, second = file_case(), file_case()
    move(second, "triage", cast.staff("amina"), **triage_inputs(second))
    move(first, "merge", cast.staff("amina"), into=second)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.outcome) == (State.CLOSED, "duplicate")
    assert second.received_at == first.received_at
    assert second.events.last().data == {"merged": first.reference}


def test_different_businesses_are_never_merged(cast):
    one, other = file_case(), file_case(company="Other Ltd (demo)", email="other@example.invalid")
    with pytest.raises(InputRefused):
        move(one, "merge", cast.staff("amina"), into=other)


def test_only_another_supervisor_reopens(cast):
    case = make_case(State.ANSWERED, cast)
    wing = cast.staff("wing")
    move(case, "relay_answer", wing, referrals=[case.referrals.get()], text="x", proposed_outcome="resolved")
    move(case, "close", wing, outcome="resolved", text="x")
    perform(case, "request_reopen", by=Actor.business(case), reason="Not settled.")
    with pytest.raises(NotPermitted):
        move(case, "reopen", wing, reason="x")
    move(case, "reopen", cast.staff("may"), reason="We look again.")
    case.refresh_from_db()
    assert (case.state, case.round, case.outcome) == (State.ASSESSING, 2, "")


def test_staff_record_what_a_caller_said(cast):
    case = make_case(State.AWAITING, cast)
    event = move(case, "reply", Actor.caller(cast.amina, "phone"), text="Number 42, she said.")
    assert (event.by_kind, event.on_behalf, event.channel) == ("staff", "business", "phone")
    with pytest.raises(NotPermitted):
        move(file_case(), "withdraw", cast.staff("amina"))


def _customs():
    from tests.cast import an_authority

    return an_authority()


# --- two at once --------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_two_claims_at_once_exactly_one_wins_and_the_other_is_told_who(cast):
    for _ in range(5):
        case = file_case()
        outcomes = _together(
            lambda name, case=case: perform(case, "claim", by=cast.staff(name), version=1), ["amina", "chi"]
        )
        won = [o for o in outcomes if isinstance(o, Event)]
        lost = [o for o in outcomes if isinstance(o, Stale)]
        assert (len(won), len(lost)) == (1, 1)
        assert lost[0].by == won[0].by_user.name
        assert case.events.filter(move="claim").count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_submissions_of_one_filing_are_one_case(cast):
    filing = a_filing()
    outcomes = _together(lambda _n: open_case(filing, by=Actor.new_business()), range(10))
    assert len({o.case.reference for o in outcomes}) == 1
    assert sum(1 for o in outcomes if not o.again) == 1
    assert Case.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_merges_in_opposite_directions_do_not_deadlock(cast):
    one, other = file_case(), file_case()
    pairs = {0: (one, other), 1: (other, one)}
    outcomes = _together(
        lambda n: perform(pairs[n][0], "merge", by=cast.staff("amina"), version=1, into=pairs[n][1]), [0, 1]
    )
    assert sum(isinstance(o, Event) for o in outcomes) == 1


def _together(act, people):
    """Run at the same moment, each on its own connection; results or refusals, in no order."""
    people = list(people)
    barrier, results = threading.Barrier(len(people)), []

    def run(person):
        try:
            barrier.wait(10)
            results.append(act(person))
        except Exception as refused:
            results.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(p,)) for p in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
