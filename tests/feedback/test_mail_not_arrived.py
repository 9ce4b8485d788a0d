"""The page of a followed case tells the business that our mail did not reach it, and whether it gets any."""

import pytest
from django.utils import timezone

from cases.models import Contact, Notice
from tests.cast import file_case
from tests.feedback.test_tracking_page import address, follow, text_of

pytestmark = pytest.mark.django_db


def case_whose_mail_ended(status):
    case = file_case()
    Notice.objects.filter(case=case, to_user=None).update(
        status=status, sending_at=timezone.now(), error="550 5.1.1"
    )
    return case


def told(client, case, language="en"):
    return text_of(follow(client, case).get(address(case, language=language)))


def test_a_refused_mail_is_told_without_the_address_or_the_words_of_the_server(client, cast):
    case = case_whose_mail_ended(Notice.Status.FAILED)
    page = told(client, case)
    assert "could not be delivered" in page
    assert Contact.objects.get(case=case).email not in page
    assert "550" not in page


def test_a_mail_nobody_saw_the_end_of_is_not_called_refused(client, cast):
    page = told(client, case_whose_mail_ended(Notice.Status.PARKED))
    assert "We do not know whether our e-mail to you" in page
    assert "could not be delivered" not in page


@pytest.mark.parametrize("status", [Notice.Status.SENT, Notice.Status.WAITING, Notice.Status.SKIPPED])
def test_nothing_is_told_of_mail_that_arrived_or_was_not_tried(client, cast, status):
    page = told(client, case_whose_mail_ended(status))
    assert "could not be delivered" not in page
    assert "We do not know whether" not in page


def test_later_mail_that_arrived_makes_a_refusal_history(client, cast):
    case = case_whose_mail_ended(Notice.Status.FAILED)
    Notice.objects.create(
        case=case, template="update", language="en", status=Notice.Status.SENT, not_before=timezone.now()
    )
    assert "could not be delivered" not in told(client, case)


def test_a_refused_mail_to_staff_is_not_told_to_the_business(client, cast):
    case = case_whose_mail_ended(Notice.Status.FAILED)
    Notice.objects.filter(case=case).update(to_user=cast.wing)
    assert "could not be delivered" not in told(client, case)


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"notify": True}, "e-mail updates on"), ({"notify": False}, "e-mail updates off"), ({"email": ""}, "")],
)
def test_the_details_say_whether_mail_is_sent(client, cast, changed, words):
    case = file_case()
    contact = Contact.objects.get(case=case)
    for name, value in changed.items():
        setattr(contact, name, value)
    contact.save()
    row = told(client, case).split("<dt>How we reach you</dt>")[1].split("</dd>")[0]
    assert words in row and ("e-mail" in row) == bool(words)


def test_another_address_that_was_confirmed_makes_a_lost_mail_history(client, cast):
    case = case_whose_mail_ended(Notice.Status.FAILED)
    Contact.objects.filter(case=case).update(email_confirmed_at=timezone.now())
    assert "could not be delivered" not in told(client, case)
