"""Alive and ready are two questions with two answers."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from jobs.models import WorkerBeat
from tests.ports import free_port, listens

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]


def test_alive_is_answered_without_signing_in_and_without_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_means_every_part_is_there(client):
    WorkerBeat.objects.create(worker_id="w", kind="worker", seen=Now())
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["parts"].values()) == {"ok"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.filterwarnings("ignore")
def test_without_a_worker_heard_of_for_a_minute_it_is_not_ready(client):
    WorkerBeat.objects.create(
        worker_id="w", kind="worker", seen=timezone.now() - timezone.timedelta(seconds=61)
    )
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["worker"] == "missing"
    assert answer.json()["parts"]["database"] == "ok"


def test_a_dead_channel_layer_is_named_and_the_answer_still_comes(client, settings):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
    WorkerBeat.objects.create(worker_id="w", kind="worker", seen=Now())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["channel_layer"] == "missing"


@pytest.fixture
def black_hole():
    """A database server that takes connections and never says a word."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(64)
        yield hole.getsockname()[1]


@pytest.fixture
def served(black_hole, tmp_path):
    """The server on that database; the address it answers at."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    env |= {
        "CAUSEWAY_EMBEDDED": "1",
        "CAUSEWAY_DATA": str(tmp_path),
        "DATABASE_URL": f"postgres://nobody@127.0.0.1:{black_hole}/nothing",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--no-worker", "--port", str(port)],
        cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert listens(port, process)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ask(url):
    """Status, JSON and seconds; as a browser that is signed in, whose session cannot be read either."""
    began = time.monotonic()
    request = urllib.request.Request(url, headers={"Cookie": "session=something"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        status, body = refused.code, refused.read()
    return status, json.loads(body), time.monotonic() - began


def test_a_database_that_hangs_delays_the_answer_by_two_seconds_at_most(served):
    for _ in range(4):
        status, body, seconds = ask(f"{served}/readyz")
        assert status == 503
        assert body["parts"] == {
            "database": "missing", "migrations": "missing", "worker": "missing", "channel_layer": "ok",
        }  # fmt: skip
        assert seconds < 3
        status, body, seconds = ask(f"{served}/healthz")
        assert (status, body) == (200, {"status": "ok"})
        assert seconds < 1
