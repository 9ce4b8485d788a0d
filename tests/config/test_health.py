"""Alive and ready are two questions with two answers."""

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from jobs.models import WorkerBeat

pytestmark = [pytest.mark.both, pytest.mark.django_db]


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
