"""The reading pages and the pages for when something went wrong, in three languages."""

import re

import pytest
from django.test import Client, override_settings
from django.urls import path

from config import pages
from config.urls import urlpatterns as real
from look.languages import LANGUAGES
from tests.look.test_parts import Balance

READING = ["", "guidance/", "guidance/DIS/", "privacy/", "accessibility/", "cookies/"]


def breaking(request):
    raise RuntimeError("a fault for the test")


breaking.login_required = False
urlpatterns = [path("en/breaking/", breaking), path("zh-hans/concerns/new/breaking/", breaking), *real]
handler400, handler403, handler404, handler500 = (
    pages.bad_request,
    pages.forbidden,
    pages.not_found,
    pages.broken,
)


def check(html, tag):
    assert f'<html lang="{tag}"' in html
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert 'href="#main"' in html
    assert 'id="main"' in html
    whole = Balance()
    whole.feed(re.sub(r"<script[^>]*></script>|<!doctype html>", "", html))
    assert not whole.open
    assert [w for w in whole.wrong if ".gov.hk" not in w] == []
    assert len(whole.ids) == len(set(whole.ids))


@pytest.mark.parametrize("page", READING)
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_a_reading_page_is_whole_in_its_language(client, db, language, page):
    answer = client.get(f"/{language.code}/{page}")
    assert answer.status_code == 200
    check(answer.text, language.tag)
    assert answer["Content-Language"] == language.code


def test_no_page_asks_another_host_for_anything(client, db):
    for page in READING:
        html = client.get(f"/en/{page}").text
        assert not re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//', html)


def test_reading_pages_differ_in_their_heading(client, db):
    for language in LANGUAGES:
        headings = [
            re.search(r"<h1>(.*?)</h1>", client.get(f"/{language.code}/{p}").text, re.S)[1] for p in READING
        ]
        assert len(set(headings)) == len(headings)


def test_every_office_and_liaison_unit_can_be_found(client, db):
    html = client.get("/en/guidance/").text
    for code in ("BJO", "SHETO", "GDETO", "CDETO", "WHETO"):
        assert f'id="office-{code}"' in html
        assert f'href="/en/guidance/#office-{code}"' in html
    assert html.count("Liaison Unit of the HKSAR Government") == 11


def test_the_start_page_reads_little(client, db, django_assert_max_num_queries):
    client.get("/en/")
    with django_assert_max_num_queries(1):
        client.get("/en/")


def test_a_page_that_is_not_there_says_so_in_the_readers_language(client, db):
    for language in LANGUAGES:
        answer = client.get(f"/{language.code}/nothing-here/")
        assert answer.status_code == 404
        check(answer.text, language.tag)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_bad_input_33_a_form_without_its_token_is_answered_kindly(db, language):
    client = Client(enforce_csrf_checks=True)
    client.get(f"/{language.code}/")
    answer = client.post(f"/{language.code}/track/", {"reference": "HKC"})
    assert answer.status_code == 403
    check(answer.text, language.tag)
    assert f'href="/{language.code}/track/"' in answer.text


def test_bad_input_33_inside_the_form_it_says_that_answers_are_saved(db, rf):
    request = rf.post("/en/concerns/new/where/")
    request.COOKIES["draft"] = "x"
    answer = pages.csrf_failure(request)
    assert answer.status_code == 403
    assert "Your answers are saved" in answer.content.decode()
    assert 'href="/en/concerns/new/where/"' in answer.content.decode()


def test_bad_input_40_without_any_cookie_it_says_that_cookies_are_needed(db, rf):
    assert "Cookies are needed" in pages.csrf_failure(rf.post("/en/concerns/new/where/")).content.decode()


@pytest.mark.parametrize("view", [pages.bad_request, pages.forbidden, pages.not_found])
def test_error_pages_are_whole(rf, db, view):
    check(view(rf.get("/en/x/"), Exception()).content.decode(), "en-HK")


@override_settings(ROOT_URLCONF="tests.look.test_pages")
def test_a_fault_is_told_in_three_languages_without_the_database(client):
    client.raise_request_exception = False
    answer = client.get("/en/breaking/")
    assert answer.status_code == 500
    html = answer.text
    for words in ("Sorry, there is a problem with the service", "服務暫時出現問題", "服务暂时出现问题"):
        assert words in html
    assert "answers" not in html
    assert answer["Cache-Control"] == "no-store"


@override_settings(ROOT_URLCONF="tests.look.test_pages")
def test_a_fault_inside_the_form_says_what_became_of_the_answers(client):
    client.raise_request_exception = False
    html = client.get("/zh-hans/concerns/new/breaking/").text
    assert "已完成的页面均已保存" in html
    assert "Your answers up to the last page you completed are saved" in html


def test_a_demonstration_says_that_it_is_one(client, db, settings):
    settings.EMBEDDED = True
    assert "Everything shown here is invented" in client.get("/en/").text
    settings.EMBEDDED = False
    assert "Everything shown here is invented" not in client.get("/en/").text
