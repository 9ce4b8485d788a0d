"""The development mailbox of the embedded default."""

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from jobs.models import MailboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def a_mail():
    mail = EmailMultiAlternatives(
        "Business Concerns: update on HKC-0000-0000",
        "There is an update. <script>alert(1)</script>\nhttp://127.0.0.1:8000/en/track/\n",
        to=["ho@example.invalid"],
        headers={"Message-ID": "<1@127.0.0.1>", "Content-Language": "en-HK"},
        connection=get_connection("jobs.mailbox.Mailbox"),
    )
    mail.send()
    return MailboxMessage.objects.get()


@pytest.mark.parametrize("address", ["/en/mailbox/", "/zh-hant/mailbox/1/", "/zh-hans/mailbox/"])
def test_outside_the_embedded_default_there_is_no_such_page(client, settings, address):
    settings.EMBEDDED = False
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_demo_user_reads_what_was_sent(client, settings, a_mail, language):
    settings.EMBEDDED = True
    listed = client.get(f"/{language}/mailbox/")
    assert listed.status_code == 200 and f"/{language}/mailbox/{a_mail.pk}/" in listed.content.decode()
    page = client.get(f"/{language}/mailbox/{a_mail.pk}/").content.decode()
    assert "&lt;1@127.0.0.1&gt;" in page and 'href="http://127.0.0.1:8000/en/track/"' in page


def test_bad_input_12_a_mail_is_shown_literally(client, settings, a_mail):
    settings.EMBEDDED = True
    page = client.get(f"/en/mailbox/{a_mail.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert" not in page


def test_the_list_narrows_to_one_address_and_turns_its_pages(client, settings, a_mail):
    settings.EMBEDDED = True
    assert "HKC-0000-0000" in client.get("/en/mailbox/?to=HO@example.invalid").content.decode()
    assert "HKC-0000-0000" not in client.get("/en/mailbox/?to=x%00<b>").content.decode()
    assert client.get("/en/mailbox/?page=99").status_code == 200


def test_reading_changes_nothing(client, settings, a_mail):
    settings.EMBEDDED = True
    assert client.post("/en/mailbox/").status_code == 405
