"""What people type into the form: odd characters, other scripts, numbers of identity cards, other languages."""

from datetime import date
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils.html import escape

from cases.models import Case
from feedback.models import Draft
from tests.feedback.answers import address, answer, hidden, post, send

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


def press(client, step, page, typed, button=()):
    """Send what a browser would: the form's hidden fields, what was typed, and the button that was pressed."""
    pairs = [*hidden(page).items(), *typed.items(), *([button] if button else [])]
    return client.post(address(step), urlencode(pairs), content_type=FORM)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "There is a problem"),
        ("zh-hant", "資料有待更正"),
        ("zh-hans", "内容有待更正"),
    ],
)
def test_bad_input_01_and_03_are_told_in_the_readers_language(client, language, sentence):
    answer(client, upto="what-happened", language=language)
    for typed in ("", "\u200b\u200b"):
        page = post(client, "what-happened", {"text": typed}, language)
        html = page.content.decode()
        assert page.status_code == 422
        assert sentence in html
        assert 'href="#id_text"' in html
        assert 'id="id_text"' in html


def test_bad_input_09_half_a_character_never_reaches_the_database(client):
    answer(client, upto="what-happened")
    page = client.get(address("what-happened"))
    body = urlencode(hidden(page)) + "&text=a%ED%A0%80b"
    assert client.post(address("what-happened"), body, content_type=FORM).status_code in (303, 422)
    Draft.objects.get().answers["what-happened"]["text"].encode()
    assert client.get(address("what-happened")).status_code == 200


def test_bad_input_11_turning_characters_are_taken_out_of_what_is_sent(client):
    answer(client, what_happened={"text": "user\u202emoc.live\u202c wrote"})
    send(client)
    assert Case.objects.get().statement.text == "usermoc.live wrote"


def test_bad_input_14_an_address_typed_in_a_text_is_never_a_link(client):
    answer(client, what_happened={"text": "javascript:alert(1)"})
    html = client.get(address("check")).content.decode()
    assert "javascript:alert(1)" in html
    assert 'href="javascript' not in html


def test_bad_input_21_four_thousand_letters_without_a_break_are_taken(client):
    answer(client, what_happened={"text": "w" * 4000})
    html = client.get(address("check")).content.decode()
    assert "w" * 4000 in html
    assert "cw-user-text" in html


def test_bad_input_22_right_to_left_words_bring_their_own_direction(client):
    text = "البضائع محتجزة منذ نوفمبر"
    answer(client, what_happened={"text": text})
    html = client.get(address("check")).content.decode()
    before = html[: html.index(text)]
    assert 'dir="auto"' in before[before.rindex("<") :]
    assert '<html lang="en-HK"' in html
    assert 'dir="rtl"' not in html


def test_bad_input_26_brackets_of_both_widths_stay_as_typed_and_are_one_company(client):
    keys = set()
    for company in ("明燈貿易（深圳）有限公司", "明燈貿易(深圳)有限公司"):
        browser = Client()
        answer(browser, about_you={"kind": "enterprise", "name": "Ho", "company": company})
        send(browser)
        case = Case.objects.order_by("pk").last()
        assert case.contact.company == company
        keys.add(case.company_key)
    assert len(keys) == 1


def test_bad_input_27_simplified_words_in_the_traditional_page_stay_simplified(client):
    text = "货物自十一月三日起被扣留。"
    answer(client, language="zh-hant", what_happened={"text": text})
    assert text in client.get(address("check", "zh-hant")).content.decode()
    send(client, "zh-hant")
    assert Case.objects.get().statement.text == text


@pytest.mark.parametrize("number", ["A123456(3)", "11010519491231002X", "4111 1111 1111 1111"])
def test_bad_input_28_the_number_is_asked_about_each_time_the_text_is_new(client, number):
    answer(client, upto="what-happened")
    typed = {"text": f"They copied {number}."}
    page = press(client, "what-happened", client.get(address("what-happened")), typed)
    assert page.status_code == 200
    assert "Continue with these numbers" in page.content.decode()
    assert escape(typed["text"]) in page.content.decode()
    page = press(client, "what-happened", page, typed, ("keep_numbers", "1"))
    assert (page.status_code, page["Location"]) == (303, address("when"))
    # The same text again is not asked about; another one is.
    page = press(client, "what-happened", client.get(address("what-happened")), typed)
    assert page.status_code == 303
    other = {"text": f"They copied {number} twice."}
    page = press(client, "what-happened", client.get(address("what-happened")), other)
    assert page.status_code == 200
    page = press(client, "what-happened", page, {"text": "They copied my card."})
    assert page.status_code == 303


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Cookies are needed"), ("zh-hant", "需要使用 Cookie"), ("zh-hans", "需要使用 Cookie")],
)
def test_bad_input_40_is_told_in_the_readers_language_on_both_ways(language, sentence):
    page = Client(enforce_csrf_checks=True).post(address("for-whom", language), {"for_whom": "own"})
    assert page.status_code == 403
    assert sentence in page.content.decode()
    page = Client().get(address("where", language) + "?new=1")
    assert sentence in page.content.decode()


