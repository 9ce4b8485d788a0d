"""The database is away, or somebody holds the row: a friendly answer in three languages, and nothing half-done."""

import re
import sqlite3
import threading

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection, transaction
from rest_framework.test import APIClient

from cases.actions import perform
from cases.models import Case, Event
from cases.permissions import Actor
from cases.refusals import Busy
from feedback.models import Draft
from jobs.outages import Outage, outage_of
from tests.cast import PASSWORD, file_case, move

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def caused(error, cause):
    error.__cause__ = cause
    return error


def locked_file():
    failure = sqlite3.OperationalError("database is locked")
    failure.sqlite_errorname = "SQLITE_BUSY"
    return failure


@pytest.fixture
def database_away():
    """From now on every query fails as it does when the server is restarted under it."""

    def refuse(*_):
        raise caused(OperationalError("gone"), psycopg.errors.AdminShutdown("gone"))

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def visitor(client):
    client.raise_request_exception = False
    client.get("/en/")  # a process that has served something before the outage
    return client


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (caused(OperationalError(), psycopg.errors.LockNotAvailable()), Outage.BUSY),
        (caused(OperationalError(), psycopg.errors.DeadlockDetected()), Outage.BUSY),
        (caused(OperationalError(), locked_file()), Outage.BUSY),
        (caused(OperationalError(), psycopg.errors.CannotConnectNow()), Outage.AWAY),
        (caused(OperationalError(), psycopg.OperationalError("server closed the connection")), Outage.AWAY),
        (caused(InterfaceError(), psycopg.InterfaceError("the connection is closed")), Outage.AWAY),
        (caused(ValueError(), OperationalError("no connection")), Outage.AWAY),
        (caused(OperationalError(), sqlite3.OperationalError("no such table")), Outage.AWAY),
        (ProgrammingError(), None),
        (KeyError("x"), None),
        (None, None),
    ],
)
def test_an_error_of_the_database_is_told_from_a_fault_of_ours(error, meaning):
    assert outage_of(error) is meaning


def test_a_missing_table_of_sqlite_is_a_fault_of_ours():
    try:
        sqlite3.connect(":memory:").execute("SELECT * FROM nowhere")
    except sqlite3.OperationalError as wrong:
        assert outage_of(caused(OperationalError(), wrong)) is None


def test_f07_while_the_database_is_away_the_start_page_is_served(visitor, database_away):
    assert visitor.get("/en/").status_code == 200
    assert visitor.get("/healthz").status_code == 200


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", ["get", "post"])
def test_f07_a_page_that_needs_it_is_503_in_three_languages_with_retry_after(visitor, database_away, method):
    visitor.cookies["draft"] = "0" * 32
    answer = getattr(visitor, method)("/en/concerns/new/for-whom/", {"for_whom": "own"})
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) <= 15
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert [*re.findall(r'section lang="([^"]+)"', page)] == ["zh-Hant-HK", "zh-Hans-CN"]
    assert "Your answers up to the last page you completed are saved." in page
    assert visitor.get("/readyz").status_code == 503


@pytest.fixture
def disk_full():
    """From now on what is there can be read, and nothing can be written. Call it when there is room again."""
    full = True

    def refuse(execute, sql, params, many, context):
        if full and sql.lstrip().upper().startswith(("INSERT", "UPDATE")):
            raise caused(OperationalError("full"), psycopg.errors.DiskFull("no space left on device"))
        return execute(sql, params, many, context)

    def room():
        nonlocal full
        full = False

    with connection.execute_wrapper(refuse):
        yield room


def test_f13_while_the_disk_of_the_database_is_full_nothing_is_half_done_and_afterwards_it_goes_on(
    cast, disk_full
):
    sent = {"category": "CUS-1", "division": "441900", "text": "x", "language": "en", "sharing": "anonymous"}

    def send():
        program = APIClient(raise_request_exception=False)
        return program.post(
            "/api/v1/concerns/", sent, format="json", headers={"Idempotency-Key": "0f4e2f60-full-disk"}
        )

    refused = send()
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert not Case.objects.exists() and not Event.objects.exists()
    assert APIClient().get("/api/v1/categories/").status_code == 200  # what is there can be read
    disk_full()
    assert send().status_code == 201
    assert send().status_code in (200, 201)
    assert Case.objects.count() == 1


