"""A document sent by our script: judged as always, and one file however often it arrives (F03, input 119)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.models import Attachment
from tests.feedback.answers import address, answer, hidden

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


def test_119_a_document_sent_again_after_a_lost_answer_is_one_document_and_no_error(upload):
    assert upload(b"The goods were held.").json() == {"refused": []}
    assert upload(b"The goods were held.", _again="1").json() == {"refused": []}
    assert Attachment.objects.count() == 1


def test_118_a_document_chosen_a_second_time_is_said_to_be_there(upload):
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
