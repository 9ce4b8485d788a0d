"""An issue: its states, who may change it, and the cases that come and go."""

import random

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from cases.issues.acts import STATUS_ACTS, acts_open_to, change_facts, change_status, gather
from cases.models import Case, IssueCase, IssueEvent, SystemicIssue
from cases.models.machine import moves_open_to
from cases.permissions import Actor
from cases.public import project
from cases.refusals import InputRefused, NotAllowed, NotPermitted, Refusal, Stale, Unseen, VersionMissing
from tests.cast import file_case, move
from tests.issues.gathered import an_issue, fresh, gathered_case

pytestmark = [pytest.mark.both, pytest.mark.django_db]

#: From, act, to: typed by hand.
WAYS = {
    ("watching", "take_up"): "raised",
    ("raised", "note_answer"): "answered",
    ("answered", "settle"): "settled",
    ("watching", "drop"): "not_pursued",
    ("raised", "drop"): "not_pursued",
    ("answered", "drop"): "not_pursued",
    ("settled", "reopen"): "watching",
    ("not_pursued", "reopen"): "watching",
}


@pytest.fixture
def issue(cast):
    return an_issue(cast.amina)


def act(issue, name, by, reason="It is time."):
    change_status(issue, name, by=by, version=fresh(issue).version, reason=reason)


def test_numbers_count_within_the_year(cast, issue):
    second = an_issue(cast.amina)
    assert issue.number[:4] == "ISS-" and issue.number[8:] == "-0001"
    assert second.number == f"{issue.number[:-1]}2"


def test_walking_at_random_only_the_ways_of_the_table_lead_anywhere(cast, issue):
    dice, seen = random.Random(12), set()
    for _ in range(200):
        name, before = dice.choice(STATUS_ACTS), fresh(issue)
        wanted = WAYS.get((before.status, name))
        assert (name in acts_open_to(before, cast.wing)) == (wanted is not None)
        if wanted is None:
            with pytest.raises(NotAllowed):
                act(issue, name, cast.wing)
            assert fresh(issue).version == before.version
            continue
        act(issue, name, cast.wing)
        after = fresh(issue)
        assert (after.status, after.version) == (wanted, before.version + 1)
        assert (after.ended_at is None) == after.is_open
        seen.add((before.status, name))
    assert seen == set(WAYS)
    last = IssueEvent.objects.filter(issue=issue).last()
    assert (last.by_user, last.note.text, last.status) == (cast.wing, "It is time.", fresh(issue).status)


def test_the_status_cannot_be_set_by_hand(issue):
    with pytest.raises(AttributeError):
        issue.status = "settled"


def test_a_caseworker_of_the_lead_raises_it_and_a_supervisor_ends_it(cast, issue):
    act(issue, "take_up", cast.amina)
    act(issue, "note_answer", cast.chi)
    with pytest.raises(NotPermitted):
        act(issue, "settle", cast.amina)
    act(issue, "settle", cast.may)
    with pytest.raises(NotPermitted):
        act(issue, "reopen", cast.amina)
    act(issue, "reopen", cast.hana)


def test_offices_without_a_case_in_it_and_other_roles_do_not_find_it(cast, issue):
    for name in ("bo", "shan", "olivia", "ada", "partner"):
        assert not SystemicIssue.objects.visible_to(cast.users[name]).exists(), name
        with pytest.raises((Unseen, NotPermitted)):
            act(issue, "take_up", cast.users[name])
    for name in ("amina", "wing", "hana"):
        assert SystemicIssue.objects.visible_to(cast.users[name]).get() == issue


def test_an_office_with_a_case_in_it_sees_the_issue_and_does_not_lead_it(cast, issue):
    case = gathered_case(cast, issue)
    Case.objects.filter(pk=case.pk).update(office="SHETO")
    assert SystemicIssue.objects.visible_to(cast.bo).get() == issue
    with pytest.raises(NotPermitted):
        act(issue, "take_up", cast.shan)
    move(case, "leave_issue", cast.staff("bo"), reason="It was another matter.")
    assert not SystemicIssue.objects.visible_to(cast.bo).exists()


