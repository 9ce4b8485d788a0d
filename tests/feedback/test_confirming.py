"""Confirming the address of a concern: nothing waits for it but the mails."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from cases.mailing import send_due
from cases.models import Case, Contact, Notice
from cases.notices import address_confirmed
from feedback.models import Draft, MailCode
from tests.cast import a_filing, file_case, make_case, move, triage_inputs
from tests.feedback.answers import address, answer, post, send
from tests.feedback.codes import another_than, delivered, newest_code
from tests.feedback.test_tracking_page import follow

pytestmark = [pytest.mark.both, pytest.mark.django_db]
EMAIL = "/en/concerns/new/email/"
VICTIM = "victim@example.invalid"


def text_of(page):
    return page.content.decode()


def words(page):
    """The page without what is drawn anew for every answer."""
    return re.sub(r'(nonce|value)="[^"]*"', "", text_of(page))


def followed(client, **changes):
    case = file_case(email_confirmed=False, **changes)
    return case, follow(client, case), f"/en/track/{case.reference}/email/"


def test_the_concern_is_sent_unconfirmed_and_followed_at_once(client):
    answer(client)
    assert "ho@example.invalid – not confirmed yet" in text_of(client.get(address("check")))
    assert send(client).status_code == 303
    page = text_of(client.get(address("done")))
    assert "h…@example.invalid – not confirmed yet" in page and EMAIL in page
    assert "and by e-mail, each time" not in page
    assert Contact.objects.get().email_confirmed_at is None
    case, code = Case.objects.get(), re.search(r"\d{4} \d{4} \d{4} \d{4}", page)[0]
    opened = Client().post("/en/track/", {"reference": case.reference, "code": code})
    assert opened["Location"] == f"/en/track/{case.reference}/"
    assert send_due() == 0 and not Notice.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_an_address_confirmed_before_sending_is_written_to_from_the_first_mail(client, language):
    answer(client)
    here = EMAIL.replace("en", language, 1)
    assert "no-store" in client.get(here)["Cache-Control"]
    assert client.post(here, {"_send": "1"})["Location"] == here
    page = text_of(client.get(here))
    assert 'autocomplete="one-time-code"' in page and 'inputmode="numeric"' in page
    assert "ho@example.invalid" in page
    assert client.post(here, {"code": newest_code()})["Location"] == address("check", language)
    page = text_of(client.get(address("check", language)))
    assert here not in page
    send(client)
    assert Contact.objects.get().email_confirmed_at is not None
    assert send_due() == 1


def test_another_address_typed_after_confirming_is_not_confirmed(client):
    answer(client)
    client.post(EMAIL, {"_send": "1"})
    code = newest_code()
    post(client, "contact", {"email": "other@example.invalid", "language": "en", "notify": "on"})
    # The code of the first address says nothing about the second: it is sent a code of its own.
    assert client.post(EMAIL, {"code": code})["Location"] == EMAIL
    assert Draft.objects.get().confirmed_key == ""
    assert delivered()[-1].to == ["other@example.invalid"]
    client.post(EMAIL, {"code": newest_code()})
    assert Draft.objects.get().has_confirmed("Other@example.invalid")
    assert not Draft.objects.get().has_confirmed("ho@example.invalid")


def test_what_was_withheld_is_told_in_one_mail_when_the_address_is_confirmed(client, cast):
    case, client, here = followed(client)
    amina = cast.staff("amina")
    move(case, "triage", amina, **triage_inputs(case))
    move(case, "ask", amina, text="Which declaration number?")
    assert not Notice.objects.filter(to_user=None).exists()
    page = text_of(client.get(f"/en/track/{case.reference}/"))
    assert "h…@example.invalid – not confirmed yet" in page and here in page
    client.post(here, {"_send": "1"})
    assert client.post(here, {"code": newest_code()})["Location"] == f"/en/track/{case.reference}/"
    assert here not in text_of(client.get(f"/en/track/{case.reference}/"))
    address_confirmed(case)  # a second time changes nothing
    assert [n.template for n in Notice.objects.filter(to_user=None)] == ["update"]
    send_due()
    assert [m.to for m in mail.outbox if case.reference in m.subject] == [["ho@example.invalid"]]
    assert client.get(here)["Location"] == f"/en/track/{case.reference}/"


def test_where_nothing_happened_since_the_mail_says_that_we_have_the_concern(client):
    case, client, _here = followed(client)
    address_confirmed(case)
    assert [n.template for n in Notice.objects.all()] == ["received"]


def test_whoever_wants_no_mail_is_sent_none_when_confirming(client):
    case, client, _here = followed(client, notify=False)
    address_confirmed(case)
    assert Contact.objects.get().email_confirmed_at is not None
    assert not Notice.objects.exists()


def test_an_address_taken_back_meanwhile_is_not_written_to():
    case = file_case()
    assert Notice.objects.get(to_user=None).status == "waiting"
    Contact.objects.filter(case=case).update(email_confirmed_at=None)
    assert send_due() == 0 and mail.outbox == []


def test_t32_a_hundred_requests_for_a_stranger_are_five_mails_and_the_same_answer(client):
    cases = [file_case(email=VICTIM, email_confirmed=False) for _n in range(4)]
    browsers = [follow(Client(), case) for case in cases]
    answers, pages = set(), set()
    for n in range(100):
        case, browser = cases[n % 4], browsers[n % 4]
        here = f"/en/track/{case.reference}/email/"
        said = browser.post(here, {"_send": "1"}, REMOTE_ADDR=f"198.51.100.{n}")
        answers.add((said.status_code, said.content, said["Location"] == here))
        if n in (0, 1, 50, 99):
            pages.add(words(browser.get(here)).replace(case.reference, ""))
        MailCode.objects.update(at=timezone.now() - timedelta(seconds=31))
    assert len(answers) == len(pages) == 1
    to_victim = [message for message in delivered() if message.to == [VICTIM]]
    assert len(to_victim) == 5
    assert not Notice.objects.exists()


def test_bad_input_57_the_code_is_read_as_people_write_it_and_the_sixth_wrong_one_waits(client):
    _case, client, here = followed(client)
    client.post(here, {"_send": "1"})
    code = newest_code()
    for wrong in ("", "12", "abc", "1" * 200):
        assert client.post(here, {"code": wrong}).status_code == 422
    for _n in range(4):
        page = client.post(here, {"code": another_than(code)})
        assert page.status_code == 422
        assert "This is not the code of the mail" in text_of(page)
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    client.post(here, {"code": another_than(code)})
    page = client.post(here, {"code": wide})
    assert page.status_code == 429
    assert "Wait 30 seconds" in text_of(page)
    _other, browser, there = followed(Client(), email="chan@example.invalid")
    browser.post(there, {"_send": "1"})
    code = newest_code().replace("0", "O")
    assert browser.post(there, {"code": f" {code[:3]} {code[3:]} "}).status_code == 303


def test_the_mail_to_an_unconfirmed_address_says_nothing_that_anybody_typed(client):
    _case, client, here = followed(client, text="Canary words", name="Canary Ho", company="Canary Ltd")
    client.post(here, {"_send": "1"})
    message = delivered()[-1]
    assert "Canary" not in message.subject + message.body + message.alternatives[0].content


def test_nobody_without_the_code_of_a_case_has_its_address_mailed():
    case = file_case(email_confirmed=False)
    asked = Client().post(f"/en/track/{case.reference}/email/", {"_send": "1"})
    assert asked["Location"] == f"/en/track/?reference={case.reference}"
    assert Client().post(EMAIL, {"_send": "1"})["Location"] == "/en/concerns/new/"
    assert delivered() == []


def test_confirming_is_no_part_of_what_makes_two_filings_the_same():
    assert (
        a_filing(key="a", email_confirmed=True).content_hash
        == a_filing(key="b", email_confirmed=False).content_hash
    )


def test_staff_who_may_read_the_address_see_whether_it_is_confirmed(client, cast):
    case = make_case("assessing", cast, email_confirmed=False)
    client.force_login(cast.amina)
    here = f"/en/cases/{case.reference}/identity/"
    reason = re.search(r'<option value="(\w+)"', text_of(client.get(here)))
    said = client.post(here, {"reason": reason[1] if reason else "To call back about the declaration"})
    assert "ho@example.invalid – not confirmed" in text_of(said)
    Contact.objects.update(email_confirmed_at=timezone.now())
    said = client.post(here, {"reason": reason[1] if reason else "To call back about the declaration"})
    assert "not confirmed" not in text_of(said)