def test_f13_a_database_file_without_room_is_an_outage_and_what_was_in_it_is_whole(tmp_path):
    base = sqlite3.connect(tmp_path / "full.sqlite3")
    base.execute("CREATE TABLE kept (words TEXT)")
    base.execute("INSERT INTO kept VALUES ('before')")
    base.commit()
    base.execute("PRAGMA max_page_count = 3")
    with pytest.raises(sqlite3.OperationalError) as full:
        base.execute("INSERT INTO kept VALUES (?)", ["x" * 100_000])
    assert outage_of(caused(OperationalError(), full.value)) is Outage.AWAY
    base.rollback()
    assert base.execute("SELECT words FROM kept").fetchall() == [("before",)]
    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    base.close()


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_f07_a_program_gets_json_in_its_language_and_nothing_is_half_done(database_away, language):
    program = APIClient(raise_request_exception=False)
    answer = program.post(
        "/api/v1/concerns/",
        {"category": "CUS-1", "division": "441900", "text": "x", "language": "en", "sharing": "anonymous"},
        format="json",
        headers={"Idempotency-Key": "a-key", "Accept-Language": language},
    )
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert answer.json()["message"].isascii() == (language == "en")
    assert int(answer["Retry-After"]) <= 15


@pytest.mark.django_db(transaction=True)
def test_f06_a_connection_cut_off_is_replaced_without_anybody_noticing(client, cast):
    file_case()
    if connection.vendor == "postgresql":
        pid = connection.connection.info.backend_pid
        with psycopg.connect(
            host=connection.settings_dict["HOST"],
            port=connection.settings_dict["PORT"],
            user=connection.settings_dict["USER"],
            dbname=connection.settings_dict["NAME"],
        ) as other:
            connection.close()  # back to the pool, as after every request
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert client.get("/en/concerns/new/for-whom/").status_code == 200
    assert Draft.objects.count() == 0
    assert Case.objects.count() == 1


class Holding:
    """Holds the lock of a case in a transaction of its own, as a colleague's request does."""

    def __init__(self, case):
        self.case, self.held, self.enough = case, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.hold)

    def hold(self):
        try:
            with transaction.atomic():
                Case.objects.select_for_update().get(pk=self.case.pk)
                self.held.set()
                self.enough.wait(30)
        finally:
            connection.close()

    def __enter__(self):
        self.thread.start()
        assert self.held.wait(10)
        return self

    def __exit__(self, *_):
        self.enough.set()
        self.thread.join(10)


@pytest.fixture
def short_patience():
    """On SQLite a whole file is locked and waited for 20 s; here as long as PostgreSQL waits for a row."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 500")
        yield
        connection.close()
    else:
        yield


@pytest.mark.django_db(transaction=True)
def test_f08_a_row_held_too_long_is_busy_and_the_change_works_afterwards(cast, short_patience):
    case = file_case()
    with Holding(case), pytest.raises(Busy):
        perform(case, "claim", by=cast.staff("amina"), version=1)
    assert Event.objects.filter(case=case).count() == 1
    assert move(case, "claim", cast.staff("amina")).seq == 2


@pytest.mark.filterwarnings("ignore")
@pytest.mark.django_db(transaction=True)
def test_f08_on_the_page_the_words_stay_and_the_api_says_409_busy(client, cast, short_patience):
    case = file_case()
    cast.amina.set_password(PASSWORD)
    cast.amina.save()
    client.force_login(cast.amina)
    program = APIClient(raise_request_exception=False)
    program.force_authenticate(cast.amina)
    typed = {"text": "Called the port.", "version": "1"}
    with Holding(case):
        page = client.post(f"/en/cases/{case.reference}/moves/add_note/", typed)
        answer = program.post(
            f"/api/v1/cases/{case.reference}/moves/add_note/",
            {"text": "Called the port.", "version": 1},
            format="json",
        )
    assert page.status_code == 409
    assert "Called the port." in page.content.decode()
    assert "Somebody else is changing this" in page.content.decode()
    assert (answer.status_code, answer.json()["code"]) == (409, "busy")
    assert case.events.count() == 1


@pytest.mark.django_db(transaction=True)
def test_f08_a_business_keeps_its_words_too(cast, short_patience):
    case = file_case()
    with Holding(case), pytest.raises(Busy):
        perform(case, "send_message", by=Actor.business(case), text="One more thing.")
    assert case.events.count() == 1
