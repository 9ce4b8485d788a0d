"""The form from the first question to the slip, and what people do to it on the way."""

import re

import pytest
from django.test import Client

from cases.models import Attachment, Case
from feedback.models import Draft
from feedback.steps import ORDER
from tests.feedback.answers import ANSWERS, address, answer, hidden, post, send

pytestmark = pytest.mark.django_db

LANGUAGES = {"en": "en-HK", "zh-hant": "zh-Hant-HK", "zh-hans": "zh-Hans-CN"}


def h1_of(page):
    return re.findall(r"<h1[^>]*>", page.content.decode())


@pytest.mark.both
def test_a_concern_is_filed_and_its_slip_shows_both_numbers(client):
    answer(client)
    sent = send(client)
    assert (sent.status_code, sent["Location"]) == (303, address("done"))
    case = Case.objects.get()
    page = client.get(address("done")).content.decode()
    assert case.reference in page
    code = re.search(r"\d{4} \d{4} \d{4} \d{4}", page)[0].replace(" ", "")
    from cases.tracking import matches

    assert matches(code, case.tracking_hash)
    assert (case.office_id, case.category_id, case.division_id) == ("GDETO", "CUS-1", "441900")
    assert case.statement.text == "Goods held since 3 November."
    assert case.statement.started == "2026-10"
    assert case.contact.name == "Ho Siu-ming"
    assert case.flagged == "hurry"  # answered faster than any person: taken, and marked


def test_the_code_is_not_in_the_database(client):
    answer(client)
    send(client)
    page = client.get(address("done")).content.decode()
    code = re.search(r"\d{4} \d{4} \d{4} \d{4}", page)[0].replace(" ", "")
    assert code not in str(list(Draft.objects.values()) + list(Case.objects.values()))
    client.post(address("done"))
    assert code[:4] + " " + code[4:8] not in client.get(address("done")).content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_in_every_language_has_one_heading_and_its_language(client, language):
    seen = set()
    for step in [*ORDER, "check"]:
        page = client.get(address(step, language))
        assert page.status_code == 200, step
        html = page.content.decode()
        assert f'<html lang="{LANGUAGES[language]}"' in html
        assert len(h1_of(page)) == 1, step
        title = re.search(r"<title>(.*?)</title>", html, re.S)[1]
        assert title not in seen, title
        seen.add(title)
        if step != "check":
            for part in ANSWERS[step] if isinstance(ANSWERS[step], list) else [ANSWERS[step]]:
                post(client, step, part, language)
    send(client, language)
    assert len(h1_of(client.get(address("done", language)))) == 1


def test_bad_input_01_an_empty_text_is_named_at_the_field_and_above(client):
    answer(client, upto="what-happened")
    page = post(client, "what-happened", {"text": ""})
    html = page.content.decode()
    assert page.status_code == 422
    assert html.count("Describe what happened") >= 3
    assert "<title>Error: " in html


@pytest.mark.parametrize("typed", [" " * 60, "　　", "\u200b\u200b"], ids=["spaces", "wide", "zero-width"])
def test_bad_input_02_03_blanks_are_empty(client, typed):
    answer(client, upto="what-happened")
    assert post(client, "what-happened", {"text": typed}).status_code == 422


def test_bad_input_04_four_thousand_characters_with_line_ends_are_accepted(client):
    answer(client, upto="what-happened")
    text = "\r\n".join(["x" * 79] * 50)
    text += "y" * (4000 - len(text.replace("\r\n", "\n")))
    assert post(client, "what-happened", {"text": text}).status_code == 303


def test_bad_input_05_one_too_many_is_said_with_the_number_and_kept(client):
    answer(client, upto="what-happened")
    page = post(client, "what-happened", {"text": "z" * 4001})
    assert page.status_code == 422
    assert "1 character too long" in page.content.decode()
    assert "z" * 4001 in page.content.decode()
    assert "z" * 4001 in client.get(address("what-happened")).content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "𨋢" * 4000,
        "👨‍👩‍👧‍👦" * 500,
        "a\x00b",
        "a\x1b[31mb",
        "user\u202emoc.live\u202c",
        "z" + "\u0301" * 2000,
    ],
    ids=["astral", "family", "nul", "escape", "bidi", "marks"],
)
def test_bad_input_06_07_08_10_11_20_odd_characters_are_taken_without_breaking(client, text):
    answer(client, upto="what-happened")
    assert post(client, "what-happened", {"text": text}).status_code in (303, 422)
    page = client.get(address("what-happened"))
    assert page.status_code == 200


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "%s {0}"]
)
def test_bad_input_12_13_15_16_markup_is_shown_as_typed(client, text):
    answer(client, what_happened={"text": text})
    html = client.get(address("check")).content.decode()
    from django.utils.html import escape

    assert escape(text) in html
    assert "<script>alert" not in html
    send(client)
    assert Case.objects.get().statement.text == text


