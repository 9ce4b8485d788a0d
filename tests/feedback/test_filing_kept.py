"""How long a form is kept, and what is gone afterwards."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.models import Attachment, Case
from feedback.models import Draft
from feedback.tasks import forget_drafts
from tests.feedback.answers import address, answer, hidden, send

pytestmark = pytest.mark.django_db

CODE = re.compile(r"\d{4} \d{4} \d{4} \d{4}")


def test_p8_a_form_opens_for_fourteen_days_and_then_is_gone_with_its_files(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    answer(client, upto="evidence")
    file = SimpleUploadedFile("notice.txt", b"Held.")
    client.post(address("evidence"), {**hidden(client.get(address("evidence"))), "files": file})
    left = Draft.objects.get().expires_at - timezone.now()
    assert timedelta(days=13, hours=23) < left <= timedelta(days=14)
    assert client.get("/en/concerns/new/")["Location"] == address("sharing")
    Draft.objects.update(expires_at=timezone.now())
    assert client.get("/en/concerns/new/")["Location"] == address("for-whom")
    forget_drafts.call()
    assert not Draft.objects.exists()
    assert not Attachment.objects.exists()


def test_the_sealed_code_is_wiped_after_an_hour_and_the_slip_stays(client):
    answer(client)
    send(client)
    Draft.objects.update(sent_at=timezone.now() - timedelta(minutes=61))
    assert not CODE.search(client.get(address("done")).content.decode())
    forget_drafts.call()
    assert Draft.objects.get().sealed_code == ""
    Draft.objects.update(sent_at=timezone.now() - timedelta(days=29))
    assert Case.objects.get().reference in client.get(address("done")).content.decode()


def test_the_resume_page_says_the_same_with_and_without_a_form(client):
    without = client.get("/en/concerns/resume/").content.decode()
    answer(client, upto="when")
    assert strip(client.get("/en/concerns/resume/").content.decode()) == strip(without)


def strip(html):
    """Without what differs on every page: nonces and form tokens."""
    return re.sub(r'(nonce|value)="[^"]*"', "", html)


def test_opening_pages_changes_nothing(client):
    answer(client)
    before = list(Draft.objects.values())
    for step in ("for-whom", "where", "evidence", "check", "done"):
        client.get(address(step))
    client.get("/en/concerns/new/")
    client.get("/en/concerns/resume/")
    assert list(Draft.objects.values()) == before
    assert not Case.objects.exists()
