"""Who somebody is, and what was not sent yet, cannot be read from the database alone."""

import logging

import pytest
from django.db import connection

from cases.models import Contact
from feedback.models import Draft
from tests.cast import file_case
from text.sealed import seal, unseal

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def raw(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  # a name of ours
        return repr(cursor.fetchall())


def test_t48_a_copy_of_the_database_tells_no_contact_and_no_unsent_form():
    case = file_case(
        name="Canary Ho",
        company="Canary Ltd",
        email="canary@example.invalid",
        phone="+852 5555 9999",
        on_behalf_of="Canary Client",
        authorisation="engaged",
    )
    draft, _token = Draft.begin("en")
    draft.keep({"what-happened": {"text": "Canary goods 扣貨"}}, seen=1, language="en")
    stored = raw("cases_contact") + raw("cases_onbehalf") + raw("feedback_draft")
    for canary in ("Canary", "canary", "5555 9999", "扣", "what-happened"):
        assert canary not in stored
    contact = Contact.objects.get(case=case)
    assert (contact.name, contact.email) == ("Canary Ho", "canary@example.invalid")
    assert Draft.objects.get(pk=draft.pk).answers == {"what-happened": {"text": "Canary goods 扣貨"}}
    assert list(Contact.objects.values_list("company", flat=True)) == ["Canary Ltd"]


def test_a_new_key_in_front_reads_what_the_old_one_sealed(settings, caplog):
    settings.PERSONAL_DATA_KEYS = ["old"]
    sealed = seal("Ho Siu-ming 何")
    settings.PERSONAL_DATA_KEYS = ["new", "old"]
    assert unseal(sealed) == "Ho Siu-ming 何"
    settings.PERSONAL_DATA_KEYS = ["new"]
    with caplog.at_level(logging.ERROR, "text.sealed"):
        assert unseal(sealed) == ""
    assert "PERSONAL_DATA_KEYS" in caplog.text
    assert "Ho" not in caplog.text


def test_what_stood_there_before_is_read_as_it_is_and_emptiness_stays_empty():
    case = file_case()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_contact SET name = 'Plain Ho', phone = '' WHERE case_id = %s", [case.pk])
    contact = Contact.objects.get(case=case)
    assert (contact.name, contact.phone) == ("Plain Ho", "")
    contact.save()
    assert "Plain" not in raw("cases_contact")
