"""All concerns of one address by a mailed code: who sees what, and what nobody learns."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Case, Contact
from cases.permissions import Actor
from cases.states import State
from tests.cast import file_case, make_case, move, triage_inputs
from tests.feedback.codes import another_than, delivered, newest_code
from text.sealed import seal

pytestmark = [pytest.mark.both, pytest.mark.django_db]
MY = "/en/my/"
CODE = "/en/my/code/"
HO = "ho@example.invalid"


def text_of(page):
    return page.content.decode()


def words(page):
    return re.sub(r'(nonce|value)="[^"]*"', "", text_of(page)).replace("chan@", "ho@")


def asks(address=HO, language="en"):
    client = Client()
    assert client.post(f"/{language}/my/", {"email": address})["Location"] == f"/{language}/my/code/"
    return client


def shown(address=HO, language="en"):
    client = asks(address, language)
    assert client.post(f"/{language}/my/code/", {"code": newest_code()})["Location"] == f"/{language}/my/"
    return client


def listed(client):
    return re.findall(r'name="reference" value="([^"]+)"', text_of(client.get(MY)))


@pytest.mark.parametrize(
    ("language", "tag"), [("en", "en-HK"), ("zh-hant", "zh-Hant-HK"), ("zh-hans", "zh-Hans-CN")]
)
def test_the_list_shows_each_concern_with_its_office_and_status(cast, language, tag):
    first, second = make_case("assessing", cast), make_case(State.AWAITING, cast)
    other = file_case(email="chan@example.invalid")
    client = shown(language=language)
    page = client.get(f"/{language}/my/")
    text = text_of(page)
    assert "no-store" in page["Cache-Control"]
    assert f'<html lang="{tag}"' in text and text.count("<h1") == 1
    assert first.reference in text and second.reference in text and other.reference not in text
    assert first.office.short_in(language) in text
    assert "Ho Siu-ming" not in text and "Harbour Lantern" not in text
    if language == "en":
        assert "We have asked you a question." in text


def test_a_concern_is_opened_without_its_tracking_code_until_one_signs_out(cast):
    case, other = make_case("assessing", cast), file_case(email="chan@example.invalid")
    client, there = shown(), f"/en/track/{case.reference}/"
    assert client.get(there)["Location"].startswith("/en/track/?reference=")  # the list alone opens nothing
    assert client.post(MY, {"reference": other.reference})["Location"] == MY
    assert client.post(MY, {"reference": case.reference})["Location"] == there
    assert client.get(there).status_code == 200
    assert not Case.objects.get(pk=case.pk).tracking_used
    out = client.post("/en/track/sign-out/")
    assert "cache" in out["Clear-Site-Data"]
    assert listed(client) == []
    assert client.get(there).status_code == 303
    assert client.get(CODE)["Location"] == MY  # not even the address is left


def test_t32_nothing_tells_whether_an_address_is_known():
    file_case()
    known, unknown = asks(), asks("chan@example.invalid")
    assert words(known.get(CODE)) == words(unknown.get(CODE))
    assert [message.to for message in delivered() if "HKC" not in message.subject] == [[HO]]
    wrong = another_than(newest_code())
    said = [one.post(CODE, {"code": wrong}) for one in (known, unknown)]
    assert said[0].status_code == said[1].status_code == 422
    assert words(said[0]) == words(said[1])


@pytest.mark.parametrize(
    "changes",
    [{"email_confirmed": False}, {"sharing": "anonymous"}, {"email": ""}],
    ids=["unconfirmed", "anonymous", "none"],
)
def test_what_is_unconfirmed_or_without_a_name_is_not_listed(changes):
    shown_one, hidden = file_case(), file_case(**changes)
    client = shown()
    assert listed(client) == [shown_one.reference]
    assert client.post(MY, {"reference": hidden.reference})["Location"] == MY


@pytest.mark.parametrize("by_update", [True, False])
def test_an_erased_address_is_listed_no_more_and_is_sent_no_code(by_update):
    case = file_case()
    client = shown()
    if by_update:
        Contact.objects.filter(case=case).update(email="")
    else:
        contact = Contact.objects.get(case=case)
        contact.email = ""
        contact.save()
        assert contact.email_key == ""
    assert listed(client) == []
    assert "no concern with this address any more" in text_of(client.get(MY))
    before = len(delivered())
    asks()
    assert len(delivered()) == before


def test_capitals_make_no_difference_and_the_mail_goes_where_the_concern_says():
    case = file_case(email="Ho@Example.invalid")
    client = shown("hO@example.INVALID")
    assert listed(client) == [case.reference]
    assert delivered()[-1].to == ["Ho@Example.invalid"]


def test_a_concern_filed_later_is_listed_too_and_the_newest_change_stands_first(cast):
    first = file_case()
    client = shown()
    second = file_case()
    assert listed(client) == [second.reference, first.reference]
    move(first, "triage", cast.staff("amina"), **triage_inputs(first))
    assert listed(client) == [first.reference, second.reference]


def test_the_list_is_over_after_twelve_hours(monkeypatch):
    case, now = file_case(), timezone.now()
    client = shown()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=11, minutes=59))
    assert listed(client) == [case.reference]
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=12, minutes=1))
    assert listed(client) == []
    assert client.post(MY, {"reference": case.reference}).status_code == 422


def test_t48_the_database_does_not_tell_which_concerns_share_an_address_to_whoever_knows_it(client):
    case = file_case()
    with connection.cursor() as cursor:
        cursor.execute("SELECT email_key FROM cases_contact WHERE case_id = %s", [case.pk])
        (key,) = cursor.fetchone()
    assert len(key) == 64
    session = shown().session
    assert HO not in repr(dict(session.items()))


def test_whoever_asked_for_no_code_is_led_to_where_one_is_asked_for(client):
    assert client.get(CODE)["Location"] == MY
    assert client.post(CODE, {"code": "123456"})["Location"] == MY


@pytest.mark.parametrize("typed", ["", "ho", "何@例子.香港"])
def test_what_is_no_address_is_said_to_be_none(client, typed):
    page = client.post(MY, {"email": typed})
    assert page.status_code == 422
    assert 'href="#id_email"' in text_of(page)


def test_the_list_of_many_costs_as_many_questions_as_that_of_one(django_assert_num_queries):
    file_case()
    client = shown()
    client.get(MY)
    with CaptureQueriesContext(connection) as one:
        client.get(MY)
    for _n in range(3):
        file_case()
    with django_assert_num_queries(len(one)):
        client.get(MY)


def test_whoever_opened_a_concern_by_an_address_is_out_once_the_concern_has_another(client, cast):
    case = file_case(email="ho@example.invalid")
    session = client.session
    session["tracked"] = {case.reference: int(timezone.now().timestamp())}
    session["opened_by_address"] = {case.reference: seal("ho@example.invalid")}
    session.save()
    page = f"/en/track/{case.reference}/"
    assert client.get(page).status_code == 200
    move(case, "set_contact", Actor.business(case), email="new@example.invalid")
    assert client.get(page).status_code == 303
    assert client.get(page + "set_contact/").status_code == 303