def test_every_write_names_the_version_it_has_seen(cast, issue):
    with pytest.raises(VersionMissing):
        change_status(issue, "take_up", by=cast.amina, version=None, reason="")
    act(issue, "take_up", cast.amina)
    with pytest.raises(Stale) as stale:
        change_facts(issue, by=cast.chi, version=1, title="Another title")
    assert (stale.value.by, stale.value.version) == ("Amina", 2)
    change_facts(issue, by=cast.chi, version=2, title="Another title", reason="Clearer.")
    assert fresh(issue).title == "Another title"
    assert IssueEvent.objects.filter(issue=issue).last().changed == ["title"]


def test_a_caseworker_cannot_give_the_lead_away_and_headquarters_can(cast, issue):
    from routing.models import Office

    shanghai = Office.objects.get(pk="SHETO")
    with pytest.raises(NotPermitted):
        change_facts(issue, by=cast.amina, version=1, lead_office=shanghai)
    assert fresh(issue).lead_office_id == "GDETO"
    change_facts(issue, by=cast.hana, version=1, lead_office=shanghai)
    assert fresh(issue).lead_office_id == "SHETO"


def test_nobody_opens_an_issue_for_another_office(cast):
    with pytest.raises(NotPermitted):
        an_issue(cast.bo)


@pytest.mark.parametrize("how", ["update", "delete"])
def test_what_happened_to_an_issue_cannot_be_changed(issue, how):
    rows = IssueEvent.objects.filter(issue=issue)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(act="another") if how == "update" else rows.delete()


# --- cases ----------------------------------------------------------------------------------
def test_a_case_joins_and_leaves_and_its_business_sees_nothing_of_it(cast, issue):
    case = file_case()
    event = move(case, "join_issue", cast.staff("amina"), issue=issue, reason="The same charge.")
    assert (event.public_seq, event.kind, event.data) == (None, "", {"issue": issue.number})
    assert event.note.text == "The same charge."
    event = move(case, "leave_issue", cast.staff("chi"), reason="Another charge.")
    assert event.public_seq is None
    row = Case.objects.get(pk=case.pk)
    assert (row.state, row.public_seq) == ("received", 1)
    assert [e.kind for e in project(row).events] == ["received"]
    assert issue.number not in str(project(row))
    acts = issue.events.values_list("act", "by_user__username", "case")
    assert list(acts)[1:] == [
        ("join", "amina", case.pk),
        ("leave", "chi", case.pk),
    ]
    assert fresh(issue).version == 1


def test_a_case_is_in_one_issue_at_a_time(cast, issue):
    case, other = gathered_case(cast, issue), an_issue(cast.amina)
    with pytest.raises(NotAllowed):
        move(case, "join_issue", cast.staff("amina"), issue=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        IssueCase.objects.create(issue=other, case=case, joined_at=case.received_at)
    offered = moves_open_to(Case.objects.get(pk=case.pk), cast.staff("amina"))
    assert "leave_issue" in offered and "join_issue" not in offered
    move(case, "leave_issue", cast.staff("amina"), reason="To the other one.")
    move(case, "join_issue", cast.staff("amina"), issue=other)


def test_no_case_joins_an_issue_that_has_ended(cast, issue):
    act(issue, "drop", cast.wing)
    with pytest.raises(InputRefused):
        move(file_case(), "join_issue", cast.staff("amina"), issue=issue)


def test_pasted_references_are_answered_one_by_one(cast, issue):
    good, again, elsewhere = file_case(), gathered_case(cast, issue), file_case()
    Case.objects.filter(pk=elsewhere.pk).update(office="SHETO")
    pasted = [good.reference.lower(), good.reference, again.reference, elsewhere.reference, "HKC-0000"]
    lines = gather(issue, pasted, by=cast.amina)
    assert [(line.done, str(line.said)) for line in lines] == [
        (True, "Added."),
        (False, "This stands in the list twice."),
        (False, "The case is in an issue. It can be in one at a time."),
        (False, "There is no such case."),
        (False, "There is no such case."),
    ]
    assert set(IssueCase.objects.values_list("case", flat=True)) == {good.pk, again.pk}


def test_a_co_handling_office_does_not_move_the_case_into_an_issue(cast, issue):
    case = file_case()
    Case.objects.filter(pk=case.pk).update(co_office="BJO")
    (line,) = gather(issue, [case.reference], by=cast.lan)
    assert not line.done and str(line.said) == "You may not do this in this case."


def test_the_system_alone_tells_news(cast, issue):
    case = gathered_case(cast, issue)
    for actor in (cast.staff("hana"), Actor.business(case)):
        with pytest.raises(Refusal):
            move(case, "tell_of_issue", actor, telling=case)
