"""The page on which a business changes who may see who it is."""

import pytest

from cases.models import Case
from tests.cast import file_case
from tests.feedback.test_tracking_page import address, follow, send, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Keep my identity inside the Hong Kong office"),
        ("zh-hant", "身分"),
        ("zh-hans", "身份"),
    ],
)
def test_the_page_offers_the_three_choices_with_what_holds_chosen(client, cast, language, words):
    case = file_case(sharing="named")
    follow(client, case)
    page = text_of(client.get(address(case, "set_sharing/", language)))
    assert words in page
    assert page.count('type="radio"') == 3
    assert 'type="text"' not in page.split("<main")[1]  # a name that is known is not asked again


def test_less_is_shared_at_once_and_the_tracking_page_says_so(client, cast):
    case = file_case(sharing="named")
    follow(client, case)
    assert address(case, "set_sharing/") in text_of(client.get(address(case)))
    assert send(client, case, "set_sharing", sharing="office_only").status_code == 303
    page = text_of(client.get(address(case)))
    assert "You changed who may see who you are" in page
    assert "0 times" in page
    assert Case.objects.get(pk=case.pk).sharing == "office_only"


def test_whoever_never_gave_a_name_is_asked_for_it_and_keeps_what_was_typed(client, cast):
    case = file_case(sharing="anonymous", name="", company="", phone="")
    follow(client, case)
    place, typed = address(case, "set_sharing/"), {"sharing": "office_only", "company": "Lantern (demo)"}
    answer = client.post(place, {**typed, "name": ""})
    assert answer.status_code == 422
    assert "Enter your full name" in text_of(answer)
    assert "Lantern (demo)" in text_of(answer)
    assert client.post(place, {**typed, "name": "Ho"}).status_code == 303
