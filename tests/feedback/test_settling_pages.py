"""The pages on which a business says whether it is settled, and how it was handled."""

import pytest

from cases.models import Case
from cases.states import State
from tests.cast import make_case, move, record_answer, sent_referral
from tests.feedback.test_tracking_page import address, follow, send, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def relayed(cast):
    case = make_case(State.ASSESSING, cast)
    referral = sent_referral(case, cast)
    record_answer(case, referral, cast)
    words = {"text": "Released.", "proposed_outcome": "resolved"}
    move(case, "relay_answer", cast.staff("amina"), referrals=[referral], **words)
    return case


def test_the_page_asks_whether_it_is_settled_and_closes_on_a_second_yes(client, cast, relayed):
    follow(client, relayed)
    page = text_of(client.get(address(relayed)))
    assert "Is this settled?" in page
    asked = text_of(client.get(address(relayed, "accept_outcome/")))
    assert "Yes, this is settled" in asked
    assert ">Back</a>" in asked
    assert Case.objects.get(pk=relayed.pk).state == "answered"
    assert send(client, relayed, "accept_outcome").status_code == 303
    page = text_of(client.get(address(relayed)))
    assert "Is this settled?" not in page
    assert "Your concern is closed." in page
    assert "It takes 30 seconds" in page


def test_who_is_not_content_says_why_and_nothing_typed_is_lost(client, cast, relayed):
    follow(client, relayed)
    answer = send(client, relayed, "contest_outcome", text="")
    assert answer.status_code == 422
    assert send(client, relayed, "contest_outcome", text="Two are still held.").status_code == 303
    page = text_of(client.get(address(relayed)))
    assert "Two are still held." in page
    assert address(relayed, "contest_outcome/") not in page
    assert address(relayed, "accept_outcome/") in page  # people change their minds


@pytest.mark.parametrize(
    ("lang", "heading"),
    [("en", "How did we handle your concern?"), ("zh-hant", "我們"), ("zh-hans", "我们")],
)
def test_a_rating_takes_one_choice_in_three_languages(client, cast, relayed, lang, heading):
    follow(client, relayed)
    place = address(relayed, "rate/").replace("/en/", f"/{lang}/")
    page = text_of(client.get(place))
    assert heading in page
    assert page.count('type="radio"') == 5
    answer = client.post(place, {})
    assert answer.status_code == 422
    assert client.post(place, {"score": "9"}).status_code == 422
    assert client.post(place, {"score": "4"}).status_code == 303
    assert Case.objects.get(pk=relayed.pk).rated_round == 1
    assert client.get(place).status_code == 303  # once is enough
