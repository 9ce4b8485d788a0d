"""What failed is listed until somebody deals with it; trying again and giving up are on record."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.db import Error, connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cases.mailing import send_due
from cases.models import Notice
from operations import failures
from operations.models import Intervention, Kind
from tests.cast import file_case
from tests.operations.trouble import TASK, parked_task, refused_notice

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def test_failures_are_grouped_by_what_and_why_with_the_latest_first(cast, django_assert_max_num_queries):
    case = file_case()
    for _ in range(3):
        parked_task()
    parked_task(why="jobs.runner.WorkerDied", ago=timedelta(hours=1))
    refused_notice(case)
    refused_notice(case, error="no answer, twice", status=Notice.Status.PARKED, ago=timedelta(days=1))
    with django_assert_max_num_queries(2):
        groups = failures.groups()
    assert {(g.kind, g.what, g.why, g.count) for g in groups} == {
        (Kind.TASK, TASK, "builtins.ValueError", 3),
        (Kind.TASK, TASK, "jobs.runner.WorkerDied", 1),
        (Kind.NOTICE, "update", "550 5.1.1", 1),
        (Kind.NOTICE, "update", "no answer, twice", 1),
    }
    assert groups[-1].why == "no answer, twice"


def test_a_parked_task_that_is_tried_again_runs_and_leaves_the_list(cast):
    row = parked_task()
    assert failures.retry(Kind.TASK, [row.pk], by=cast.ada) == 1
    row.refresh_from_db()
    assert (row.status, row.worker_ids) == ("READY", [])
    assert failures.groups() == []
    act = Intervention.objects.get()
    assert (act.act, act.subject, act.what, act.by) == ("retry", row.pk, TASK, cast.ada)


def test_two_people_who_try_the_same_again_do_it_once(cast):
    row = parked_task()
    assert failures.retry(Kind.TASK, [row.pk], by=cast.ada) == 1
    assert failures.retry(Kind.TASK, [row.pk], by=cast.ada) == 0
    assert Intervention.objects.count() == 1


def test_a_mail_that_is_tried_again_keeps_its_message_id(cast, monkeypatch):
    case = file_case()
    refusing = smtplib.SMTPRecipientsRefused({"ho@example.invalid": (550, b"5.1.1 no such person")})
    seen = []

    def refuse(message, *_args, **_kwargs):
        seen.append(message.extra_headers["Message-ID"])
        raise refusing

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        send_due()
    notice = Notice.objects.get(case=case, to_user=None)
    assert (notice.status, notice.error) == ("failed", "550 5.1.1")
    assert failures.retry(Kind.NOTICE, [notice.uuid], by=cast.ada) == 1
    mail.outbox.clear()
    assert send_due() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == seen[0]
    assert failures.groups() == []


def test_what_is_given_up_leaves_the_list_with_its_reason_and_comes_back_if_it_fails_anew(cast):
    row, notice = parked_task(), refused_notice(file_case())
    assert failures.give_up(Kind.TASK, [row.pk], by=cast.ada, reason="Superseded.") == 1
    assert failures.give_up(Kind.NOTICE, [notice.uuid], by=cast.ada, reason="They were called.") == 1
    assert failures.groups() == []
    notice.refresh_from_db()
    assert notice.status == Notice.Status.FAILED  # the office still sees it on the case
    later = timezone.now() + timedelta(hours=1)
    DBTaskResult.objects.update(finished_at=later)
    Notice.objects.filter(pk=notice.pk).update(sending_at=later)
    assert len(failures.groups()) == 2


def test_the_record_of_acts_cannot_be_changed(cast):
    row = parked_task()
    failures.give_up(Kind.TASK, [row.pk], by=cast.ada, reason="A reason.")
    for change in (
        lambda: Intervention.objects.update(reason="Another."),
        lambda: Intervention.objects.all().delete(),
    ):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            change()


def test_failures_of_long_ago_are_history(cast):
    parked_task(ago=timedelta(days=91))
    refused_notice(file_case(), ago=timedelta(days=91))
    assert failures.groups() == []


def test_failed_tasks_are_found_through_an_index():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, DBTaskResult._meta.db_table)
    assert found["jobs_task_status"]["columns"] == ["status", "finished_at"]
