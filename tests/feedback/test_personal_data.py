"""The page "Your personal data" and the copy of it (Cap. 486, access)."""

import json

import pytest

from cases.actions import open_case
from cases.models import Case, Contact, Reading
from cases.permissions import Actor
from cases.states import State
from cases.tracking import hash_code
from feedback.models import DataCopy
from jobs.clock import this_moment
from tests.cast import a_filing, make_case, move, record_answer, sent_referral
from tests.feedback.test_tracking_page import address, follow, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(cast):
    filing = a_filing(
        sharing="named", name="Ho Siu Ming", email="ho@example.invalid", phone="+852 9123 4567", notify=True
    )
    return open_case(filing, by=Actor.new_business())


def take(client, opened, form="json", code=None, language="en"):
    data = {"form": form, "code": opened.tracking_code if code is None else code}
    return client.post(address(opened.case, "your-data/copy/", language), data)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Your personal data"), ("zh-hant", "HKC"), ("zh-hans", "HKC")]
)
def test_the_page_says_that_a_name_is_held_and_hides_all_but_its_beginning(
    client, cast, opened, language, words
):
    follow(client, opened.case)
    answer = client.get(address(opened.case, "your-data/", language))
    page = text_of(answer)
    assert answer.status_code == 200
    assert words in page
    assert "H•••" in page and "h•••@example.invalid" in page and "•••67" in page
    assert "Ho Siu Ming" not in page and "9123" not in page
    assert "no-store" in answer["Cache-Control"]


def test_the_tracking_page_leads_there(client, cast, opened):
    follow(client, opened.case)
    assert address(opened.case, "your-data/") in text_of(client.get(address(opened.case)))


def test_the_page_counts_who_looked_by_role_and_never_by_name(client, cast, opened):
    for what in ("identity", "identity", "file"):
        Reading.objects.create(
            case=opened.case, user=cast.amina, what=what, reason="To call back.", at=this_moment()
        )
    follow(client, opened.case)
    page = text_of(client.get(address(opened.case, "your-data/")))
    assert "Caseworker: who you are" in page
    assert "2 times" in page
    assert "Caseworker: one of your documents" in page
    assert cast.amina.name not in page
    assert "To call back." not in page


def test_the_copy_holds_all_that_is_held_and_nothing_of_the_inside(client, cast):
    case = make_case(State.ASSESSING, cast, sharing="named", name="Ho Siu Ming")
    referral = sent_referral(case, cast)
    record_answer(case, referral, cast, text="What the authority wrote to us.")
    move(case, "add_note", cast.staff("amina"), text="The agent is known to us.")
    move(case, "send_message", cast.staff("amina"), text="We called you today.")
    follow(client, case)
    Case.objects.filter(pk=case.pk).update(tracking_hash=hash_code("4821773509621184"))
    for form in ("json", "html"):
        answer = client.post(address(case, "your-data/copy/"), {"form": form, "code": "4821 7735 0962 1184"})
        assert answer.status_code == 200
        assert answer["Content-Disposition"] == f'attachment; filename="{case.reference}.{form}"'
        assert "no-store" in answer["Cache-Control"]
        text = text_of(answer)
        assert "Ho Siu Ming" in text
        assert case.statement.text[:40] in text
        assert "We called you today." in text
        assert "What the authority wrote to us." not in text
        assert "The agent is known to us." not in text
        assert cast.amina.name not in text
    assert list(DataCopy.objects.order_by("pk").values_list("form", flat=True)) == ["json", "html"]


def test_the_copy_is_written_in_the_language_of_the_case(client, cast):
    opened = open_case(a_filing(language="zh-hant"), by=Actor.new_business())
    follow(client, opened.case)
    answer = take(client, opened, "html", language="en")
    assert '<html lang="zh-Hant-HK">' in text_of(answer)
    held = json.loads(text_of(take(client, opened)))
    assert held["language"] == "zh-hant"
    assert held["concern"]["text"]
    assert held["timeline"][0]["what"] != "We received your concern"


def test_a_wrong_code_gives_no_copy_and_counts_as_a_try(client, cast, opened):
    follow(client, opened.case)
    for _time in range(5):
        answer = take(client, opened, code="1234 5678 1234 5678")
        assert answer.status_code == 422
    assert take(client, opened).status_code == 429
    assert not DataCopy.objects.exists()


def test_so_many_copies_a_day_and_no_more(client, cast, opened):
    follow(client, opened.case)
    for _time in range(6):
        assert take(client, opened).status_code == 200
    answer = take(client, opened)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert DataCopy.objects.count() == 6


def test_without_the_code_of_the_case_there_is_neither_page_nor_copy(client, cast, opened):
    assert client.get(address(opened.case, "your-data/")).status_code == 303
    assert take(client, opened).status_code == 303
    assert not DataCopy.objects.exists()


def test_a_business_that_gave_nothing_sees_that_nothing_is_held(client, cast):
    filing = a_filing(sharing="anonymous", name="", company="", registration_no="", email="", phone="")
    opened = open_case(filing, by=Actor.new_business())
    follow(client, opened.case)
    assert "Not provided" in text_of(client.get(address(opened.case, "your-data/")))
    Contact.objects.filter(case=opened.case).delete()
    assert client.get(address(opened.case, "your-data/")).status_code == 200


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_page_leads_to_the_request_to_erase_until_it_was_made(client, cast, opened, language):
    follow(client, opened.case)
    place = address(opened.case, "request_erasure/", language)
    assert place in text_of(client.get(address(opened.case, "your-data/", language)))
    assert client.get(place).status_code == 200
    assert client.post(place, {"reason": ""}).status_code == 303
    assert Case.objects.get(pk=opened.case.pk).erasure == "asked"
    assert place not in text_of(client.get(address(opened.case, "your-data/", language)))
