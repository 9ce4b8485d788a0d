"""Work that was committed is done at least once, and what cannot be done is parked without stopping the rest."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from jobs import periodic
from jobs.models import PeriodicSlot, WorkerBeat
from jobs.runner import MAX_ATTEMPTS, Runner, pause_before
from tests.jobs import sample_tasks as tasks
from tests.jobs.sample_tasks import noted

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_clock_of_its_own(monkeypatch):
    """Only the tasks of the test run; a worker in a process of its own still has the product's periodic ones."""
    monkeypatch.setattr(periodic, "_register", {})


def row_of(task):
    return DBTaskResult.objects.get(task_path=task.module_path)


def until(condition, seconds=20):
    """Wait for it; the test fails if it does not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def rest_is_over():
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())


def worker_process():
    """``manage.py run_worker`` on the database of this test."""
    db = connection.settings_dict
    url = (
        f"sqlite:///{db['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{db['USER']}@{db['HOST']}:{db['PORT']}/{db['NAME']}"
    )
    return subprocess.Popen(
        [sys.executable, "manage.py", "run_worker"],
        cwd=ROOT,
        env={**os.environ, "CAUSEWAY_EMBEDDED": "1", "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_committed_task_runs_and_a_rolled_back_one_does_not():
    with transaction.atomic():
        tasks.write_down.enqueue("kept")
    with transaction.atomic():
        tasks.write_down.enqueue("dropped")
        transaction.set_rollback(True)
    assert Runner().run_due() == 1
    assert (noted("kept"), noted("dropped")) == (1, 0)


def test_a_failing_task_is_tried_again_after_a_pause():
    tasks.fail_until.enqueue(3)
    runner = Runner()
    assert runner.run_due() == 1
    row = DBTaskResult.objects.get()
    assert row.status == "READY"
    # Where it happened, without what the error quotes.
    assert "sample_tasks.py" in row.traceback and "not yet" not in row.traceback
    assert row.run_after > timezone.now()
    for _ in range(2):
        rest_is_over()
        runner.run_due()
    row.refresh_from_db()
    assert row.status == "SUCCESSFUL"
    assert noted("try") == 3


def test_f25_a_poisoned_task_is_parked_after_five_attempts_and_the_others_go_on():
    tasks.always_fail.enqueue()
    runner = Runner()
    for _ in range(MAX_ATTEMPTS + 2):
        runner.run_due()
        rest_is_over()
    tasks.write_down.enqueue("after it")
    runner.run_due()
    parked = DBTaskResult.objects.get(status="FAILED")
    assert parked.exception_class_path == "builtins.ValueError"
    assert noted("try") == MAX_ATTEMPTS == 5
    assert noted("after it") == 1


def test_a_task_whose_code_is_gone_is_parked_too():
    tasks.write_down.enqueue("x")
    DBTaskResult.objects.update(task_path="tests.jobs.sample_tasks.removed")
    runner = Runner()
    for _ in range(MAX_ATTEMPTS):
        runner.run_due()
        rest_is_over()
    assert DBTaskResult.objects.get().status == "FAILED"


def test_an_answer_that_is_no_json_counts_as_a_failure():
    tasks.answer_the_unspeakable.enqueue()
    Runner().run_due()
    assert DBTaskResult.objects.get().status == "READY"


def test_a_task_may_ask_which_attempt_it_is():
    tasks.count_own_attempts.enqueue()
    Runner().run_due()
    assert noted("attempt 1") == 1


def test_pauses_grow_to_five_minutes_and_are_never_the_same():
    assert timedelta(seconds=1) <= pause_before(2) <= timedelta(seconds=2)
    assert timedelta(seconds=8) <= pause_before(5) <= timedelta(seconds=16)
    assert timedelta(seconds=150) <= pause_before(40) <= timedelta(seconds=300)
    assert len({pause_before(20) for _ in range(5)}) > 1


def test_f24_two_runners_share_the_work_and_nothing_runs_twice():
    for number in range(40):
        tasks.write_down.enqueue(f"n{number}")
    runners = [Runner(idle=0.05), Runner(idle=0.05)]
    for runner in runners:
        runner.start()
    until(lambda: noted() == 40)
    for runner in runners:
        runner.stop()
        assert runner.join(10)
    assert DBTaskResult.objects.filter(status="SUCCESSFUL").count() == 40
    assert all(noted(f"n{number}") == 1 for number in range(40))
    assert not WorkerBeat.objects.exists()


def test_a_runner_in_this_process_is_woken_by_the_commit():
    runner = Runner(idle=60)
    runner.start()
    until(lambda: WorkerBeat.objects.exists())
    time.sleep(0.3)
    tasks.write_down.enqueue("at once")
    until(lambda: noted("at once"), seconds=5)
    runner.stop()
    assert runner.join(10)


def test_tasks_enqueued_by_several_threads_at_once_all_run():
    def enqueue_ten():
        for _ in range(10):
            tasks.write_down.enqueue("one of forty")
        connection.close()

    runner = Runner(idle=0.05)
    runner.start()
    threads = [threading.Thread(target=enqueue_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    until(lambda: noted("one of forty") == 40)
    runner.stop()
    assert runner.join(10)


def test_what_a_killed_worker_held_is_run_by_another_one():
    tasks.hang_the_first_time.enqueue()
    victim = worker_process()
    try:
        until(lambda: noted("begun") == 1, seconds=60)
        heir = Runner()
        heir.reap()
        assert row_of(tasks.hang_the_first_time).status == "RUNNING", "a living worker's task was taken"
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=20)
    heir.dead_after = timedelta(seconds=1)
    time.sleep(1.5)
    heir.reap()
    heir.run_due()
    assert (noted("begun"), noted("finished")) == (2, 1)
    assert row_of(tasks.hang_the_first_time).status == "SUCCESSFUL"


def test_a_worker_process_finishes_its_task_when_asked_to_stop():
    tasks.ask_this_process_to_stop.enqueue()
    worker = worker_process()
    try:
        output, _ = worker.communicate(timeout=120)
    finally:
        worker.kill()
    assert worker.returncode == 0, output
    assert noted("finished all the same") == 1
    assert row_of(tasks.ask_this_process_to_stop).status == "SUCCESSFUL"
    assert not WorkerBeat.objects.exists()


def test_f25_a_task_that_kills_its_workers_is_parked_after_five():
    tasks.write_down.enqueue("never")
    for death in range(MAX_ATTEMPTS):
        row = Runner()._claim()
        assert row is not None, death
        Runner().reap()
    assert DBTaskResult.objects.get().status == "FAILED"


def test_a_worker_is_known_to_live_before_its_first_claim(monkeypatch):
    known = []

    def claim(runner):
        known.append(WorkerBeat.objects.filter(worker_id=runner.worker_id).exists())
        runner.stop()

    monkeypatch.setattr(Runner, "_keep_house", lambda runner: None)
    monkeypatch.setattr(Runner, "_claim", claim)
    Runner().run()
    assert known == [True]


def test_a_worker_taken_for_dead_does_not_overwrite_the_outcome_of_the_next():
    tasks.write_down.enqueue("twice")
    slow = Runner()
    row = slow._claim()
    quick = Runner()
    quick.reap()
    assert quick.run_due() == 1
    slow._record(row, status="FAILED")
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


def test_a_claim_whose_answer_got_lost_is_given_back():
    tasks.write_down.enqueue("lost and found")
    runner = Runner(dead_after=0.2)
    runner._claim()
    runner.beat()
    runner.reap()
    assert DBTaskResult.objects.get().status == "RUNNING"
    time.sleep(0.3)
    runner.beat()
    runner.reap()
    assert runner.run_due() == 1
    assert noted("lost and found") == 1


def test_a_database_that_fails_for_a_moment_does_not_end_the_runner():
    runner = Runner(idle=0.05)
    real, troubles = runner._claim, iter([OperationalError("database is locked"), OperationalError("gone")])

    def claim():
        for trouble in troubles:
            raise trouble
        return real()

    runner._claim = claim
    tasks.write_down.enqueue("in spite of it")
    runner.start()
    until(lambda: noted("in spite of it"))
    runner.stop()
    assert runner.join(10)


@pytest.fixture
def ticking(_no_clock_of_its_own):
    periodic.every(seconds=3600)(tasks.tick)


def forget_what_this_process_saw():
    for beat in periodic._register.values():
        beat.settled = None


def test_f24_a_periodic_slot_runs_once_under_many_workers(ticking):
    periodic.enqueue_due()
    for _ in range(3):
        forget_what_this_process_saw()
        periodic.enqueue_due()
    Runner().run_due()
    assert noted("tick") == 1


def test_a_periodic_task_runs_again_in_the_next_slot(ticking):
    periodic.enqueue_due()
    Runner().run_due()
    PeriodicSlot.objects.update(slot=timezone.now() - timedelta(hours=2))
    forget_what_this_process_saw()
    periodic.enqueue_due()
    Runner().run_due()
    assert noted("tick") == 2


def test_a_periodic_task_does_not_pile_up_while_it_waits(ticking):
    periodic.enqueue_due()
    PeriodicSlot.objects.update(slot=timezone.now() - timedelta(hours=2))
    forget_what_this_process_saw()
    periodic.enqueue_due()
    assert DBTaskResult.objects.count() == 1


def test_f24_two_workers_that_reach_for_a_slot_together_enqueue_once(ticking):
    barrier = threading.Barrier(4)
    errors = []

    def reach():
        try:
            barrier.wait(10)
            forget_what_this_process_saw()
            periodic.enqueue_due()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=reach) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert PeriodicSlot.objects.count() == DBTaskResult.objects.count() == 1


def test_the_sweep_forgets_what_is_long_done_and_keeps_the_rest():
    from jobs.tasks import sweep

    now = timezone.now()
    WorkerBeat.objects.create(worker_id="old", kind="worker", seen=now - timedelta(days=3))
    WorkerBeat.objects.create(worker_id="new", kind="worker", seen=now)
    PeriodicSlot.objects.create(name="old", slot=now - timedelta(days=3))
    tasks.write_down.enqueue("x")
    Runner().run_due()
    DBTaskResult.objects.update(finished_at=now - timedelta(days=8))
    tasks.write_down.enqueue("waiting")
    sweep.call()
    assert list(WorkerBeat.objects.values_list("worker_id", flat=True)) == ["new"]
    assert not PeriodicSlot.objects.exists()
    assert DBTaskResult.objects.get().status == "READY"
