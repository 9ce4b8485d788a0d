"""Which language a visitor gets, and that a choice is remembered."""

import pytest
from django.test import RequestFactory

from look.languages import preferred_language, tag_of


def wanting(header, cookie=""):
    request = RequestFactory().get("/", headers={"accept-language": header})
    if cookie:
        request.COOKIES["language"] = cookie
    return request


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("yue-HK", "zh-hant"),
        ("yue", "zh-hant"),
        ("yue-Hant-HK,en;q=0.5", "zh-hant"),
        ("zh-HK", "zh-hant"),
        ("zh-TW", "zh-hant"),
        ("zh-MO", "zh-hant"),
        ("zh-Hant-HK", "zh-hant"),
        ("zh", "zh-hant"),
        ("zh-CN", "zh-hans"),
        ("zh-SG", "zh-hans"),
        ("zh-Hans-CN,zh;q=0.9", "zh-hans"),
        ("en-HK", "en"),
        ("fr,de", "en"),
        ("fr, zh-CN;q=0.2", "zh-hans"),
        ("", "en"),
        ("*", "en"),
        (",;q=,x-\x00", "en"),
    ],
)
def test_the_browsers_wish_is_understood(header, code):
    assert preferred_language(wanting(header)) == code


def test_a_choice_made_before_wins_over_the_browser():
    assert preferred_language(wanting("en", cookie="zh-hans")) == "zh-hans"


def test_a_cookie_that_names_no_language_is_ignored():
    assert preferred_language(wanting("zh-CN", cookie="../etc")) == "zh-hans"


def test_tags_are_those_of_the_contract():
    assert [tag_of(c) for c in ("en", "zh-hant", "zh-hans")] == ["en-HK", "zh-Hant-HK", "zh-Hans-CN"]
    assert tag_of("fr") == tag_of(None) == ""


def test_the_bare_address_leads_to_a_language_and_may_not_be_cached_for_others(client):
    answer = client.get("/", headers={"accept-language": "yue-HK"})
    assert (answer.status_code, answer["Location"]) == (302, "/zh-hant/")
    assert "private" in answer["Cache-Control"]
    assert {"Cookie", "Accept-Language"} <= {v.strip() for v in answer["Vary"].split(",")}


def test_the_language_read_last_is_remembered(client, db):
    client.get("/zh-hans/")
    assert client.cookies["language"].value == "zh-hans"
    assert client.get("/", headers={"accept-language": "en"})["Location"] == "/zh-hans/"


def test_the_cookie_is_not_set_again_when_nothing_changed(client, db):
    client.get("/zh-hant/")
    assert "language" not in client.get("/zh-hant/guidance/").cookies


def test_an_address_without_language_takes_a_choice_by_button(client, db):
    answer = client.post("/language/", {"language": "zh-hant", "next": "/accounts/login/"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert 'lang="zh-Hant-HK"' in client.get("/accounts/login/").text


def test_a_choice_never_leads_to_another_site(client, db):
    answer = client.post("/language/", {"language": "en", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_each_language_item_leads_to_the_same_page_with_its_query(client, db):
    page = client.get("/en/guidance/?from=mail&x=1").text
    for code in ("zh-hant", "zh-hans"):
        assert f'href="/{code}/guidance/?from=mail&amp;x=1"' in page
