"""Retention runs: prepared by night, approved by an administrator, carried out in the background, and their log."""

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import LogEntry

from cases import erasing, retention
from cases.models import Case, Contact, Notice, RetentionItem, RetentionRun
from cases.permissions import Actor
from cases.states import State
from jobs.clock import this_moment
from routing.models import RetentionRule
from tests.cast import file_case, make_case, move

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def confirmed(db):
    RetentionRule.objects.update(confirmed=True)


def ended(cast, days, state=State.CLOSED):
    case = make_case(state, cast)
    Case.objects.filter(pk=case.pk).update(ended_at=this_moment() - timedelta(days=days))
    return Case.objects.get(pk=case.pk)


def go_on():
    retention.carry_out_approved.func()
    Notice.objects.update(status=Notice.Status.SENT)
    return erasing.erase_granted()


def test_the_proposed_figures_are_rows_with_a_source_and_prepare_nothing_until_confirmed(cast):
    ended(cast, 3000)
    RetentionRule.objects.update(confirmed=False)
    assert dict(RetentionRule.objects.values_list("code", "months")) == {"ended": 24, "unassessed": 6}
    assert all(rule.source for rule in RetentionRule.objects.all())
    assert retention.prepare_runs() == []


def test_a_run_lists_what_is_due_and_deletes_nothing(cast):
    old, recent = ended(cast, 740), ended(cast, 700)
    withdrawn, assessed = ended(cast, 200, State.WITHDRAWN), ended(cast, 740)
    held = ended(cast, 740)
    move(held, "hold", cast.staff("wing"), reason="The court asked for it.")
    runs = {run.rule_id: run for run in retention.prepare_runs()}
    listed = {code: {item.case for item in run.items.all()} for code, run in runs.items()}
    assert listed == {"ended": {old, assessed}, "unassessed": {withdrawn}}
    assert retention.prepare_runs() == []  # one unfinished run a rule
    assert go_on() == 0
    assert recent.contact.name == Contact.objects.get(case=old).name != ""


def test_an_approved_run_erases_keeps_its_log_and_tells_the_business(cast):
    old = ended(cast, 740)
    (run,) = retention.prepare_runs()
    assert retention.approve(run.pk, cast.ada)
    assert not retention.approve(run.pk, cast.ada)
    assert go_on() == 1
    run.refresh_from_db()
    assert (run.approved_by, run.months) == (cast.ada, 24)
    assert run.done_at is not None
    assert [(i.case, i.how) for i in run.items.all()] == [(old, RetentionItem.How.ERASED)]
    assert Contact.objects.get(case=old).name == ""
    moves = list(Case.objects.get(pk=old.pk).events.order_by("seq").values_list("move", flat=True))
    assert moves[-2:] == ["end_retention", "erase"]
    assert retention.prepare_runs() == []


def test_what_was_held_or_opened_again_meanwhile_is_passed_over(cast):
    held, again, old = ended(cast, 740), ended(cast, 740), ended(cast, 740)
    (run,) = retention.prepare_runs()
    move(held, "hold", cast.staff("wing"), reason="The court asked for it.")
    move(again, "reopen", cast.staff("wing"), reason="It was not settled.")
    retention.approve(run.pk, cast.ada)
    assert go_on() == 1
    passed = RetentionItem.How.PASSED_OVER
    assert {i.case: i.how for i in run.items.all()} == {
        held: passed,
        again: passed,
        old: RetentionItem.How.ERASED,
    }
    assert Contact.objects.get(case=held).name != ""


def test_broken_off_the_run_goes_on_where_it_stopped(cast, monkeypatch):
    cases = [ended(cast, 740) for _each in range(3)]
    (run,) = retention.prepare_runs()
    retention.approve(run.pk, cast.ada)
    passed = []

    def fail(name):
        passed.append(name)
        if len(passed) == 2:
            raise SystemExit(name)  # the worker is told to stop

    monkeypatch.setattr(retention, "failpoint", fail)
    with pytest.raises(SystemExit):
        retention.carry_out_approved.func()
    assert run.items.exclude(how="").count() == 1
    assert RetentionRun.objects.get().done_at is None
    monkeypatch.undo()
    assert go_on() == 3
    for case in cases:
        assert case.events.filter(move="end_retention").count() == 1


