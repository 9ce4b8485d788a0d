"""A business changes how it is reached: masked, told to the address before, and confirmed anew (issue 5, T31)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from cases import mailing, tracking
from cases.models import Case, Contact, Notice
from cases.notices import address_confirmed
from cases.permissions import Actor
from cases.refusals import InputRefused
from cases.states import Sharing
from tests.cast import file_case, move

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def case(cast):
    made = file_case(phone="2345 6789", phone_e164="+85223456789")
    mailing.send_due()
    mail.outbox.clear()
    return made


def change(case, by=None, **inputs):
    return move(case, "set_contact", by or Actor.business(case), **inputs)


def contact(case):
    return Contact.objects.get(case=case)


def follower(case):
    browser = Client()
    session = browser.session
    tracking.remember(session, case.reference)
    session.save()
    return browser


def test_a_new_address_is_told_to_the_one_before_and_waits_to_be_confirmed(case):
    event = change(case, email="new@example.invalid")
    assert (event.kind, event.data) == ("contact", {"changed": ["email"]})
    assert contact(case).email == "new@example.invalid" and contact(case).email_confirmed_at is None
    assert mailing.send_due() == 1
    (sent,) = mail.outbox
    assert sent.to == ["ho@example.invalid"]
    assert "new@" not in sent.subject + sent.body + sent.alternatives[0].content
    assert case.reference in sent.body and "track" in sent.body
    assert set(Notice.objects.filter(case=case).values_list("address", flat=True)) == {""}


def test_news_goes_to_nobody_until_the_new_address_is_confirmed(case, cast):
    change(case, email="new@example.invalid")
    mailing.send_due()
    mail.outbox.clear()
    move(case, "claim", cast.staff("amina"))
    move(case, "ask", cast.staff("amina"), text="Which declaration?")
    assert mailing.send_due() == 0 and not mail.outbox


def test_an_address_that_nobody_had_confirmed_is_told_nothing(case):
    Contact.objects.filter(case=case).update(email_confirmed_at=None)
    change(case, email="new@example.invalid")
    assert mailing.send_due() == 0


def test_the_same_address_in_other_letters_stays_confirmed(case):
    change(case, email="HO@example.invalid")
    assert contact(case).email_confirmed_at is not None


def test_what_is_left_empty_stays_and_what_is_forgotten_goes(case):
    change(case, notify="off", language="zh-hant")
    held = contact(case)
    assert (held.email, held.phone, held.notify) == ("ho@example.invalid", "2345 6789", False)
    assert Case.objects.get(pk=case.pk).language == "zh-hant"
    change(case, forget=("phone", "email"))
    held = contact(case)
    assert (held.email, held.phone, held.phone_e164, held.email_confirmed_at) == ("", "", "", None)


def test_nothing_changed_is_said_and_no_event_is_written(case):
    before = Case.objects.get(pk=case.pk).seq
    with pytest.raises(InputRefused) as refused:
        change(case, email="ho@example.invalid", notify="on")
    assert list(refused.value.errors) == ["email"]
    assert Case.objects.get(pk=case.pk).seq == before


def test_whoever_gave_no_name_gives_no_phone_either(case):
    move(case, "set_sharing", Actor.business(case), sharing=Sharing.ANONYMOUS)
    change(case, phone="9123 4567", email="x@example.invalid")
    assert contact(case).phone == "2345 6789"  # hidden from staff, and not replaced


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_page_shows_what_is_held_masked_and_keeps_what_was_typed(case, language):
    browser, place = follower(case), f"/{language}/track/{case.reference}/set_contact/"
    page = browser.get(place).content.decode()
    assert "h…@example.invalid" in page and "ho@example.invalid" not in page and "2345" not in page
    again = browser.post(place, {"email": "no address", "phone": "12"})
    assert again.status_code == 422
    kept = again.content.decode()
    assert 'value="no address"' in kept and 'value="12"' in kept
    assert browser.post(place, {"email": "new@example.invalid", "phone": ""}).status_code == 303
    shown = browser.get(f"/{language}/track/{case.reference}/").content.decode()
    assert "n…@example.invalid" in shown and f"/{language}/track/{case.reference}/email/" in shown


def test_t31_bad_input_41_a_line_break_in_a_new_address_is_refused(case):
    browser = follower(case)
    place = f"/en/track/{case.reference}/set_contact/"
    assert browser.post(place, {"email": "a@b.hk\nBcc: x@y.zz"}).status_code == 422
    assert contact(case).email == "ho@example.invalid"


def test_a_new_number_is_kept_as_typed_with_what_it_means_and_one_that_means_nothing_is_refused(case):
    change(case, phone="138 0013 8000", phone_country="CN")
    held = contact(case)
    assert (held.phone, held.phone_e164) == ("138 0013 8000", "+8613800138000")
    with pytest.raises(InputRefused):
        change(case, phone="12")


def test_staff_record_it_from_a_call_and_the_history_names_the_fact_and_not_its_value(case, cast):
    desk = Client()
    desk.force_login(cast.users["amina"])
    by = Actor.caller(cast.users["amina"], "phone")
    change(case, by, email="new@example.invalid", phone="9123 4567")
    page = desk.get(f"/en/cases/{case.reference}/").content.decode()
    assert "changed how we reach the business: e-mail address, phone number" in page
    assert "new@example.invalid" not in page and "9123" not in page


def test_a_code_for_one_address_does_not_confirm_another_that_was_given_meanwhile(case):
    change(case, email="new@example.invalid")
    address_confirmed(case, "ho@example.invalid")
    assert contact(case).email_confirmed_at is None
    address_confirmed(case, "NEW@example.invalid")
    assert contact(case).email_confirmed_at is not None


def test_a_mail_to_the_address_before_holds_up_nothing_to_the_new_one(case, cast):
    change(case, email="new@example.invalid")
    Notice.objects.exclude(address="").update(not_before=timezone.now() + timedelta(hours=1))
    address_confirmed(case, "new@example.invalid")
    move(case, "ask", cast.staff("amina"), text="Which declaration?")
    Notice.objects.filter(address="").update(not_before=timezone.now())
    assert mailing.send_due() == 1
    assert mail.outbox[-1].to == ["new@example.invalid"]


def test_what_was_withheld_between_two_addresses_is_told_at_once_when_the_new_one_is_confirmed(case, cast):
    change(case, email="new@example.invalid")
    mailing.send_due()
    mail.outbox.clear()
    move(case, "claim", cast.staff("amina"))
    move(case, "ask", cast.staff("amina"), text="Which declaration?")
    address_confirmed(case, "new@example.invalid")
    assert mailing.send_due() == 1
    assert mail.outbox[-1].to == ["new@example.invalid"]


def test_a_confirmed_address_is_told_nothing_that_was_told_before(case):
    change(case, email="new@example.invalid")
    mailing.send_due()
    mail.outbox.clear()
    address_confirmed(case, "new@example.invalid")
    assert mailing.send_due() == 0 and not mail.outbox