def test_bad_input_33_t19_a_form_whose_token_is_gone_leads_back_to_what_is_saved():
    client = Client()
    answer(client, upto="when")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    page = strict.post(address("when"), {"unsure": "on"})
    html = page.content.decode()
    assert page.status_code == 403
    assert "Your answers are saved" in html
    assert f'href="{address("when")}"' in html
    assert Draft.objects.get().answers["what-happened"]["text"] == "Goods held since 3 November."


def test_bad_input_34_the_last_question_answered_first_keeps_its_words(client):
    page = client.post(address("contact"), {"email": "ho@example.invalid", "language": "en"})
    assert (page.status_code, page["Location"]) == (303, address("for-whom"))
    assert Draft.objects.get().answers["contact"]["email"] == "ho@example.invalid"


def test_changing_the_language_of_an_answered_page_leaves_it_answered(client):
    answer(client)
    page = client.get(address("where") + "?from=check")
    page = press(client, "where", page, {"province": "440000", "city": "441900"}, button=("_lang", "zh-hant"))
    assert page["Location"] == address("where", "zh-hant") + "?from=check"
    assert client.get(address("check", "zh-hant")).status_code == 200


def test_a_name_is_asked_for_once_it_is_no_longer_anonymous(client):
    answer(client, upto="about-you", sharing={"sharing": "anonymous"})
    post(client, "about-you", {"kind": "individual"})
    post(client, "contact", {"language": "en"})
    page = client.get(address("sharing") + "?from=check")
    page = press(client, "sharing", page, {"sharing": "named"})
    assert page["Location"] == address("about-you") + "?from=check"
    page = press(client, "about-you", client.get(page["Location"]), {"kind": "individual", "name": "Ho"})
    assert page["Location"] == address("contact") + "?from=check"
    page = press(client, "contact", client.get(page["Location"]), {"language": "en"})
    assert page["Location"] == address("check")


def test_a_wrong_document_is_refused_at_its_field(client, settings, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MEDIA_ROOT = tmp_path
    answer(client, upto="evidence")
    bad = SimpleUploadedFile("a.exe", b"MZ\x90\x00")
    page = client.post(address("evidence"), {**hidden(client.get(address("evidence"))), "files": bad})
    html = page.content.decode()
    assert page.status_code == 422
    assert 'href="#id_files"' in html
    assert 'id="id_files-error"' in html
    assert html.count("The selected file must be a PDF") == 2


def test_the_check_page_shows_every_answer(client):
    answer(
        client,
        for_whom={"for_whom": "client"},
        wanted={"wanted": "Release.", "raised_before": "yes"},
        about_you={
            "kind": "enterprise",
            "name": "Ho Siu-ming",
            "company": "Harbour Lantern Trading Ltd (demo)",
            "registration_no": "12345678",
            "on_behalf_of": "Bright Junk Ltd (demo)",
            "authorisation": "engaged",
            "authorised_on_day": "3",
            "authorised_on_month": "11",
            "authorised_on_year": "2026",
            "sector": "Toys",
        },
        contact={
            "email": "ho@example.invalid",
            "phone": "２３４５ ６７８９",
            "language": "zh-hans",
            "notify": "on",
        },
    )
    html = client.get(address("check")).content.decode()
    for shown in (
        "A client",
        "Dongguan",
        "Release.",
        "Raised before",
        "Harbour Lantern Trading Ltd (demo)",
        "12345678",
        "Bright Junk Ltd (demo)",
        "We are engaged as their lawyer, accountant or agent",
        "3 November 2026",
        "Toys",
        "ho@example.invalid",
        "２３４５ ６７８９",
        "E-mail when there is an update",
        "简体中文",
    ):
        assert shown in html, shown
    send(client)
    case = Case.objects.get()
    behalf = case.on_behalf
    assert (behalf.name, behalf.authorisation) == ("Bright Junk Ltd (demo)", "engaged")
    assert behalf.authorised_on == date(2026, 11, 3)
    assert (case.contact.phone, case.language, case.contact.notify) == ("２３４５ ６７８９", "zh-hans", True)