def test_bad_input_23_24_25_names_are_taken_as_written(client):
    answer(client, upto="about-you")
    for name in ("O’Neill-Łukasz 陳大文 (Tai-man) Ⅷ", "null", "None", "𡃁㗎", "𨋢" * 200):
        assert post(client, "about-you", {"kind": "individual", "name": name}).status_code == 303
        assert Draft.objects.get().answers["about-you"]["name"] == name
    page = post(client, "about-you", {"kind": "individual", "name": "x" * 201})
    assert page.status_code == 422


def test_bad_input_28_a_number_of_an_identity_card_is_asked_about_and_may_stay(client):
    answer(client, upto="what-happened")
    page = post(client, "what-happened", {"text": "My card A123456(3) was copied."})
    assert page.status_code == 200
    assert "Continue with these numbers" in page.content.decode()
    page = client.post(
        address("what-happened"),
        {**hidden(page), "text": "My card A123456(3) was copied.", "keep_numbers": "1"},
    )
    assert page.status_code == 303


def test_bad_input_29_fields_nobody_asked_for_are_ignored(client):
    answer(client, for_whom={"for_whom": "own", "state": "closed", "office": "1"})
    send(client)
    assert Case.objects.get().state == "received"


def test_bad_input_30_of_a_field_sent_twice_the_first_counts(client):
    assert post(client, "for-whom", {"for_whom": ["client", "own"]}).status_code == 303
    assert Draft.objects.get().answers["for-whom"]["for_whom"] == "client"


@pytest.mark.parametrize("data", [{"province": "710000"}, {"province": "abc", "city": "1"}, {}])
def test_bad_input_31_an_option_that_is_not_offered_is_refused(client, data):
    answer(client, upto="where")
    page = post(client, "where", data)
    assert page.status_code == 422
    assert "Select a province" in page.content.decode()


def test_bad_input_32_a_city_of_another_province_is_refused(client):
    answer(client, upto="where")
    page = post(client, "where", {"province": "310000", "city": "441900"})
    assert "The city is not in the province you selected" in page.content.decode()


def test_a_municipality_needs_no_city(client):
    answer(client, where={"province": "310000", "city": ""})
    send(client)
    assert Case.objects.get().office_id == "SHETO"


def test_bad_input_33_a_form_without_its_token_says_that_answers_are_saved():
    client = Client(enforce_csrf_checks=True)
    page = client.post(address("for-whom"), {"for_whom": "own"})
    assert page.status_code == 403
    assert "Traceback" not in page.content.decode()


def test_bad_input_34_nobody_skips_ahead(client):
    answer(client, upto="when")
    page = client.get(address("contact"))
    assert (page.status_code, page["Location"]) == (303, address("when"))
    assert client.get(address("check")).status_code == 303


def test_bad_input_35_two_windows_never_overwrite_each_other(client):
    answer(client, upto="what-happened")
    page = client.get(address("what-happened"))
    post(client, "what-happened", {"text": "Typed in the other window."})
    page = client.post(address("what-happened"), {**hidden(page), "text": "Typed here."})
    html = page.content.decode()
    assert page.status_code == 409
    assert "Typed in the other window." in html
    assert "Typed here." in html
    assert Draft.objects.get().answers["what-happened"]["text"] == "Typed in the other window."
    page = client.post(address("what-happened"), {**hidden(page), "text": "Typed here."})
    assert page.status_code == 303


def test_bad_input_36_sent_again_and_again_it_is_one_case(client):
    answer(client)
    page = client.get(address("check"))
    for _ in range(5):
        again = client.post(address("check"), hidden(page))
        assert (again.status_code, again["Location"]) == (303, address("done"))
    first = client.get(address("done")).content.decode()
    assert client.get(address("done")).content.decode().count(Case.objects.get().reference) == first.count(
        Case.objects.get().reference
    )


def test_bad_input_38_thousands_of_fields_are_refused_politely(client):
    page = client.post(address("for-whom"), {f"f{i}": "1" for i in range(5000)})
    assert page.status_code == 400
    assert "<h1" in page.content.decode()


def test_bad_input_39_what_looks_automatic_is_taken_and_marked(client):
    answer(client)
    page = client.get(address("check"))
    client.post(address("check"), {**hidden(page), "website": "http://spam.invalid"})
    assert Case.objects.get().flagged == "honeypot"


