"""F24, F25: a task that always fails or kills its worker is parked after five tries, others go on, an administrator
sees it and can have it tried again; three workers share the work without doing any of it twice."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult

from jobs.models import WorkerBeat
from operations import failures
from operations.models import Kind
from tests.jobs import sample_tasks as tasks
from tests.jobs.sample_tasks import noted
from tests.operations import poison

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

WRITE = tasks.write_down.module_path
ROOT = Path(__file__).resolve().parents[2]


class Crew:
    """So many workers as processes of their own on the database of this test (``poison.tend``)."""

    def __init__(self, size, place, dead_after):
        db = connection.settings_dict
        url = (
            f"sqlite:///{db['NAME']}"
            if connection.vendor == "sqlite"
            else f"postgres://{db['USER']}@{db['HOST']}:{db['PORT']}/{db['NAME']}"
        )
        self.antidote = place / "antidote"
        self.said = place / "said"
        env = {"CAUSEWAY_EMBEDDED": "1", "DATABASE_URL": url, "POISON_ANTIDOTE": str(self.antidote)}
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.operations.poison", str(size), str(dead_after)],
                cwd=ROOT, env=os.environ | env, stdout=said, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    def deaths(self):
        return self.said.read_text().count("died")

    def dismiss(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def until(happened, seconds):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def crew(tmp_path):
    made = []

    def make(size, dead_after):
        made.append(Crew(size, tmp_path, dead_after))
        return made[0]

    yield make
    for one in made:
        one.dismiss()


def status(task):
    return DBTaskResult.objects.get(task_path=task.module_path).status


def test_f25_a_task_that_kills_its_worker_is_parked_after_five_and_others_go_on(crew, cast):
    poison.kill_the_worker.enqueue()
    for number in range(10):
        tasks.write_down.enqueue(f"note {number}")
    workers = crew(2, dead_after=1.5)
    until(lambda: status(poison.kill_the_worker) == "FAILED", 120)
    until(lambda: noted() == 10, 30)
    row = DBTaskResult.objects.get(task_path=poison.kill_the_worker.module_path)
    assert len(row.worker_ids) == 5 == workers.deaths()
    (group,) = failures.groups()
    assert (group.kind, group.why) == (Kind.TASK, "jobs.runner.WorkerDied")


def test_f24_three_workers_do_each_task_once_and_what_is_tried_again_is_done(crew, cast):
    poison.do_as_told.enqueue()
    DBTaskResult.objects.update(worker_ids=["w"] * 4)  # its last try
    for number in range(60):
        tasks.write_down.enqueue(f"note {number}")
    workers = crew(3, dead_after=15)  # nobody dies here, so a slow machine must not look like death
    until(lambda: DBTaskResult.objects.filter(status="SUCCESSFUL", task_path=WRITE).count() == 60, 60)
    until(lambda: status(poison.do_as_told) == "FAILED", 30)
    assert WorkerBeat.objects.count() == 3
    assert noted() == 60
    (group,) = failures.groups()
    assert group.why == "builtins.FileNotFoundError"
    workers.antidote.touch()
    ids = [failure.id for failure in failures.members(group.kind, group.what, group.why)]
    failures.retry(group.kind, ids, by=cast.ada)
    until(lambda: status(poison.do_as_told) == "SUCCESSFUL", 30)
    assert workers.deaths() == 0
    assert failures.groups() == []
