"""Colleagues whom a business lets read its concern: invited, reading, and shut out again."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from cases import mailing, readers, watching
from cases.held import held_about
from cases.models import Case, Notice, Reader
from cases.permissions import Actor
from cases.refusals import InputRefused
from cases.tracking import remember
from cases.watching import Page, Question
from feedback.business_moves import MOVES
from jobs.clock import this_moment
from tests.cast import file_case, move
from tests.feedback.codes import newest_code

pytestmark = [pytest.mark.both, pytest.mark.django_db]
LEE = "lee@example.invalid"
HO = "ho@example.invalid"


def text_of(page):
    return page.content.decode()


def page_of(case):
    return f"/en/track/{case.reference}/"


def owner(case):
    browser = Client()
    session = browser.session
    remember(session, case.reference)
    session.save()
    return browser


def mine(address=LEE):
    """A browser in which the mailed code of this address was typed in."""
    browser = Client()
    browser.post("/en/my/", {"email": address})
    assert browser.post("/en/my/code/", {"code": newest_code()})["Location"] == "/en/my/"
    return browser


def reads(case, address=LEE):
    browser = mine(address)
    assert browser.post("/en/my/", {"reference": case.reference})["Location"] == page_of(case)
    return browser


def invited(case, address=LEE):
    move(case, "invite_reader", Actor.business(case), email=address)
    return Reader.objects.get(case=case, ended_at=None, email_key=Reader.known_as(address)[0].email_key)


def test_a_colleague_is_invited_reads_and_is_shut_out(cast):
    case = file_case()
    desk = owner(case)
    assert "Nobody" in text_of(desk.get(page_of(case)))
    sent = desk.post(f"{page_of(case)}invite_reader/", {"email": LEE})
    assert sent["Location"] == page_of(case)
    assert "l…@example.invalid, not read yet" in text_of(desk.get(page_of(case)))
    browser = mine()
    assert "Shared with you" in text_of(browser.get("/en/my/"))
    browser.post("/en/my/", {"reference": case.reference})
    page = text_of(browser.get(page_of(case)))
    assert "You can read this concern because its business lets you" in page
    assert "We received your concern" in page
    assert "l…@example.invalid, has read it" in text_of(desk.get(page_of(case)))
    reader = Reader.objects.get()
    desk.post(f"{page_of(case)}remove_reader/", {"reader": reader.pk})
    assert browser.get(page_of(case))["Location"].startswith("/en/track/?reference=")
    assert case.reference not in text_of(browser.get("/en/my/"))
    assert "Nobody" in text_of(desk.get(page_of(case)))
    kinds = list(Case.objects.get().events.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["received", "reader_invited", "reader_removed"]


def test_whoever_reads_can_do_nothing_else(cast):
    case = file_case()
    invited(case)
    browser = reads(case)
    page = text_of(browser.get(page_of(case)))
    for name in MOVES:
        assert f"{page_of(case)}{name}/" not in page
        for answer in (
            browser.get(f"{page_of(case)}{name}/"),
            browser.post(f"{page_of(case)}{name}/", {"text": "x"}),
        ):
            assert (answer.status_code, answer["Location"]) == (303, page_of(case))
    for other in ("your-data/", "your-data/copy/", "receipt/", "email/"):
        assert browser.get(page_of(case) + other)["Location"] == page_of(case)
        assert browser.post(page_of(case) + other)["Location"] == page_of(case)
    assert HO not in page and "h…@" not in page and "Who may see who you are" not in page
    assert Case.objects.get().seq == 2
    assert browser.get(f"{page_of(case)}events/?after=0").status_code == 200


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Business Concerns: you are invited to read {}"),
        ("zh-hant", "營商個案：邀請你閱讀 {}"),
        ("zh-hans", "营商个案：邀请您阅读 {}"),
    ],
)
def test_t31_the_invitation_names_nothing_but_the_reference(language, subject):
    case = file_case(language=language)
    mailing.send_due()
    mail.outbox.clear()
    invited(case)
    Notice.objects.update(not_before=this_moment())
    mailing.send_due()
    (message,) = [one for one in mail.outbox if one.to == [LEE]]
    assert message.subject == subject.format(case.reference)
    for told in ("Siu-ming", "Harbour", HO, "Goods", "Customs", "Dongguan", "東莞", "东莞"):
        assert told not in message.subject + message.body + message.alternatives[0].content
    assert f"/{language}/my/" in message.body


def test_an_invitation_taken_back_before_it_went_is_not_sent():
    case = file_case()
    mailing.send_due()
    mail.outbox.clear()
    move(case, "remove_reader", Actor.business(case), reader=invited(case))
    Notice.objects.update(not_before=this_moment())
    mailing.send_due()
    assert not [one for one in mail.outbox if one.to == [LEE]]


def test_who_may_be_invited_and_how_often():
    case = file_case()
    invited(case)
    for address, said in ((LEE.upper(), "can read the concern already"), (HO, "at which we reach you")):
        with pytest.raises(InputRefused) as refused:
            move(case, "invite_reader", Actor.business(case), email=address)
        assert said in str(refused.value.errors["email"])
    for number in range(9):
        move(case, "invite_reader", Actor.business(case), email=f"r{number}@example.invalid")
    with pytest.raises(InputRefused):
        move(case, "invite_reader", Actor.business(case), email="eleventh@example.invalid")
    for number in range(10, 20):
        move(case, "remove_reader", Actor.business(case), reader=Reader.objects.filter(ended_at=None).last())
        move(case, "invite_reader", Actor.business(case), email=f"r{number}@example.invalid")
    move(case, "remove_reader", Actor.business(case), reader=Reader.objects.filter(ended_at=None).last())
    with pytest.raises(InputRefused) as refused:
        move(case, "invite_reader", Actor.business(case), email="more@example.invalid")
    assert "tomorrow" in str(refused.value.errors["email"])
    Reader.objects.update(invited_at=this_moment() - timedelta(days=2))
    move(case, "invite_reader", Actor.business(case), email="more@example.invalid")


@pytest.mark.parametrize("typed", ["", "lee", "何@例子.香港", "a" * 300 + "@example.invalid"])
def test_bad_input_41_what_is_no_address_is_said_to_be_none(typed):
    case = file_case()
    page = owner(case).post(f"{page_of(case)}invite_reader/", {"email": typed})
    assert page.status_code == 422 and 'href="#id_email"' in text_of(page)
    assert not Reader.objects.exists()


def test_all_open_concerns_of_an_address_are_shared_at_once():
    first, second, ended = file_case(), file_case(), file_case()
    move(ended, "withdraw", Actor.business(ended))
    browser = mine(HO)
    answer = browser.post("/en/my/", {"_invite": "1", "invite-email": LEE}, follow=True)
    assert "They can read 2 concerns." in text_of(answer)
    assert {reader.case for reader in Reader.known_as(LEE)} == {first, second}
    again = browser.post("/en/my/", {"_invite": "1", "invite-email": LEE})
    assert again.status_code == 422 and "can read the concern already" in text_of(again)
    assert browser.post("/en/my/", {"_invite": "1", "invite-email": "lee"}).status_code == 422


def test_an_own_concern_is_never_shown_as_shared():
    case, other = file_case(), file_case(email=LEE)
    invited(case)
    browser = mine(LEE)
    assert text_of(browser.get("/en/my/")).count("Shared with you") == 1
    browser.post("/en/my/", {"reference": other.reference})
    assert "Send us a message" in text_of(browser.get(page_of(other)))


def test_the_tracking_code_opens_the_whole_concern_whatever_was_shared():
    case = file_case()
    invited(case)
    browser = reads(case)
    session = browser.session
    readers.opened_by_code(session, case.reference)
    session.save()
    assert "Send us a message" in text_of(browser.get(page_of(case)))


def asked(case, browser):
    question = Question(Page.TRACK, case.reference, browser.session.session_key)
    return watching.look([question])[0].code


def test_sockets_end_with_the_right_to_read_and_with_the_address(cast):
    case = file_case()
    reader = invited(case)
    colleague, by_address, by_code = reads(case), reads(case, HO), owner(case)
    assert [asked(case, one) for one in (colleague, by_address, by_code)] == [0, 0, 0]
    move(case, "remove_reader", Actor.business(case), reader=reader)
    assert asked(case, colleague) == watching.SIGN_IN_AGAIN
    move(case, "set_contact", Actor.business(case), email="new@example.invalid")
    assert asked(case, by_address) == watching.SIGN_IN_AGAIN
    assert asked(case, by_code) == 0


@pytest.mark.parametrize("name", ["remove_reader", "set_contact"])
def test_open_pages_are_asked_to_look_again_at_once(monkeypatch, name, django_capture_on_commit_callbacks):
    case = file_case()
    more = {"reader": invited(case)} if name == "remove_reader" else {"email": "new@example.invalid"}
    told = []
    monkeypatch.setattr("cases.live.look_again", lambda *groups: told.extend(groups))
    with django_capture_on_commit_callbacks(execute=True):
        move(case, name, Actor.business(case), **more)
    assert len(told) == 1


def test_nobody_ends_what_belongs_to_another_concern():
    case, other = file_case(), file_case()
    reader = invited(other)
    page = owner(case).post(f"{page_of(case)}remove_reader/", {"reader": reader.pk})
    assert page.status_code in (303, 422)
    assert Reader.objects.get().ended_at is None


def test_t48_the_address_is_sealed_held_and_told_to_nobody_else(cast):
    from django.db import connection

    case = file_case()
    invited(case)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases_reader")
        assert LEE not in repr(cursor.fetchall())
    assert held_about(case, "en").as_json()["people_who_may_read_it"] == [LEE]
    desk = Client()
    desk.force_login(cast.amina)
    assert LEE not in text_of(desk.get(f"/en/cases/{case.reference}/"))