def test_months_are_counted_back_to_a_day_that_exists():
    assert retention.months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert retention.months_before(date(2026, 1, 15), 24) == date(2024, 1, 15)
    assert retention.months_before(date(2026, 12, 1), 12) == date(2025, 12, 1)


def test_an_administrator_reads_the_references_and_approves_once(cast, client):
    old = ended(cast, 740)
    (run,) = retention.prepare_runs()
    client.force_login(cast.ada)
    address = f"/admin/cases/retentionrun/{run.pk}/change/"
    page = client.get(address).content.decode()
    assert old.reference in page
    assert old.title not in page
    assert "Approve this run" in page
    assert "waits for approval" in client.get("/admin/cases/retentionrun/").content.decode()
    assert client.post(address).status_code == 302
    assert RetentionRun.objects.get().approved_by == cast.ada
    assert LogEntry.objects.filter(object_id=str(run.pk)).count() == 1
    assert "Approve this run" not in client.get(address).content.decode()
    client.post(address)
    assert LogEntry.objects.filter(object_id=str(run.pk)).count() == 1


def test_a_supervisor_approves_nothing(cast, client):
    ended(cast, 740)
    (run,) = retention.prepare_runs()
    client.force_login(cast.wing)
    assert client.post(f"/admin/cases/retentionrun/{run.pk}/change/").status_code in (302, 403)
    assert RetentionRun.objects.get().approved_by is None


def test_an_open_concern_is_never_due(cast):
    case = file_case()
    Case.objects.filter(pk=case.pk).update(received_at=this_moment() - timedelta(days=4000))
    assert retention.prepare_runs() == []
    move(case, "withdraw", Actor.business(case))
    assert retention.prepare_runs() == []


def test_words_after_an_erasure_are_due_when_their_own_time_has_passed(cast):
    old = ended(cast, 740)
    (run,) = retention.prepare_runs()
    retention.approve(run.pk, cast.ada)
    go_on()
    move(old, "send_message", Actor.business(old), text="One more thing.")
    assert retention.prepare_runs() == []
    Case.objects.filter(pk=old.pk).update(updated_at=this_moment() - timedelta(days=740))
    (run,) = retention.prepare_runs()
    retention.approve(run.pk, cast.ada)
    assert go_on() == 1


def test_one_case_that_cannot_be_handled_keeps_no_other_waiting(cast, monkeypatch, caplog):
    bad, good = ended(cast, 740), ended(cast, 740)
    (run,) = retention.prepare_runs()
    retention.approve(run.pk, cast.ada)
    real = retention.perform

    def breaking(case, *args, **kwargs):
        if case.pk == bad.pk:
            raise RuntimeError("a fault of ours")
        return real(case, *args, **kwargs)

    monkeypatch.setattr(retention, "perform", breaking)
    assert go_on() == 1
    assert "could not be handled" in caplog.text
    assert {i.case: i.how for i in run.items.all()} == {
        bad: RetentionItem.How.PASSED_OVER,
        good: RetentionItem.How.ERASED,
    }
    run.refresh_from_db()
    assert run.done_at is not None


def test_two_workers_at_one_run_settle_each_case_once(cast, monkeypatch):
    old = ended(cast, 740)
    (run,) = retention.prepare_runs()
    retention.approve(run.pk, cast.ada)
    (item,) = run.items.all()
    retention.carry_out_approved.func()
    retention._settle(run, item)  # it had read its list before the other was done
    assert [i.how for i in run.items.all()] == [RetentionItem.How.ERASED]
    assert old.events.filter(move="end_retention").count() == 1
