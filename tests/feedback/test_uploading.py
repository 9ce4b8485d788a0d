"""A document sent by our script: judged as always, and one file however often it arrives (F03, input 119)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.models import Attachment, Case
from tests.feedback.answers import ANSWERS, address, answer, hidden, post, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    answer(client, upto="evidence")
    page = client.get(address("evidence"))

    def send(data, name="notice.txt", accept="application/json", **more):
        file = SimpleUploadedFile(name, data)
        return client.post(
            address("evidence"),
            {**hidden(page), "files": file, "_add": "1", **more},
            headers={"Accept": accept},
        )

    return send


def test_bad_input_119_a_document_sent_again_after_a_lost_answer_is_one_document_and_no_error(upload):
    assert upload(b"The goods were held.").json() == {"refused": []}
    assert upload(b"The goods were held.", _again="1").json() == {"refused": []}
    assert Attachment.objects.count() == 1


def test_bad_input_118_a_document_chosen_a_second_time_is_said_to_be_there(upload):
    upload(b"The goods were held.")
    again = upload(b"The goods were held.")
    assert again.status_code == 422
    assert again.json() == {"refused": ["You have already added this file"]}


def test_a_document_that_is_refused_is_refused_in_words(upload):
    refused = upload(b"MZ\x90\x00", "a.exe")
    assert refused.status_code == 422
    assert refused.json()["refused"][0].startswith("The selected file must be a PDF")


def test_the_form_without_the_script_is_answered_with_a_page(upload):
    assert upload(b"The goods were held.", accept="text/html").status_code == 303


def test_f03_no_file_stays_of_an_upload_that_broke_off(upload, client, tmp_path):
    """Half a body is no request: the server answers, nothing is kept, and the other answers stand."""
    boundary = "x"
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nThe goods'
    client.post(address("evidence"), body, content_type=f"multipart/form-data; boundary={boundary}")
    assert not Attachment.objects.exists() and not [p for p in tmp_path.rglob("*") if p.is_file()]
    assert client.get(address("wanted")).status_code == 200


@pytest.mark.parametrize(
    ("scanner", "state", "words"),
    [
        ("", "waiting", "Not checked for viruses"),
        ("unix:///nowhere", "waiting", "Checking for viruses"),
        ("unix:///nowhere", "infected", "Contains a virus"),
        ("unix:///nowhere", "clean", "Checked"),
    ],
)
def test_bad_input_109_p9_f15_every_page_of_the_business_says_what_the_scanner_said_and_filing_goes_on(
    upload, client, settings, scanner, state, words
):
    settings.CLAMD_URL = scanner
    upload("貨物被扣".encode())
    Attachment.objects.update(scan=state)
    assert words in client.get(address("evidence")).content.decode()
    post(client, "evidence", {})
    for step in ("sharing", "about-you", "contact"):
        post(client, step, ANSWERS[step])
    assert words in client.get(address("check")).content.decode()
    send(client)
    case = Case.objects.get()
    session = client.session
    session["tracked"] = {case.reference: int(timezone.now().timestamp())}
    session.save()
    page = client.get(f"/en/track/{case.reference}/").content.decode()
    file = Attachment.objects.get()
    assert words in page
    leaves = file.may_leave
    assert (reverse("track_file", args=[case.reference, file.uuid]) in page) == leaves
    answer_to_asking = client.get(reverse("track_file", args=[case.reference, file.uuid]))
    assert answer_to_asking.status_code == (200 if leaves else 404)
    assert leaves or words in answer_to_asking.content.decode()
    b"".join(answer_to_asking)
