"""The operator's pages: for administrators alone, with nothing of any case, and every act asked for twice."""

import re
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from cases.models import Notice
from jobs.models import WorkerBeat
from operations.models import Intervention
from tests.cast import file_case
from tests.operations.trouble import TASK, parked_task, refused_notice

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

PAGE = "/en/operations/"


@pytest.fixture
def ada(client, cast):
    client.force_login(cast.ada)
    return client


def failed_url(kind="task", what=TASK, why="builtins.ValueError"):
    return f"/en/operations/failed/{kind}/?what={what}&why={why}"


@pytest.mark.parametrize("who", ["amina", "wing", "hana", "olivia", "partner"])
def test_only_an_administrator_may_look(client, cast, who):
    client.force_login(cast.users[who])
    assert client.get(PAGE).status_code == 403
    assert client.get(failed_url()).status_code == 403
    assert client.post(failed_url(), {"all": "1"}).status_code == 403


def test_nobody_looks_without_signing_in(client):
    assert client.get(PAGE).status_code == 302


def test_a_quiet_service_says_so(ada):
    WorkerBeat.objects.create(worker_id="w", kind="worker", seen=Now())
    page = ada.get(PAGE).content.decode()
    assert "Nothing that nobody has dealt with." in page
    assert "No task waits." in page and "No mail waits." in page
    assert "Workers in processes of their own: 1" in page


def test_the_page_names_no_recipient_company_or_reference(ada):
    case = file_case(company="Canary Lantern Ltd", email="canary@example.invalid", name="Canary Ho")
    notice = refused_notice(case)
    for page in (
        ada.get(PAGE).content.decode(),
        ada.get(failed_url("notice", "update", "550 5.1.1")).content.decode(),
    ):
        assert "550 5.1.1" in page
        assert not re.search(f"canary|{case.reference}", page, re.IGNORECASE)
    assert str(notice.uuid) in page


def test_five_hundred_failures_are_one_line_and_are_tried_again_at_once(ada):
    for _ in range(500):
        parked_task()
    page = ada.get(PAGE).content.decode()
    assert page.count("Look and try again") == 1
    assert ">500<" in page
    group = ada.get(failed_url()).content.decode()
    assert group.count('name="id"') == 50
    answer = ada.post(failed_url(), {"what": TASK, "why": "builtins.ValueError", "all": "1"}, follow=True)
    assert "500 failures are tried again." in answer.content.decode()
    assert Intervention.objects.filter(act="retry").count() == 500


def test_the_page_asks_no_more_queries_for_fifty_failures_than_for_two(ada, django_assert_max_num_queries):
    for number in range(50):
        parked_task(why=f"builtins.Error{number}")
    with django_assert_max_num_queries(12):
        ada.get(PAGE)


def test_only_the_chosen_are_tried_again(ada):
    one, other = parked_task(), parked_task()
    ada.post(failed_url(), {"what": TASK, "why": "builtins.ValueError", "id": [str(one.pk)], "retry": "1"})
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, other.status) == ("READY", "FAILED")


def test_giving_up_without_a_reason_is_refused_and_the_choice_is_kept(ada):
    row = parked_task()
    fields = {"what": TASK, "why": "builtins.ValueError", "id": [str(row.pk)], "give_up": "1"}
    answer = ada.post(failed_url(), fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Say why you give this up." in page and "checked" in page
    answer = ada.post(failed_url(), fields | {"reason": "The task is gone."}, follow=True)
    page = answer.content.decode()
    assert "1 failure was given up." in page and "The task is gone." in page


def test_what_somebody_else_has_dealt_with_is_said_not_failed(ada):
    row = parked_task()
    fields = {"what": TASK, "why": "builtins.ValueError", "id": [str(row.pk)], "retry": "1"}
    ada.post(failed_url(), fields)
    answer = ada.post(failed_url(), fields, follow=True)
    assert "Nothing was changed" in answer.content.decode()


def test_choosing_nothing_changes_nothing(ada):
    parked_task()
    answer = ada.post(failed_url(), {"what": TASK, "why": "builtins.ValueError", "retry": "1"}, follow=True)
    assert "Nothing was changed" in answer.content.decode()
    assert not Intervention.objects.exists()


@pytest.mark.parametrize(
    "url", [failed_url("nonsense"), failed_url(what="%00", why="\x00"), failed_url(what="x" * 5000)]
)
def test_a_made_up_address_is_no_fault(ada, url):
    assert ada.get(url).status_code in (200, 404)
    assert ada.post(url, {"what": "\x00", "why": "", "id": ["no-id"], "retry": "1"}).status_code in (302, 404)


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_pages_come_in_every_language(ada, language):
    parked_task()
    refused_notice(file_case(), error="no answer, twice", status=Notice.Status.PARKED)
    assert ada.get(f"/{language}/operations/").status_code == 200
    assert ada.get(failed_url().replace("/en/", f"/{language}/")).status_code == 200


def test_what_waits_too_long_is_marked(ada):
    parked_task(status="READY", finished_at=None, ago=timedelta(minutes=20))
    assert "Late" in ada.get(PAGE).content.decode()
