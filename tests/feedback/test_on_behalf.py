"""Filing for a client or a member: who it is for, and by what authority, on every way to where it is read."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from cases.held import held_about
from cases.models import Case, OnBehalf
from cases.public import line_of
from jobs.clock import this_day
from tests.cast import file_case
from tests.feedback.answers import address, answer, post, send

pytestmark = [pytest.mark.both, pytest.mark.django_db]
FOR = {
    "kind": "enterprise",
    "name": "Ho Siu-ming",
    "company": "Harbour Lantern Association (demo)",
    "on_behalf_of": "Bright Junk Ltd (demo)",
    "authorisation": "request",
    "authorised_on_day": "3",
    "authorised_on_month": "11",
    "authorised_on_year": "2026",
}


def asked(client, for_whom="member", sharing="office_only"):
    """At the page about oneself."""
    answer(client, upto="about-you", for_whom={"for_whom": for_whom}, sharing={"sharing": sharing})


def text_of(page):
    return page.content.decode()


def test_a_chamber_says_for_whom_and_by_what_authority_and_staff_read_it(client, cast):
    asked(client)
    assert post(client, "about-you", FOR).status_code == 303
    post(client, "contact", {"email": "", "language": "en"})
    send(client)
    case = Case.objects.get()
    assert (case.statement.for_whom, case.on_behalf.authorised_on) == ("member", date(2026, 11, 3))
    desk = Client()
    desk.force_login(cast.amina)
    page = text_of(desk.get(f"/en/cases/{case.reference}/"))
    assert "A member of a chamber or association" in page and "A written request" in page
    assert "3 November 2026" in page and "Bright Junk" not in page
    shown = desk.post(f"/en/cases/{case.reference}/identity/", {"reason": "To call them."})
    assert "Bright Junk Ltd (demo)" in text_of(shown)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("on_behalf_of", "", "Enter the name of the client or member you write for"),
        ("authorisation", "", "Select your authority to write for them"),
        ("authorisation", "forged", "Select your authority to write for them"),
        ("authorised_on_day", "31", "Enter a date that exists"),
        ("authorised_on_month", "soon", "Month must be a number from 1 to 12"),
        ("authorised_on_year", "", "Enter a day, a month and a year"),
        ("authorised_on_year", "26", "Year must have four figures"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_typed_is_lost(client, field, typed, said):
    asked(client)
    page = post(client, "about-you", {**FOR, field: typed})
    assert page.status_code == 422 and said in text_of(page)
    assert "Harbour Lantern Association (demo)" in text_of(page)


@pytest.mark.parametrize(
    ("typed", "box", "said"),
    [
        ("3 13 2026", "_month", "Month must be a number from 1 to 12"),
        ("3 11 26", "_year", "Year must have four figures"),
        ("3 11 20266", "_year", "Year must have four figures"),
        ("3 11 1949", "_year", "Year must be 1950 or later"),
        ("32 10 2026", "", "Day must be a number from 1 to 31"),
        ("31 2 2026", "", "Enter a date that exists"),
        ("29 2 2025", "", "Enter a date that exists"),
    ],
)
def test_bad_input_55_what_is_wrong_is_said_of_the_box_it_is_wrong_in(client, typed, box, said):
    asked(client)
    boxes = dict(
        zip(("authorised_on_day", "authorised_on_month", "authorised_on_year"), typed.split(), strict=True)
    )
    shown = text_of(post(client, "about-you", {**FOR, **boxes}))
    assert re.search(rf'<a href="#id_authorised_on{box}">{said}', shown)
    marked = re.findall(r'govuk-input--error" id="([^"]*)"', shown)
    assert marked == [f"id_authorised_on{box}"]


def test_an_authority_cannot_be_given_in_the_future(client):
    asked(client)
    day = this_day() + timedelta(days=2)
    page = post(
        client,
        "about-you",
        {
            **FOR,
            "authorised_on_day": str(day.day),
            "authorised_on_month": str(day.month),
            "authorised_on_year": str(day.year),
        },
    )
    assert page.status_code == 422 and 'href="#id_authorised_on"' in text_of(page)


def test_bad_input_54_the_day_is_kept_when_the_language_changes_and_full_width_figures_are_read(client):
    asked(client, for_whom="client")
    assert post(client, "about-you", {**FOR, "authorised_on_year": "２０２６"}).status_code == 303
    for language, shown in (
        ("zh-hant", "2026年11月3日"),
        ("zh-hans", "2026年11月3日"),
        ("en", "3 November 2026"),
    ):
        post(client, "contact", {"email": "", "language": language}, language)
        assert shown in text_of(client.get(address("check", language)))
    send(client)
    assert OnBehalf.objects.get().authorised_on == date(2026, 11, 3)


def test_who_gives_no_name_gives_nobodys_and_says_by_what_authority(client, cast):
    asked(client, sharing="anonymous")
    assert "on_behalf_of" not in text_of(client.get(address("about-you")))
    assert post(client, "about-you", {"kind": "enterprise", "authorisation": "spoken"}).status_code == 303
    post(client, "contact", {"email": "", "language": "en"})
    send(client)
    behalf = OnBehalf.objects.get()
    assert (behalf.name, behalf.authorisation, behalf.authorised_on) == ("", "spoken", None)


def test_who_writes_for_oneself_is_asked_nothing_of_it(client):
    asked(client, for_whom="own")
    page = text_of(client.get(address("about-you")))
    assert "on_behalf_of" not in page and "authorisation" not in page
    post(client, "about-you", {"kind": "individual", "name": "Ho Siu-ming"})
    post(client, "contact", {"email": "", "language": "en"})
    send(client)
    assert not OnBehalf.objects.exists()


def test_an_answer_that_changes_for_whom_asks_for_the_authority(client):
    answer(client)
    post(client, "for-whom", {"for_whom": "client"}, query="?from=check")
    assert client.get(address("check"))["Location"].startswith(address("about-you"))


def test_the_business_reads_what_is_held_of_it():
    case = file_case(for_whom="client", on_behalf_of="Bright Junk Ltd", authorisation="written",
                     authorised_on=date(2026, 11, 3))  # fmt: skip
    concern = held_about(case, "en").concern
    assert concern["on_behalf_of"] == "Bright Junk Ltd"
    assert (concern["authorisation"], concern["authorised_on"]) == ("written", "2026-11-03")
    assert line_of(case).on_behalf_of == "Bright Junk Ltd"
    assert line_of(file_case()).on_behalf_of == ""


def test_a_partner_that_says_nothing_of_its_authority_is_taken_and_staff_are_told(cast):
    case = file_case(for_whom="client", on_behalf_of="Bright Junk Ltd")
    desk = Client()
    desk.force_login(cast.amina)
    assert "Nothing was said about the authority" in text_of(desk.get(f"/en/cases/{case.reference}/"))
