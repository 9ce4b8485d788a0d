"""The sign-post for somebody in distress: on the next page, before sending and after, whatever the subject."""

import pytest

from cases.models import Case
from tests.feedback.answers import ANSWERS, address, answer, post, send

pytestmark = pytest.mark.django_db
TEXTS = [
    "My colleague was arrested in Dongguan yesterday.",
    "我同事琴日喺東莞俾公安拉咗",
    "我的同事昨天在东莞被公安带走了",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_hotline_is_shown_from_the_next_page_until_after_sending_and_is_stored(client, text):
    answer(client, upto="what-happened")
    assert "1868" not in client.get(address("what-happened")).content.decode()
    assert post(client, "what-happened", {"text": text}).status_code == 303
    for step in ("what-happened", "when"):
        assert "tel:+8521868" in client.get(address(step)).content.decode(), step
    for later in list(ANSWERS)[list(ANSWERS).index("when") :]:
        assert post(client, later, ANSWERS[later]).status_code == 303
    assert "tel:+8521868" in client.get(address("check")).content.decode()
    send(client)
    assert "tel:+8521868" in client.get(address("done")).content.decode()
    case = Case.objects.get()
    assert case.category_id == "CUS-1"
    assert case.suggestion["urgency"] == "distress"


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_hotline_is_shown_in_every_language(client, language):
    answer(client, upto="when", what_happened={"text": TEXTS[0]}, language=language)
    assert "(852) 1868" in client.get(address("when", language)).content.decode()


def test_the_subject_alone_is_enough(client):
    answer(client, upto="what-happened", category=[{"main": "LIV"}, {"main": "LIV", "category": "LIV-5"}])
    assert "1868" in client.get(address("what-happened")).content.decode()


def test_goods_that_are_held_call_no_hotline(client):
    answer(client, what_happened={"text": "Our goods were detained by customs."})
    assert ANSWERS["category"][1]["category"] == "CUS-1"
    assert "1868" not in client.get(address("check")).content.decode()
