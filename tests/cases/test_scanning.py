"""A real virus scanner with one harmless signature: what it says decides who gets a file (T28, P9, F05, F15)."""

import socket
import threading
from io import BytesIO

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cases import clamd, live, scanning
from cases.files import keep_upload
from cases.models import Attachment, Reading
from cases.states import Scan, State
from cases.tasks import scan_files
from jobs.clock import this_moment
from operations import alarm, figures
from tests import scanner
from tests.cast import make_case
from tests.papers import a_pdf, a_word_document, with_parts
from tests.scanner import EICAR

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with scanner.running(tmp_path_factory.mktemp("clamd")) as address:
        yield address


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def scanned(settings, running):
    settings.CLAMD_URL = running


@pytest.fixture
def case(cast):
    return make_case(State.ASSESSING, cast)


def keep(data, name="evidence.txt", **where):
    where = where or {"held_for": "draft-1"}
    return keep_upload(SimpleUploadedFile(name, data), from_business=True, **where)


def asked(file, cast):
    """The answer to a caseworker who wants the file."""
    client = Client()
    client.force_login(cast.amina)
    answer = client.get(reverse("cases:file", args=[file.case.reference, file.uuid]))
    return answer.status_code, answer.getvalue().decode()


def in_a_pdf():
    paper, out = pikepdf.open(BytesIO(a_pdf())), BytesIO()
    paper.attachments["evil.com"] = EICAR
    paper.save(out)
    return out.getvalue()


@pytest.mark.both
@pytest.mark.parametrize(
    ("data", "name"),
    [
        (EICAR, "notice.txt"),
        (with_parts(a_word_document(), {"word/media/image1.png": EICAR}), "notice.docx"),
        (
            with_parts(
                a_word_document(), {"word/media/more.zip": with_parts(a_word_document(), {"e.com": EICAR})}
            ),
            "a.docx",
        ),
        (in_a_pdf(), "notice.pdf"),
    ],
    ids=["plain", "in docx", "in zip in docx", "in pdf"],
)
def test_t28_bad_input_109_a_virus_is_found_wherever_it_hides_and_nobody_gets_the_file(
    data, name, scanned, case, cast
):
    file = keep(data, name, case=case)
    scanning.scan_waiting()
    file.refresh_from_db()
    assert (file.scan, file.scan_found) == (Scan.INFECTED, "Eicar-Test.UNOFFICIAL")
    status, words = asked(file, cast)
    assert status == 404 and "Contains a virus" in words
    assert not Reading.objects.filter(what="file").exists()
    assert figures.files_infected() == 1 and alarm.troubles()["files_infected"] == 1


def test_p9_a_file_leaves_only_after_a_clean_scan(scanned, case, cast):
    file = keep(b"The goods were held.", case=case)
    status, words = asked(file, cast)
    assert status == 404 and "Checking for viruses" in words
    assert scanning.scan_waiting() == 1
    assert asked(file, cast)[0] == 200
    assert Reading.objects.filter(what="file").count() == 1


