"""Who may make which move: the table of moves.md typed here by hand, not asked of the code."""

import pytest
from django.db.models import Q

from cases.models import Case, Referral
from cases.models.case import _holds
from cases.models.machine import moves_of
from cases.permissions import Actor
from cases.states import State
from tests.cast import file_case, make_case, move, triage_inputs

pytestmark = pytest.mark.django_db

#: B business, K authority's contact, C caseworker, S supervisor, O co-handling caseworker, Y the clock.
#: The clock releases and assigns when the assignee has left (``cases.handover``).
#: Headquarters may do whatever S may.
CASE = {
    "triage": "CS", "claim": "CS", "release": "SY", "assign": "SY", "transfer": "CS",
    "accept_transfer": "", "return_transfer": "", "ask": "CS", "reply": "B", "drop_question": "CSY",
    "add_note": "CSO", "send_message": "BCS", "set_priority": "CS", "correct": "CS", "link": "CS", "unlink": "CS",
    "refer": "CSO", "record_answer": "CS", "relay_answer": "CS", "close": "CSY", "answer_enquiry": "CS", "withdraw": "B", "merge": "CS",
    "request_reopen": "B", "accept_outcome": "B", "contest_outcome": "B", "rate": "B", "set_sharing": "B", "set_contact": "B", "invite_reader": "B", "remove_reader": "B", "request_erasure": "B", "grant_erasure": "S",
    "refuse_erasure": "S", "erase": "Y", "end_retention": "Y", "hold": "S", "lift_hold": "S", "reopen": "S", "decline_reopen": "S", "escalate": "CSY", "deescalate": "S",
    "request_extension": "CS", "grant_extension": "S", "refuse_extension": "S",
    "join_issue": "CS", "leave_issue": "CS", "tell_of_issue": "Y",
}  # fmt: skip
#: Co-handlers draft letters to national bodies only; this referral is municipal. ``approve``: not the drafter.
REFERRAL = {
    "draft": "CS", "approve": "CS", "return_draft": "CS", "send": "CS", "acknowledge": "KCS", "chase": "CS",
    "answer": "K", "return_answer": "CS", "refuse": "KCS", "transfer": "KCS", "recall": "S", "give_up": "S",
}  # fmt: skip


@pytest.fixture
def referred(cast):
    """A referred case of the Guangdong office with the Beijing Office as co-handler; nobody has claimed it."""
    case = make_case(State.ASSESSING, cast)
    move(case, "triage", cast.staff("amina"), **triage_inputs(case, level="national"))
    from tests.cast import sent_referral

    sent_referral(case, cast)
    return Case.objects.get(pk=case.pk)


def actors(cast, case, referral):
    return {
        "C": cast.staff("chi"),
        "S": cast.staff("may"),
        "H": cast.staff("hana"),
        "O": cast.staff("lan"),
        "other office": cast.staff("bo"),
        "official": cast.staff("olivia"),
        "administrator": cast.staff("ada"),
        "B": Actor.business(case),
        "K": Actor.authority(referral),
        "Y": Actor.system(),
    }


@pytest.mark.parametrize("model", [Case, Referral], ids=["case", "referral"])
def test_the_table_is_the_table(cast, referred, model):
    referral = referred.referrals.get()
    table, subject = (CASE, referred) if model is Case else (REFERRAL, referral)
    assert set(table) == set(moves_of(model))
    for name, meta in moves_of(model).items():
        who = set(table[name]) | ({"H"} if "S" in table[name] else set())
        # Nothing is on its way: whoever would accept is answered by the state, see test_transfer.
        if name in ("accept_transfer", "return_transfer"):
            continue
        way = next(iter(meta.transitions.values()))
        for role, actor in actors(cast, referred, referral).items():
            assert bool(way.permission(subject, actor)) == (role in who), (name, role)


def test_whoever_records_a_callers_words_makes_only_the_businesss_moves(cast, referred):
    caller = Actor.caller(cast.amina, "phone")
    may = {
        name
        for name, meta in moves_of(Case).items()
        if next(iter(meta.transitions.values())).permission(referred, caller)
    }
    assert may == {name for name, who in CASE.items() if "B" in who}


def test_a_partner_reaches_only_what_it_filed(cast, referred):
    partner = Actor.partner(cast.partner)
    assert not Case.objects.visible_to(partner).exists()
    for meta in moves_of(Case).values():
        assert not next(iter(meta.transitions.values())).permission(referred, partner)


def test_the_contact_of_one_authority_reaches_no_other_letter(cast, referred):
    other = make_case(State.REFERRED, cast).referrals.get()
    contact = Actor.authority(other)
    referral = referred.referrals.get()
    for meta in moves_of(Referral).values():
        assert not next(iter(meta.transitions.values())).permission(referral, contact)


def test_what_a_case_in_hand_cannot_be_asked_is_named_in_the_error(cast):
    with pytest.raises(ValueError, match="'office__in' cannot be asked of a case in hand"):
        _holds(Q(office__in=["GDETO"]), file_case())