def test_bad_input_40_without_cookies_a_page_says_so_and_does_not_loop():
    page = Client().get(address("where") + "?new=1")
    assert page.status_code == 400
    assert "Cookies are needed" in page.content.decode()


def test_the_language_changes_without_losing_a_word(client):
    answer(client, upto="what-happened")
    text = "字" * 500
    for language, following in (("en", "zh-hant"), ("zh-hant", "zh-hans"), ("zh-hans", "en")):
        page = post(client, "what-happened", {"text": text, "_lang": following}, language)
        assert (page.status_code, page["Location"]) == (303, address("what-happened", following))
        assert text in client.get(page["Location"]).content.decode()


def test_the_language_changes_on_a_page_with_errors_and_they_stay(client):
    answer(client, upto="where")
    page = post(client, "where", {"province": "440000"})
    page = client.post(address("where"), {**hidden(page), "province": "440000", "_lang": "zh-hans"})
    page = client.get(page["Location"])
    assert page.status_code == 422
    assert 'lang="zh-Hans-CN"' in page.content.decode()


def test_change_leads_straight_back_to_the_check_page(client):
    answer(client)
    page = client.get(address("wanted") + "?from=check")
    page = client.post(address("wanted"), {**hidden(page), "wanted": "Only an answer."})
    assert page["Location"] == address("check")
    assert "Only an answer." in client.get(address("check")).content.decode()


def test_an_anonymous_filer_is_never_asked_for_a_name(client):
    answer(client, upto="about-you", sharing={"sharing": "anonymous"})
    html = client.get(address("about-you")).content.decode()
    assert 'name="name"' not in html
    assert 'name="company"' not in html
    post(client, "about-you", {"kind": "enterprise"})
    post(client, "contact", {"language": "en"})
    send(client)
    case = Case.objects.get()
    assert (case.contact.name, case.contact.company, case.company_key) == ("", "", "")


def test_what_was_typed_stays_when_sharing_changes_back(client):
    answer(client)
    for choice in ("anonymous", "office_only"):
        page = client.get(address("sharing") + "?from=check")
        client.post(address("sharing"), {**hidden(page), "sharing": choice})
    assert client.get(address("check")).status_code == 200
    assert "Ho Siu-ming" in client.get(address("check")).content.decode()


@pytest.mark.parametrize(
    ("month", "year", "status"),
    [
        ("１０", "２０２６", 303),
        ("13", "2026", 422),
        ("1", "26", 422),
        ("12", "2090", 422),
        ("", "2026", 422),
    ],
)
def test_a_month_is_taken_in_any_figures_and_only_in_the_past(client, month, year, status):
    answer(client, upto="when")
    assert post(client, "when", {"started_month": month, "started_year": year}).status_code == status


def test_saving_keeps_what_is_not_valid_and_comes_back_to_it(client):
    answer(client, upto="contact")
    page = post(client, "contact", {"email": "not an address", "language": "en", "_save": "1"})
    assert page["Location"].startswith("/en/concerns/resume/")
    assert client.get(page["Location"]).status_code == 200
    assert "not an address" in client.get(address("contact")).content.decode()


def test_clearing_leaves_nothing_here(client):
    answer(client, upto="when")
    page = client.post(address("when"), {"_clear": "1"})
    assert page.status_code == 303
    assert not Draft.objects.exists()
    assert client.get(address("when"))["Location"] == address("for-whom")


def test_documents_are_added_one_by_one_and_removed(client, settings, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MEDIA_ROOT = tmp_path
    answer(client, upto="evidence")
    file = SimpleUploadedFile("合同（終稿）.txt", "货物清单".encode())
    page = client.get(address("evidence"))
    assert client.post(address("evidence"), {**hidden(page), "files": file, "_add": "1"}).status_code == 303
    html = client.get(address("evidence")).content.decode()
    assert "合同（終稿）.txt" in html
    bad = SimpleUploadedFile("a.exe", b"MZ\x90\x00")
    page = client.post(address("evidence"), {"files": bad, "_add": "1"})
    assert page.status_code == 422
    assert "The selected file must be a PDF" in page.content.decode()
    post(client, "evidence", {})
    for step in ("sharing", "about-you", "contact"):
        post(client, step, ANSWERS[step])
    send(client)
    attachment = Attachment.objects.get()
    assert attachment.case == Case.objects.get()
    assert attachment.held_for == ""


def test_queries_of_a_step_are_few(client, django_assert_max_num_queries):
    answer(client, upto="when")
    client.get(address("when"))
    with django_assert_max_num_queries(4):
        client.get(address("when"))
    page = client.get(address("when"))
    with django_assert_max_num_queries(5):
        client.post(address("when"), {**hidden(page), "unsure": "on"})
