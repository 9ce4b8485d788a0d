"""What Prometheus reads: for those who may, cheap, without a person in it, and for all processes of the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.models.functions import Now
from prometheus_client.parser import text_string_to_metric_families

from cases.refusals import Refusal
from jobs.models import WorkerBeat
from operations import exposition
from tests.cast import file_case, make_case, move
from tests.operations.trouble import parked_task, refused_notice

pytestmark = [pytest.mark.both, pytest.mark.django_db]

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-tests"


@pytest.fixture(autouse=True)
def _asked_anew():
    exposition._known.forget()


@pytest.fixture
def read(client, settings):
    """All samples by name and labels."""
    settings.METRICS_TOKEN = TOKEN

    def samples():
        exposition._known.forget()
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.content.decode())
        return {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in families
            for sample in family.samples
        }

    return samples


def test_without_token_or_address_there_is_no_such_page(client, settings):
    settings.METRICS_FROM = []
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = TOKEN
    for wrong in ("", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"):
        assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 404


def test_an_address_of_the_list_may_read_and_no_other(client, settings):
    settings.METRICS_FROM = ["192.0.2.0/24"]
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.3.7").status_code == 404
    claimed = client.get("/metrics", REMOTE_ADDR="192.0.3.7", headers={"X-Forwarded-For": "192.0.2.7"})
    assert claimed.status_code == 404


def test_what_waits_what_failed_and_who_is_at_work_is_read_from_the_database(read, cast):
    case = make_case("assessing", cast)
    parked_task()
    parked_task(status="READY", finished_at=None)
    refused_notice(case)
    WorkerBeat.objects.create(worker_id="w", kind="worker", seen=Now())
    found = read()
    assert found["causeway_database_up",] == 1
    assert found["causeway_tasks_failed", "builtins.ValueError", "cases.tasks.send_notices"] == 1
    assert found["causeway_notices_failed", "550 5.1.1", "update"] == 1
    assert found["causeway_tasks_ready_oldest_seconds",] >= 60
    assert found["causeway_workers", "worker"] == 1
    assert found["causeway_open_cases", "assessing"] == 1
    assert found["causeway_notices_waiting", "received"] == 1


def test_it_takes_at_most_ten_queries_and_none_soon_after(client, settings, django_assert_max_num_queries):
    settings.METRICS_TOKEN = TOKEN
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with django_assert_max_num_queries(10) as first:
        client.get("/metrics", headers=headers)
    assert len(first) > 5
    with django_assert_max_num_queries(0):
        client.get("/metrics", headers=headers)


def test_requests_refusals_and_failed_sign_ins_are_counted(read, client, cast):
    before = read()
    client.get("/en/")
    client.get("/en/no-such-page/")
    client.post("/accounts/login/", {"login": "amina", "password": "not-hers"})
    case = file_case()
    with pytest.raises(Refusal) as refused:
        move(case, "reopen", cast.staff("amina"))
    after = read()

    def more(*key):
        return after.get(key, 0) - before.get(key, 0)

    assert more("causeway_requests_total", "200", "GET", "start") == 1
    assert more("causeway_requests_total", "404", "GET", "unmatched") == 1
    assert more("causeway_request_seconds_count", "start") == 1
    assert more("causeway_refusals_total", refused.value.code) == 1
    assert more("causeway_sign_in_failures_total") == 1


@pytest.mark.django_db(transaction=True)
def test_a_move_is_counted_when_it_is_committed(read, cast):
    before = read()
    make_case("assessing", cast)
    after = read()
    key = ("causeway_moves_total", "staff", "triage")
    assert after[key] - before.get(key, 0) == 1


def test_no_label_is_a_reference_a_person_or_an_address(read, client, cast):
    case = file_case()
    client.force_login(cast.amina)
    client.get(f"/en/cases/{case.reference}/")
    client.get(f"/en/track/{case.reference}/?q=kanarienvogel", headers={"User-Agent": "kanarienvogel"})
    client.generic("KANARIENVOGEL", "/en/")
    words = {word for key in read() for word in key}
    assert not [word for word in words if case.reference in word or "kanarienvogel" in word.lower()]


# --- several processes ---------------------------------------------------------------------------

COUNTING = """
import os, sys
from jobs import measures
measures.moves.labels("claim", "staff").inc()
measures.sockets.labels("track").inc(7)
measures.request_seconds.labels("start").observe(0.2)
print("counted", flush=True)
if sys.argv[1] == "stay":
    sys.stdin.readline()
elif sys.argv[1] == "fork":
    if os.fork() == 0:
        measures.moves.labels("claim", "staff").inc()
        os._exit(0)
    os.wait()
"""
READING = """
from prometheus_client import generate_latest
from jobs import measures
print(generate_latest(measures.gathered()).decode())
"""


def run(place, code, *words, **more):
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(place)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], cwd=ROOT, env=env, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more,
    )  # fmt: skip


def gathered(place):
    said, _ = run(place, READING).communicate(timeout=30)
    return {s.name: s.value for f in text_string_to_metric_families(said) for s in f.samples if s.value}


def test_any_process_answers_for_all_and_the_dead_hold_no_sockets(tmp_path):
    place = tmp_path / "measures"
    living = run(place, COUNTING, "stay")
    assert living.stdout.readline() == "counted\n"
    for _ in range(3):
        dead = run(place, COUNTING, "end")
        dead.communicate(timeout=30)
    found = gathered(place)
    assert found["causeway_moves_total"] == 4
    assert found["causeway_request_seconds_count"] == 4
    assert found["causeway_sockets"] == 7
    # The dead leave their place to whoever comes next: three of them left one.
    assert len(list(place.glob("counter_*.db"))) == 2
    living.communicate("\n", timeout=30)
    found = gathered(place)
    assert found["causeway_moves_total"] == 4
    assert "causeway_sockets" not in found


def test_a_child_of_a_process_counts_in_a_place_of_its_own(tmp_path):
    run(tmp_path, COUNTING, "fork").communicate(timeout=30)
    assert gathered(tmp_path)["causeway_moves_total"] == 2
    assert len(list(tmp_path.glob("counter_*.db"))) == 2
