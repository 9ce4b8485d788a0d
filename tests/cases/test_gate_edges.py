"""Corners of the gate where something was once wrong, or could easily become so."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from cases.actions import open_case, perform
from cases.files import keep_upload
from cases.models import Case, Event
from cases.permissions import Actor
from cases.refusals import InputRefused, NotAllowed, NotPermitted, Stale
from cases.states import State
from routing.models import Category, Office
from tests.cases.test_gate import _together
from tests.cast import (
    a_filing,
    an_authority,
    file_case,
    make_case,
    move,
    record_answer,
    sent_referral,
    triage_inputs,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def behind_a_change(change, act):
    """Run ``act`` so that it waits for the row lock of ``change``, which commits meanwhile."""
    results, locked = [], threading.Event()

    def first():
        with transaction.atomic():
            change()
            locked.set()
            time.sleep(0.5)
        connection.close()

    def second():
        locked.wait(10)
        try:
            results.append(act())
        except Exception as refused:
            results.append(refused)
        connection.close()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results[0]


@pytest.mark.django_db(transaction=True)
def test_a_message_sent_while_the_case_changes_category_or_office_is_not_lost(cast):
    case = file_case()
    other = Category.objects.get(pk="TAX-1")
    event = behind_a_change(
        lambda: move(case, "triage", cast.staff("amina"), **triage_inputs(case, category=other)),
        lambda: perform(case, "send_message", by=Actor.business(case), text="One thing more."),
    )
    assert isinstance(event, Event)
    move(case, "transfer", cast.staff("amina"), to_office=Office.objects.get(pk="SHETO"), reason="x")
    event = behind_a_change(
        lambda: move(case, "accept_transfer", cast.staff("bo")),
        lambda: perform(case, "send_message", by=Actor.business(case), text="And another."),
    )
    assert isinstance(event, Event)
    assert case.messages.filter(from_business=True).count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_office_that_lost_the_case_while_it_waited_for_the_lock_writes_nothing(cast):
    case = file_case()
    move(case, "transfer", cast.staff("amina"), to_office=Office.objects.get(pk="SHETO"), reason="x")
    refused = behind_a_change(
        lambda: move(case, "return_transfer", cast.staff("shan"), reason="Not ours."),
        lambda: perform(case, "add_note", by=cast.staff("bo"), version=2, text="Too late."),
    )
    assert not isinstance(refused, Event)
    assert not case.notes.filter(text="Too late.").exists()


@pytest.mark.django_db(transaction=True)
def test_two_links_in_opposite_directions_make_one_link(cast):
    one, other = file_case(), file_case()
    pairs = [(one, other), (other, one)]
    outcomes = _together(
        lambda n: perform(pairs[n][0], "link", by=cast.staff("amina"), version=1, other=pairs[n][1]), [0, 1]
    )
    assert sum(isinstance(o, Event) for o in outcomes) == 1
    assert sum(isinstance(o, InputRefused) for o in outcomes) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_a_case_the_second_is_told_who_was_faster(cast):
    case = file_case()
    move(case, "transfer", cast.staff("amina"), to_office=Office.objects.get(pk="SHETO"), reason="x")
    outcomes = _together(
        lambda name: perform(case, "accept_transfer", by=cast.staff(name), version=2), ["bo", "shan"]
    )
    assert sorted(type(o) for o in outcomes if isinstance(o, Stale)) == [Stale]


def test_a_document_of_an_answer_belongs_to_the_case(cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    upload = SimpleUploadedFile("reply.txt", b"Released.")
    kept = keep_upload(upload, held_for="move:x", from_business=False, by_user=cast.amina)
    record_answer(case, referral, cast, files=[kept])
    kept.refresh_from_db()
    assert (kept.case, kept.held_for) == (case, "")
    assert kept.answer is not None


def test_the_evidence_of_sending_stays_inside(cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    case = make_case(State.ASSESSING, cast)
    move(case, "refer", cast.staff("amina"), authorities=[an_authority()], kind="concern", disclose="nothing")
    referral = case.referrals.get()
    move(referral, "draft", cast.staff("amina"), subject="函", body="请核实。")
    move(referral, "approve", cast.staff("wing"))
    receipt = SimpleUploadedFile("receipt.txt", b"Posted.")
    kept = keep_upload(receipt, held_for="move:x", from_business=False, by_user=cast.amina)
    inputs = {"channel": "post", "sent_on": timezone.localdate(), "files": [kept]}
    event = move(referral, "send", cast.staff("amina"), **inputs)
    kept.refresh_from_db()
    assert kept.case == case
    assert event.message is None


def test_companies_that_share_an_agents_address_are_not_one_business(cast):
    one = file_case(company="One Ltd (demo)")
    other = file_case(company="Other Ltd (demo)")
    with pytest.raises(InputRefused):
        move(one, "merge", cast.staff("amina"), into=other)


def test_anonymous_concerns_are_never_one_business(cast):
    one, other = file_case(sharing="anonymous"), file_case(sharing="anonymous")
    assert one.company_key == ""
    with pytest.raises(InputRefused):
        move(one, "merge", cast.staff("amina"), into=other)


def test_no_case_of_another_office_is_written_by_merging(cast):
    here, there = file_case(), file_case()
    move(there, "transfer", cast.staff("amina"), to_office=Office.objects.get(pk="SHETO"), reason="x")
    move(there, "accept_transfer", cast.staff("bo"))
    with pytest.raises(InputRefused):
        move(here, "merge", cast.staff("amina"), into=Case.objects.get(pk=there.pk))


def test_only_silence_closes_a_case_that_nobody_assessed(cast):
    case = file_case()
    move(case, "ask", cast.staff("amina"), text="Which port?")
    with pytest.raises(InputRefused):
        move(case, "close", cast.staff("amina"), outcome="explained", why="no_reply", text="x")
    move(case, "close", cast.staff("amina"), outcome="not_resolved", why="no_reply", text="x")


def test_the_clock_closes_nothing_before_its_time(cast):
    case = make_case(State.AWAITING, cast)
    with pytest.raises(NotPermitted):
        perform(case, "close", by=Actor.system(), outcome="not_resolved", why="no_reply", text="x")
    with pytest.raises(NotPermitted):
        perform(case, "drop_question", by=Actor.system())


def test_an_answer_sent_back_does_not_restart_the_acknowledgement(cast):
    case = make_case(State.REFERRED, cast)
    referral = case.referrals.get()
    perform(referral, "answer", by=Actor.authority(referral), text="已处理。")
    move(referral, "return_answer", cast.staff("amina"), reason="Not complete.")
    referral.refresh_from_db()
    assert referral.state == "acknowledged"
    assert referral.acknowledged_on is not None


def test_a_letter_does_not_leave_once_the_matter_is_before_a_court(cast):
    case = make_case(State.ASSESSING, cast)
    amina, wing = cast.staff("amina"), cast.staff("wing")
    move(case, "refer", amina, authorities=[an_authority()], kind="concern", disclose="nothing")
    referral = case.referrals.get()
    move(referral, "draft", amina, subject="函", body="请核实。")
    move(referral, "approve", cast.staff("chi"))
    move(case, "triage", amina, **triage_inputs(case, referable="limited", reason="x"))
    with pytest.raises(NotAllowed):  # a colleague's approval is no longer enough
        move(referral, "send", amina, channel="post", sent_on=timezone.localdate())
    move(case, "triage", amina, **triage_inputs(case, proceedings="court"))
    move(referral, "return_draft", wing, comments="x")
    with pytest.raises(NotAllowed):
        move(referral, "approve", wing)


def test_correcting_to_a_category_that_is_not_referable_forbids_referral(cast):
    case = make_case(State.ASSESSING, cast)
    never = Category.objects.filter(parent__isnull=False, referable="no").first()
    move(case, "correct", cast.staff("amina"), category=never, reason="x")
    case.refresh_from_db()
    assert case.referable == "no"


def test_an_authority_cannot_have_answered_before_the_letter_went(cast):
    case = make_case(State.REFERRED, cast)
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(InputRefused):
        move(case.referrals.get(), "acknowledge", cast.staff("amina"), on=yesterday, channel="phone")


def test_a_former_office_reads_and_does_nothing(cast):
    case = make_case(State.ASSESSING, cast)
    move(case, "transfer", cast.staff("amina"), to_office=Office.objects.get(pk="SHETO"), reason="x")
    move(case, "accept_transfer", cast.staff("bo"))
    assert Case.objects.visible_to(cast.amina).filter(pk=case.pk).exists()
    with pytest.raises(NotPermitted):
        move(case, "add_note", cast.staff("amina"), text="x")


def test_an_official_files_nothing(cast):
    with pytest.raises(NotPermitted):
        open_case(a_filing(), by=cast.staff("olivia"))