def test_open_pages_of_a_case_are_told_when_its_file_was_checked(
    scanned, case, cast, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(live, "files_checked", lambda case, for_business: told.append((case, for_business)))
    ours = keep(b"The goods were held.", case=case)
    theirs = keep(b"What the authority wrote.", "answer.txt", case=case)
    Attachment.objects.filter(pk=theirs.pk).update(from_business=False)
    keep(b"Of a form that was not sent.", "draft.txt")
    with django_capture_on_commit_callbacks(execute=True):
        assert scanning.scan_waiting() == 3
    assert sorted(told, key=lambda one: one[1]) == [(case, False), (case, True)]
    ours.refresh_from_db()
    assert ours.scan == Scan.CLEAN and not case.events.filter(at__gt=ours.scanned_at).exists()


@pytest.mark.parametrize("state", Scan)
@pytest.mark.parametrize("there", [True, False])
def test_p9_no_state_but_clean_lets_a_file_leave_where_there_is_a_scanner(state, there, settings):
    settings.CLAMD_URL = "unix:///nowhere" if there else ""
    may = {Scan.CLEAN} if there else {Scan.CLEAN, Scan.WAITING}
    assert Attachment(scan=state).may_leave == (state in may)


def test_without_a_scanner_a_file_leaves_and_pages_say_that_nobody_checked_it(settings, case, cast):
    settings.CLAMD_URL = ""
    file = keep(b"The goods were held.", case=case)
    assert scanning.scan_waiting() == 0
    assert asked(file, cast)[0] == 200
    client = Client()
    client.force_login(cast.amina)
    assert (
        "Not checked for viruses" in client.get(reverse("cases:case", args=[case.reference])).content.decode()
    )


@pytest.mark.parametrize(
    ("state", "words"), [("waiting", "Checking for viruses"), ("infected", "Contains a virus")]
)
def test_the_page_of_a_case_says_what_is_known_and_leads_to_no_file_that_may_not_leave(
    state, words, scanned, case, cast
):
    file = keep(EICAR, case=case)
    Attachment.objects.filter(pk=file.pk).update(scan=state)
    client = Client()
    client.force_login(cast.amina)
    page = client.get(reverse("cases:case", args=[case.reference])).content.decode()
    assert words in page and reverse("cases:file", args=[case.reference, file.uuid]) not in page


def test_f15_while_the_scanner_is_away_files_wait_and_the_administrators_are_told(
    settings, running, case, cast
):
    settings.CLAMD_URL = "unix:///nowhere/clamd.sock"
    file, other = keep(b"one", case=case), keep(b"two", case=case)
    assert scanning.scan_waiting() == 0
    assert {row.scan for row in Attachment.objects.all()} == {Scan.WAITING}
    assert asked(file, cast)[0] == 404
    assert figures.files_waiting()[0].count == 2 and "files_late" not in alarm.troubles()
    Attachment.objects.update(at=this_moment() - 2 * alarm.LATE)
    assert alarm.troubles()["files_late"] == 2
    settings.CLAMD_URL = running
    assert scanning.scan_waiting() == 2
    assert asked(other, cast)[0] == 200 and "files_late" not in alarm.troubles()


@pytest.mark.both
def test_f05_a_worker_killed_between_answer_and_record_leaves_the_file_waiting(scanned, monkeypatch):
    file = keep(b"The goods were held.")

    def killed(_point):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(scanning, "failpoint", killed)
        with pytest.raises(SystemExit):
            scanning.scan_waiting()
    file.refresh_from_db()
    assert file.scan == Scan.WAITING
    scan_files.call()
    file.refresh_from_db()
    assert file.scan == Scan.CLEAN


def test_a_file_longer_than_the_scanner_takes_is_kept_back_and_asked_about_again_the_next_day(scanned):
    file = keep(b"x" * 3 * 1024 * 1024)
    scanning.scan_waiting()
    file.refresh_from_db()
    assert file.scan == Scan.UNSCANNABLE and not file.may_leave
    assert scanning.scan_waiting() == 0
    Attachment.objects.update(scanned_at=this_moment() - scanning.AGAIN * 2)
    assert scanning.scan_waiting() == 1


def test_a_file_whose_bytes_are_gone_is_kept_back(scanned):
    file = keep(b"The goods were held.")
    file.file.delete(save=False)
    scanning.scan_waiting()
    file.refresh_from_db()
    assert (file.scan, file.scan_found) == (Scan.UNSCANNABLE, "missing")


def test_a_scanner_that_hangs_up_leaves_the_file_waiting_behind_the_others(settings):
    door = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD_URL = f"tcp://127.0.0.1:{door.getsockname()[1]}"
    first, second = keep(b"one"), keep(b"two")

    def hang_up():
        for _file in range(2):
            door.accept()[0].close()

    rude = threading.Thread(target=hang_up)
    rude.start()
    assert scanning.scan_waiting() == 0
    rude.join(10)
    door.close()
    assert {row.scan for row in (first, second)} == {Scan.WAITING}
    assert Attachment.objects.filter(scanned_at=None).count() == 0


def test_an_upload_asks_for_its_scan_in_its_own_transaction(scanned):
    from django_tasks_db.models import DBTaskResult

    keep(b"The goods were held.")
    assert DBTaskResult.objects.filter(task_path="cases.tasks.scan_files").count() == 1


def test_nobody_at_the_address_is_told_from_no_answer(settings):
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    with pytest.raises(clamd.Away):
        clamd.ask([b"x"])


def test_ten_megabytes_are_asked_about_piece_by_piece(scanned):
    assert clamd.ask([b"x" * 1000, b"", b"y" * 500_000]) == "OK"
