"""The Idempotency-Key of a move: once for every key, the same answer again, never two things under one key."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from cases.actions import open_case
from cases.models import Case, Event, Referral, SentCall
from cases.models.calls import KEPT_FOR, forget_old_calls
from cases.permissions import Actor
from cases.states import State
from tests.api.test_filing import a_body
from tests.cast import a_filing, file_case, make_case, move, sent_referral, triage_inputs

pytestmark = pytest.mark.django_db


def act(client, case, name, key, **body):
    address = f"/api/v1/cases/{case.reference}/moves/{name}/"
    return client.post(address, body, format="json", headers={"Idempotency-Key": key})


@pytest.mark.both
def test_bad_input_69_a_move_repeated_under_its_key_gives_the_same_answer(as_, cast):
    case, client = file_case(), as_("amina")
    first = act(client, case, "claim", "k", version=1)
    again = act(client, case, "claim", "k", version=1)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert Event.objects.filter(case=case).count() == 2


@pytest.mark.both
def test_a_repeated_move_is_answered_even_when_its_inputs_are_no_longer_offered(as_, cast):
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    body = {
        "referral": str(referral.uuid),
        "received_on": f"{timezone.localdate()}",
        "channel": "post",
        "result": "granted",
        "text": "货物已放行。",
        "version": Case.objects.get(pk=case.pk).seq,
    }
    first = act(as_("amina"), case, "record_answer", "k", **body)
    assert first.status_code == 200, first.json()
    assert act(as_("amina"), case, "record_answer", "k", **body).content == first.content
    assert act(as_("amina"), case, "record_answer", "other", **body).status_code == 400


@pytest.mark.both
def test_a_referral_s_move_is_repeated_as_well(as_, cast):
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    address = f"/api/v1/referrals/{referral.uuid}/moves/chase/"
    body = {"channel": "phone", "version": Case.objects.get(pk=case.pk).seq}
    headers = {"Idempotency-Key": "k"}
    first = as_("amina").post(address, body, format="json", headers=headers)
    assert first.status_code == 200, first.json()
    assert as_("amina").post(address, body, format="json", headers=headers).content == first.content
    assert Referral.objects.get().reminders == 1


@pytest.mark.parametrize("changed", ["body", "version", "move", "case"])
def test_bad_input_69_a_key_used_for_something_else_is_422(as_, cast, changed):
    case, client = file_case(), as_("amina")
    assert act(client, case, "add_note", "k", version=1, text="One").status_code == 200
    answer = {
        "body": lambda: act(client, case, "add_note", "k", version=1, text="Two"),
        "version": lambda: act(client, case, "add_note", "k", version=2, text="One"),
        "move": lambda: act(client, case, "send_message", "k", version=1, text="One"),
        "case": lambda: act(client, file_case(), "add_note", "k", version=1, text="One"),
    }[changed]()
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert Event.objects.filter(case=case).count() == 2


@pytest.mark.parametrize("key", ["", "x" * 201, "x" * 300, "two words", "鍵"])
def test_bad_input_69_a_key_of_a_move_that_cannot_be_used_is_400(as_, cast, key):
    case = file_case()
    answer = as_("amina").post(
        f"/api/v1/cases/{case.reference}/moves/claim/",
        {"version": 1},
        format="json",
        HTTP_IDEMPOTENCY_KEY=key,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key")
    assert Event.objects.filter(case=case).count() == 1


def test_a_refused_move_uses_up_no_key(as_, cast):
    case, client = file_case(), as_("amina")
    assert act(client, case, "claim", "k", version=9).status_code == 409
    assert act(client, case, "add_note", "k", version=1, text="").status_code == 400
    assert act(client, case, "claim", "k", version=1).status_code == 200


def test_two_people_may_choose_the_same_key(as_, cast):
    case = file_case()
    for name in ("amina", "wing"):
        assert act(as_(name), case, "add_note", "k", version=1, text=name).status_code == 200
    assert SentCall.objects.count() == 2


def test_a_business_has_its_keys_by_case(anyone, cast):
    for _ in range(2):
        opened = open_case(a_filing(), by=Actor.new_business())
        address = f"/api/v1/concerns/{opened.case.reference}/moves/send_message/"
        headers = {"X-Tracking-Code": opened.tracking_code, "Idempotency-Key": "k"}
        first = anyone.post(address, {"text": "More"}, format="json", headers=headers)
        again = anyone.post(address, {"text": "More"}, format="json", headers=headers)
        other = anyone.post(address, {"text": "Less"}, format="json", headers=headers)
        assert (first.status_code, again.status_code, other.status_code) == (200, 200, 422)
        assert again["Idempotent-Replayed"] == "true"
        assert opened.case.events.count() == 2


def test_a_business_repeats_a_withdrawal_and_gets_the_concern(as_, cast):
    case = open_case(a_filing(), by=Actor.partner(cast.partner)).case
    address = f"/api/v1/concerns/{case.reference}/moves/withdraw/"
    answers = [
        as_("partner").post(address, {}, format="json", headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert [(a.status_code, a.json()["stage"]) for a in answers] == [(200, "withdrawn")] * 2


def test_keys_of_moves_are_forgotten_after_a_week(as_, cast):
    case = file_case()
    act(as_("amina"), case, "claim", "k", version=1)
    SentCall.objects.update(at=timezone.now() - KEPT_FOR + timedelta(minutes=1))
    assert forget_old_calls() == 0
    SentCall.objects.update(at=timezone.now() - KEPT_FOR - timedelta(minutes=1))
    assert forget_old_calls() == 1
    assert Event.objects.filter(case=case).count() == 2


def at_once(number, call):
    """``number`` answers of a call made by as many threads, each repeating it while it is told 503."""
    answers, ready = [], threading.Barrier(number)

    def make():
        client = APIClient(raise_request_exception=False)
        try:
            ready.wait(30)
            for _try in range(20):
                answer = call(client)
                if answer.status_code != 503:
                    break
                connection.close()
                time.sleep(0.5)
            answers.append(answer)
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(answers) == number
    return answers


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_t25_fifty_filings_at_once_with_one_key_are_one_case(db, settings):
    settings.API_CALLS_AN_HOUR = settings.API_CALLS_AN_HOUR | {"filing": 5000}

    def file(client):
        return client.post("/api/v1/concerns/", a_body(), format="json", headers={"Idempotency-Key": "k"})

    answers = at_once(50, file)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["reference"] for answer in answers}) == Case.objects.count() == 1


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_t25_fifty_moves_at_once_with_one_key_are_one_move_and_one_answer(cast):
    case = file_case()
    token = Token.objects.create(user=cast.amina).key

    def note(client):
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return act(client, case, "add_note", "k", version=1, text="Once")

    answers = at_once(50, note)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert Event.objects.filter(case=case).count() == 2


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_t25_two_keys_at_once_for_one_version_are_one_move_and_one_stale(cast):
    case = file_case()
    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    token = Token.objects.create(user=cast.amina).key

    def claim(client):
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return act(client, case, "claim", f"{id(client)}", version=2)

    answers = at_once(2, claim)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
