"""Statements by version: the one in force, earlier ones, and which one somebody saw who sent a concern."""

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from cases.models import SharingChoice
from cases.models.people import SHARING_TEXT
from feedback.statements import VERSIONS, template_of, version_of
from tests.cast import file_case

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("statement", list(VERSIONS))
def test_words_that_people_have_read_are_not_changed(statement):
    for version in VERSIONS[statement]:
        words = Path(settings.BASE_DIR, "templates", template_of(statement, version)).read_bytes()
        assert hashlib.sha256(words).hexdigest() == version.digest, "changed words are a new version"


@pytest.mark.parametrize("statement", list(VERSIONS))
def test_versions_are_named_once_and_the_newest_comes_first(statement):
    names, days = [v.name for v in VERSIONS[statement]], [v.since for v in VERSIONS[statement]]
    assert len(set(names)) == len(names)
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
@pytest.mark.parametrize("statement", list(VERSIONS))
def test_a_statement_says_which_version_it_is_and_since_when(client, statement, language):
    page = client.get(f"/{language}/{statement}/").content.decode()
    assert VERSIONS[statement][0].name in page
    assert "2026" in page
    by_version = client.get(f"/{language}/{statement}/{VERSIONS[statement][0].name}/")
    assert by_version.status_code == 200
    assert client.get(f"/{language}/{statement}/1999-01/").status_code == 404


def test_an_earlier_version_stays_readable_and_says_that_it_no_longer_holds(client, monkeypatch):
    (now,) = VERSIONS["privacy"]
    # Words of the same file under a newer name: what is asked is how the two are told apart.
    newer = replace(now, name="2027-01", since=date(2027, 1, 1))
    monkeypatch.setitem(VERSIONS, "privacy", [newer, now])
    monkeypatch.setattr("feedback.pages.template_of", lambda statement, version: template_of(statement, now))
    page = client.get("/en/privacy/").content.decode()
    assert "Version 2027-01" in page
    assert "/en/privacy/2026-11/" in page
    assert "no longer holds" not in page
    earlier = client.get("/en/privacy/2026-11/").content.decode()
    assert "no longer holds" in earlier
    assert "Version 2026-11" in earlier


def test_the_version_in_force_is_stored_with_every_concern(db):
    case = file_case(language="zh-hans")
    choice = SharingChoice.objects.get(case=case)
    in_force = version_of("privacy")
    assert in_force is not None
    assert (choice.text_version, choice.language) == (in_force.name, "zh-hans") == (SHARING_TEXT, "zh-hans")
