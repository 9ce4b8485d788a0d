"""How the business can be reached: e-mail addresses and telephone numbers as people here write them."""

import re

import pytest

from cases.models import Case
from tests.feedback.answers import ANSWERS, address, answer, hidden, post
from tests.feedback.test_filing import send

pytestmark = pytest.mark.django_db
BASE = {"language": "en", "notify": "on"}
TYPED = {"email": "ho@example.invalid", **BASE}


@pytest.fixture
def asked(client):
    """The form, answered up to the question of how to reach the business."""
    answer(client, upto="contact")
    return client


def given(client, **fields):
    return post(client, "contact", BASE | fields)


def error_of(response, field):
    assert response.status_code == 422
    found = re.search(rf'href="#id_{field}">(.*?)</a>', response.text)
    return found[1] if found else ""


def accepted(response):
    return response.status_code == 303 and response.headers["Location"].endswith("/check/")


def test_bad_input_41_a_line_break_in_an_address_is_a_format_error(asked):
    assert "correct format" in error_of(given(asked, email="a@b.hk\nBcc:x@y.z"), "email")


def test_bad_input_42_an_address_in_chinese_is_told_clearly_that_it_cannot_be_used_yet(asked):
    assert "cannot yet write to" in error_of(given(asked, email="陳大文@例子.香港"), "email")


def test_bad_input_43_an_address_that_looks_like_a_formula_is_an_address(asked):
    assert accepted(given(asked, email="=1+1@evil.hk"))


def test_bad_input_44_an_address_has_at_most_254_characters(asked):
    # A domain may have 253 characters, each part of it 63, and the name before the @ 64.
    domain = ".".join(["d" * 59] * 3) + ".e.invalid"
    fits = "n" * (254 - len(domain) - 1) + "@" + domain
    assert len(fits) == 254
    assert "1 character too long" in error_of(given(asked, email="n" + fits), "email")
    assert accepted(given(asked, email=fits))


def test_bad_input_45_a_slip_in_the_domain_is_asked_about_and_may_stay(asked):
    page = given(asked, email="TM@QQ.con")
    assert page.status_code == 200
    assert "Did you mean TM@qq.com?" in page.text
    assert "You typed TM@QQ.con" in page.text
    sent = {**hidden(page), **BASE, "email": "TM@QQ.con", "phone_country": "HK"}
    assert accepted(asked.post(address("contact"), sent))
    send(asked)
    assert Case.objects.get().contact.email == "TM@QQ.con"


def test_bad_input_45_the_better_address_is_taken_with_one_button(asked):
    page = given(asked, email="tm@qq.con")
    assert (
        '<button class="govuk-button govuk-button--secondary" name="use_email" value="tm@qq.com">'
        in page.text
    )
    sent = {**hidden(page), **BASE, "email": "tm@qq.con", "use_email": "tm@qq.com"}
    assert accepted(asked.post(address("contact"), sent))
    send(asked)
    assert Case.objects.get().contact.email == "tm@qq.com"


def test_another_slip_after_the_first_is_asked_about_again(asked):
    page = given(asked, email="tm@qq.con")
    sent = {**hidden(page), **BASE, "email": "tm@gmial.com"}
    assert "Did you mean tm@gmail.com?" in asked.post(address("contact"), sent).text


def test_bad_input_46_two_addresses_are_none(asked):
    assert "correct format" in error_of(given(asked, email="a@b.hk, c@d.hk"), "email")


def reached(client):
    send(client)
    contact = Case.objects.get().contact
    return contact.phone, contact.phone_e164


def test_bad_input_47_full_width_figures_are_a_hong_kong_number(asked):
    assert accepted(given(asked, phone="９１２３ ４５６７", phone_country="HK"))
    assert reached(asked) == ("９１２３ ４５６７", "+85291234567")


def test_bad_input_48_a_mainland_number_with_hong_kong_selected_is_asked_about_and_taken(asked):
    page = given(asked, phone="138 0013 8000", phone_country="HK")
    assert page.status_code == 200
    assert "Is this number +86 138 0013 8000?" in page.text
    sent = {**hidden(page), **BASE, "phone": "138 0013 8000", "phone_country": "HK"}
    assert accepted(asked.post(address("contact"), sent))
    assert reached(asked) == ("138 0013 8000", "+8613800138000")


def test_bad_input_48_with_the_mainland_selected_nothing_is_asked(asked):
    assert accepted(given(asked, phone="138 0013 8000", phone_country="CN"))


@pytest.mark.parametrize("typed", ["0755-8123 4567 转 12", "0755-8123 4567 ext. 12", "0755-81234567－12"])
def test_bad_input_49_an_extension_is_kept(asked, typed):
    assert accepted(given(asked, phone=typed, phone_country="CN"))
    phone, e164 = reached(asked)
    assert e164 == "+8675581234567"
    assert phone == typed


@pytest.mark.parametrize("typed", ["+852 9123 456", "123", "999", "call me"])
def test_bad_input_50_what_is_no_number_is_an_error_with_an_example(asked, typed):
    assert "like 2345 6789" in error_of(given(asked, phone=typed, phone_country="HK"), "phone")


def test_bad_input_51_a_hundred_figures_are_too_many(asked):
    assert "50 characters too long" in error_of(given(asked, phone="9" * 100), "phone")


def test_both_doubts_are_asked_about_on_one_page_and_kept_with_one_button(asked):
    typed = {"email": "tm@163.co", "phone": "138 0013 8000", "phone_country": "HK"}
    page = given(asked, **typed)
    assert "Did you mean tm@163.com?" in page.text
    assert "Is this number +86 138 0013 8000?" in page.text
    assert page.text.index("Continue with what I typed") < page.text.index('name="use_email"')
    assert accepted(asked.post(address("contact"), {**hidden(page), **BASE, **typed}))


def test_a_number_of_another_country_goes_with_its_code(asked):
    assert accepted(given(asked, phone="+44 20 7946 0000", phone_country="other"))


def test_a_form_kept_before_there_was_a_choice_of_country_is_still_whole(client):
    answer(client, contact={**ANSWERS["contact"], "phone": "9123 4567"})
    assert client.get(address("check")).status_code == 200
