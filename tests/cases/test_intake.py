"""A concern by phone, counter, post, e-mail or meeting: an officer files it on one page, with its day of receipt."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from cases import clocks, mailing
from cases.actions import open_case
from cases.history import entries_of
from cases.models import Case, Contact, Event, Notice, SharingChoice, Statement
from cases.permissions import Actor
from cases.public import project
from cases.refusals import NotPermitted
from cases.sweep import sweep
from cases.working import explain
from tests.cast import a_filing
from tests.feedback.answers import hidden

pytestmark = [pytest.mark.both, pytest.mark.django_db]
INTAKE = "/en/cases/intake/"
DONE = "/en/cases/intake/done/"
TOLD = {
    "channel": "phone",
    "received_on": "2026-03-02",
    "text": "Our goods have been held at the port since February and nobody tells us why.",
    "wanted": "Release of the goods.",
    "division": "441900",
    "category": "CUS-1",
    "authority_named": "Huangpu Customs",
    "proceedings": "none",
    "sharing": "office_only",
    "filer_kind": "enterprise",
    "company": "Harbour Lantern Trading Ltd (demo)",
    "registration_no": "12345678",
    "name": "Ho Siu-ming",
    "email": "ho@example.invalid",
    "notify": "on",
    "phone": "2345 6789",
    "language": "zh-hant",
    "for_whom": "own",
}


@pytest.fixture(autouse=True)
def _on_a_friday(monkeypatch):
    at = datetime(2026, 3, 6, 4, 0, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def desk(cast):
    client = Client()
    client.force_login(cast.amina)
    return client


def text_of(page):
    return page.content.decode()


def files(client, page=None, /, **changes):
    page = page or client.get(INTAKE)
    return client.post(INTAKE, {**hidden(page), **TOLD, **changes})


def code_on(page):
    found = re.search(r'id="tracking-code">([^<]*)<', text_of(page))
    return re.sub(r"\D", "", found[1]) if found else ""


def events_of(case):
    return list(case.events.order_by("seq"))


def test_a_call_is_filed_with_its_channel_and_its_day_of_receipt(desk, cast):
    assert 'href="/en/cases/intake/"' in text_of(desk.get("/en/cases/"))
    answer = files(desk)
    assert answer.status_code == 303, answer.context["form"].errors
    assert answer["Location"] == DONE
    case = Case.objects.get()
    assert (case.office_id, case.category_id, case.division_id, case.language) == (
        "GDETO", "CUS-1", "441900", "zh-hant",
    )  # fmt: skip
    assert (case.sharing, case.filer_kind, case.filed_by_id) == ("office_only", "enterprise", None)
    assert case.received_at == datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon in Hong Kong
    event = Event.objects.get()
    assert (event.move, event.by_user, event.on_behalf, event.channel) == (
        "open_case", cast.amina, "business", "phone",
    )  # fmt: skip
    assert event.at == timezone.now() and event.data == {"office": "GDETO", "received_on": "2026-03-02"}
    contact = Contact.objects.get()
    assert (contact.company, contact.name, contact.phone, contact.phone_e164) == (
        "Harbour Lantern Trading Ltd (demo)", "Ho Siu-ming", "2345 6789", "+85223456789",
    )  # fmt: skip
    assert contact.email_confirmed_at is None and contact.notify
    assert Statement.objects.get().authority_named == "Huangpu Customs"
    assert SharingChoice.objects.get().by_user == cast.amina


def test_the_time_limits_count_from_the_day_of_receipt_and_say_so(desk):
    files(desk)
    case = Case.objects.get()
    found = {clock.stage: clock for clock in clocks.clocks_of(case, events_of(case))}
    assert found["triage_decision"].started == date(2026, 3, 2)
    assert found["acknowledge"].stopped == date(2026, 3, 6)
    with translation.override("en"):
        said = explain([found["triage_decision"]], "")[0].sentences
        assert said[0] == "Day 0: 2 March 2026, the concern was received."
        sentence = entries_of(case, events_of(case))[0].sentence
        seen = project(case)
    assert sentence == ("The business (Phone, recorded by Amina) filed the concern, received on 2 March 2026")
    assert seen.received_at == case.received_at
    assert seen.why_date.sentences[0] == "Day 0: 2 March 2026, we received your concern."


def test_what_is_filed_late_is_late_at_once_and_the_sweep_takes_it(desk):
    files(desk, received_on="2025-12-01")
    sweep()
    case = Case.objects.get()
    assert case.due_on < date(2026, 3, 6)
    assert case.events.filter(move="open_case").count() == 1


def test_today_is_received_now_and_never_in_the_future(desk):
    files(desk, received_on="2026-03-06")
    assert Case.objects.get().received_at == timezone.now()
    refused = files(desk, received_on="2026-03-07")
    assert refused.status_code == 422 and "The day must not be in the future." in text_of(refused)
    refused = files(desk, received_on="2016-03-07")
    assert refused.status_code == 422 and "Check the year" in text_of(refused)
    assert Case.objects.count() == 1


def test_the_code_is_shown_until_the_business_has_it(desk):
    files(desk)
    case = Case.objects.get()
    page = desk.get(DONE)
    code = code_on(page)
    assert case.reference in text_of(page) and len(code) == 16
    assert f'href="/en/cases/{case.reference}/"' in text_of(page)
    business = Client()
    opened = business.post("/en/track/", {"reference": case.reference, "code": code})
    assert opened["Location"] == f"/en/track/{case.reference}/"
    assert code_on(desk.get(DONE)) == ""  # it was used
    assert desk.post(DONE).status_code == 303
    assert "cannot be shown again" in text_of(desk.get(DONE))


def test_the_code_goes_from_the_page_when_it_was_handed_on_and_after_an_hour(desk, monkeypatch):
    files(desk)
    assert code_on(desk.get(DONE))
    desk.post(DONE)
    assert code_on(desk.get(DONE)) == ""
    files(desk, text="Another matter about goods held at the customs.")
    assert code_on(desk.get(DONE))
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 6, 5, 1, tzinfo=UTC))
    assert code_on(desk.get(DONE)) == ""


def test_the_code_is_held_sealed_and_never_as_it_is_read_out(desk):
    files(desk)
    code = code_on(desk.get(DONE))
    assert code not in str(dict(desk.session))


def test_of_another_offices_case_reference_code_and_office_are_told_and_nothing_else(cast):
    client = Client()
    client.force_login(cast.bo)
    files(client)
    case = Case.objects.get()
    assert case.office_id == "GDETO"
    page = client.get(DONE)
    assert case.reference in text_of(page) and len(code_on(page)) == 16 and "Guangdong" in text_of(page)
    assert f"/cases/{case.reference}/" not in text_of(page)
    for words in ("Harbour", "Ho Siu-ming", "held at the port"):
        assert words not in text_of(page)
    assert client.get(f"/en/cases/{case.reference}/").status_code == 404


def test_pressed_twice_it_is_one_case_with_one_good_code(desk):
    page = desk.get(INTAKE)
    files(desk, page)
    code = code_on(desk.get(DONE))
    files(desk, page)
    case = Case.objects.get()
    assert code_on(desk.get(DONE)) == code
    assert Client().post("/en/track/", {"reference": case.reference, "code": code}).status_code in (302, 303)


def test_sent_again_after_the_session_was_lost_it_gets_a_new_code_unless_the_first_was_used(desk, cast):
    page = desk.get(INTAKE)
    files(desk, page)
    first = code_on(desk.get(DONE))
    elsewhere = Client()
    elsewhere.force_login(cast.amina)
    files(elsewhere, page)
    second = code_on(elsewhere.get(DONE))
    case = Case.objects.get()
    assert second and second != first
    Client().post("/en/track/", {"reference": case.reference, "code": second})
    third = Client()
    third.force_login(cast.amina)
    files(third, page)
    assert code_on(third.get(DONE)) == ""
    assert Client().post("/en/track/", {"reference": case.reference, "code": second})["Location"]


def test_the_same_page_with_other_words_asks_before_it_is_a_second_case(desk):
    page = desk.get(INTAKE)
    files(desk, page)
    again = files(desk, page, text="Something quite different about customs.")
    assert again.status_code == 409 and "Something quite different" in text_of(again)
    assert Case.objects.count() == 1
    files(desk, again, text="Something quite different about customs.")
    assert Case.objects.count() == 2


def test_a_key_of_another_officer_or_a_made_up_one_opens_a_form_of_ones_own(desk, cast):
    page = desk.get(INTAKE)
    files(desk, page)
    other = Client()
    other.force_login(cast.bo)
    files(other, page)
    desk.post(INTAKE, {**TOLD, "form": "intake:1:made-up"})
    assert Case.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_are_one_case(desk):
    data = {**hidden(desk.get(INTAKE)), **TOLD}
    session = desk.cookies[settings.SESSION_COOKIE_NAME].value

    def press(_n):
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = session
        try:
            return client.post(INTAKE, data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))
    assert set(answers) <= {303, 503} and 303 in answers
    case = Case.objects.get()
    code = code_on(desk.get(DONE))
    opened = Client().post("/en/track/", {"reference": case.reference, "code": code})
    assert opened["Location"] == f"/en/track/{case.reference}/"


def test_without_a_category_the_best_of_the_text_is_taken_or_the_officer_asked(desk):
    files(desk, category="", text="Customs detained our goods at the port and wants a second declaration.")
    assert Case.objects.get().category_id.startswith("CUS")
    asked = files(desk, category="", text="zzzz qqqq")
    assert asked.status_code == 422 and "No category could be found from the text" in text_of(asked)
    assert Case.objects.count() == 1


def test_named_needs_that_the_business_agreed(desk):
    refused = files(desk, sharing="named")
    assert refused.status_code == 422 and "Tick this once the business has agreed" in text_of(refused)
    assert files(desk, sharing="named", agreed="on").status_code == 303
    assert Case.objects.get().sharing == "named"


def test_an_anonymous_concern_keeps_no_name_and_says_so_before(desk):
    refused = files(desk, sharing="anonymous")
    assert refused.status_code == 422
    assert text_of(refused).count("This is not kept of an anonymous concern") >= 4
    bare = dict.fromkeys(("company", "name", "registration_no", "phone"), "")
    assert files(desk, sharing="anonymous", **bare).status_code == 303
    assert Case.objects.get().company_key == ""


def test_an_enterprise_gives_its_company_and_an_individual_a_name(desk):
    assert "Enter the name of the company" in text_of(files(desk, company=""))
    assert "Enter the full name" in text_of(files(desk, filer_kind="individual", name=""))
    assert files(desk, filer_kind="individual", company="").status_code == 303


def test_whoever_speaks_for_a_client_says_for_whom_and_by_what_authority(desk):
    page = files(desk, for_whom="client")
    assert "Enter the name of the client or member" in text_of(page)
    assert "Select their authority" in text_of(page)
    page = files(desk, on_behalf_of="Quiet Harbour Ltd")
    assert "Select a client or a member" in text_of(page)
    given = {"on_behalf_of": "Quiet Harbour Ltd", "authorisation": "written", "authorised_on": "2026-02-01"}
    assert files(desk, for_whom="client", **given).status_code == 303
    behalf = Case.objects.get().on_behalf
    assert (behalf.name, behalf.authorisation, behalf.authorised_on) == (
        "Quiet Harbour Ltd", "written", date(2026, 2, 1),
    )  # fmt: skip


def test_what_was_typed_stays_when_something_is_wrong(desk):
    wrong = {
        "channel": "pigeon",
        "division": "999999",
        "email": "nowhere",
        "phone": "12",
        "received_on": "31/2/2026",
    }
    page = files(desk, **wrong, name="何" * 201)
    assert page.status_code == 422
    for typed in ("nowhere", "31/2/2026", "held at the port", "Huangpu Customs", "何" * 201):
        assert typed in text_of(page)
    for error in (
        "Select how it reached us",
        "Select the place",
        "Enter a phone number",
        "Enter a date that exists",
    ):
        assert error in text_of(page)
    assert "1 character too long" in text_of(page) and Case.objects.count() == 0
    assert 'value="phone"' in text_of(page)


def test_names_of_200_characters_and_words_of_html_are_kept_as_they_are(desk):
    name = "<b>" + "何" * 197
    assert files(desk, name=name).status_code == 303
    assert Contact.objects.get().name == name


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_page_stands_in_three_languages(desk, language):
    for address in (f"/{language}/cases/intake/", f"/{language}/cases/"):
        assert desk.get(address).status_code == 200
    assert desk.post(f"/{language}/cases/intake/", {}).status_code == 422


def test_no_mail_goes_to_the_address_before_its_owner_typed_a_code(desk, mailoutbox):
    files(desk)
    mailing.send_due()
    assert not Notice.objects.filter(to_user=None).exists()
    assert not [mail for mail in mailoutbox if "ho@example.invalid" in mail.to]


def test_the_done_page_without_a_filing_leads_to_the_form(desk):
    assert desk.get(DONE)["Location"] == INTAKE
    assert desk.post(DONE)["Location"] == INTAKE


@pytest.mark.parametrize("name", ["olivia", "ada", "partner"])
def test_only_who_works_on_cases_files_for_a_business(cast, name):
    client = Client()
    client.force_login(getattr(cast, name))
    assert client.get(INTAKE).status_code == 403 and client.post(INTAKE, TOLD).status_code == 403
    assert client.get(DONE).status_code == 403


def test_the_form_costs_no_query_of_its_own_and_filing_the_same_for_a_long_text(
    desk, django_assert_max_num_queries
):
    desk.get(INTAKE)
    with django_assert_max_num_queries(4):
        desk.get(INTAKE)
    page = desk.get(INTAKE)
    files(desk, page)
    page = desk.get(INTAKE)
    with django_assert_max_num_queries(40):
        files(desk, page, text="Goods held at the port.\n" * 160)


def test_a_filing_without_a_day_of_receipt_is_hashed_as_before():
    filing = a_filing(key="k")
    assert filing.content_hash == a_filing(key="k", received_on=None).content_hash
    assert filing.content_hash != a_filing(key="k", received_on=date(2026, 3, 2)).content_hash


def test_an_official_cannot_file_through_the_gate_either(cast):
    for name in ("olivia", "ada"):
        with pytest.raises(NotPermitted):
            open_case(a_filing(), by=Actor.caller(cast.users[name], "phone"))
    assert Case.objects.count() == 0
