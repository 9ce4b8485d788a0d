"""The pages of issues, used as people use them."""

import re

import pytest
from django.test import Client

from cases.models import Case, IssueCase, SystemicIssue
from tests.cast import file_case
from tests.issues.gathered import TEXTS, an_issue, fresh, gathered_case

pytestmark = [pytest.mark.django_db]
LIST = "/en/cases/issues/"


@pytest.fixture
def issue(cast):
    return an_issue(cast.amina)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def page_of(issue, rest=""):
    return f"{LIST}{issue.number}/{rest}"


def text_of(answer):
    return answer.content.decode()


def test_an_officer_opens_an_issue_from_a_case_and_the_case_is_in_it(cast):
    case, client = file_case(), browser(cast.amina)
    assert f"/en/cases/{case.reference}/issue/" in text_of(client.get(f"/en/cases/{case.reference}/"))
    chosen = text_of(client.get(f"/en/cases/{case.reference}/issue/"))
    assert f"/en/cases/issues/new/?case={case.reference}" in chosen
    answer = client.post(
        f"/en/cases/issues/new/?case={case.reference}",
        {"title": "New charge", "category": "CUS-1", "division": "441900", "lead_office": "GDETO"},
    )
    issue = SystemicIssue.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, page_of(issue))
    assert case.reference in text_of(client.get(page_of(issue)))
    page = text_of(client.get(f"/en/cases/{case.reference}/"))
    assert page_of(issue) in page and "added the case to the issue" in page


def test_a_caseworker_cannot_choose_another_office_as_lead(cast):
    facts = {"title": "New charge", "category": "CUS-1", "division": "441900", "lead_office": "GDETO"}
    assert browser(cast.bo).post(f"{LIST}new/", facts).status_code == 422
    assert not SystemicIssue.objects.exists()


def test_the_case_page_asks_no_more_for_its_issue(cast, issue, django_assert_max_num_queries):
    alone, inside = file_case(), gathered_case(cast, issue)
    client = browser(cast.amina)
    client.get(f"/en/cases/{alone.reference}/")
    for case in (alone, inside):
        with django_assert_max_num_queries(10):
            client.get(f"/en/cases/{case.reference}/")


def test_an_issue_is_found_by_words_in_either_script_and_joined_in_two_pages(cast):
    issue, case = an_issue(cast.amina, title="港口新收費"), file_case()
    an_issue(cast.amina, title="Another matter", summary="")
    client = browser(cast.amina)
    page = text_of(client.get(f"/en/cases/{case.reference}/issue/", {"q": "新收费"}))
    links = re.findall(r"moves/join_issue/\?issue=(ISS-[\d-]+)", page)
    assert links == [issue.number]
    form = text_of(client.get(f"/en/cases/{case.reference}/moves/join_issue/", {"issue": issue.number}))
    assert f'value="{issue.number}"' in form
    client.post(
        f"/en/cases/{case.reference}/moves/join_issue/",
        {"issue": issue.number, "reason": "The same charge.", "version": case.seq},
    )
    assert IssueCase.objects.get().case == case


def test_counts_and_lines_are_those_of_cases_that_the_person_may_see(cast, issue):
    seen, hidden = gathered_case(cast, issue), gathered_case(cast, issue, company="Hidden Works Ltd")
    Case.objects.filter(pk=hidden.pk).update(office="SHETO")
    page = text_of(browser(cast.amina).get(page_of(issue)))
    assert "1 case of 1 business" in page and hidden.reference not in page and seen.reference in page
    assert "a case of another office" in page
    page = text_of(browser(cast.hana).get(page_of(issue)))
    assert "2 cases of 2 businesses" in page and hidden.reference in page
    assert "2 cases of 2 businesses" in text_of(browser(cast.hana).get(LIST))
    assert "1 case of 1 business" in text_of(browser(cast.bo).get(LIST))


def test_pasted_references_are_answered_line_by_line(cast, issue):
    case = file_case()
    page = text_of(
        browser(cast.amina).post(page_of(issue, "cases/"), {"references": f"{case.reference}\nHKC-1"})
    )
    assert "Added." in page and "There is no such case." in page
    assert IssueCase.objects.get().case == case


def test_a_status_needs_a_reason_and_the_version(cast, issue):
    client, address = browser(cast.amina), page_of(issue, "status/take_up/")
    assert client.post(address, {"version": "1"}).status_code == 422
    assert client.post(address, {"reason": "It was raised."}).status_code == 428
    assert client.post(address, {"reason": "It was raised.", "version": "1"}).status_code == 303
    assert fresh(issue).status == "raised"
    assert browser(cast.amina).get(page_of(issue, "status/settle/")).status_code == 403
    assert client.get(page_of(issue, "status/nothing/")).status_code == 404


def test_who_was_slower_keeps_what_was_typed(cast, issue):
    facts = {"category": "CUS-1", "division": "441900", "lead_office": "GDETO"}
    address = page_of(issue, "change/")
    first = browser(cast.chi).post(address, {**facts, "title": "By Chi", "version": "1"})
    assert first.status_code == 303
    late = browser(cast.amina).post(address, {**facts, "title": "Typed by Amina", "version": "1"})
    page = text_of(late)
    assert late.status_code == 409 and "Typed by Amina" in page and "Chi changed: Title" in page
    assert fresh(issue).title == "By Chi"
    # The second press of the button is a new decision, on the version that was shown.
    assert 'name="version" value="2"' in page
    browser(cast.amina).post(address, {**facts, "title": "Typed by Amina", "version": "2"})
    assert fresh(issue).title == "Typed by Amina"


def test_news_is_previewed_in_three_languages_then_proposed_and_published_by_another(cast, issue):
    gathered_case(cast, issue)
    amina, wing, address = browser(cast.amina), browser(cast.wing), page_of(issue, "news/")
    page = text_of(amina.post(address, {**TEXTS, "version": "1", "_preview": "1"}))
    for words in TEXTS.values():
        assert page.count(words) == 2  # as it will be read, and in the form
    assert not issue.news.exists()
    refused = amina.post(address, {**TEXTS, "text_en": "As Harbour Lantern Trading said.", "version": "1"})
    assert refused.status_code == 422 and "This names the company of a linked case." in text_of(refused)
    assert amina.post(address, {**TEXTS, "version": "1"}).status_code == 303
    assert "Publish to all of them" not in text_of(amina.get(page_of(issue)))
    assert amina.post(page_of(issue, "news/1/"), {"publish": "1", "version": "2"}).status_code == 403
    assert "Publish to all of them" in text_of(wing.get(page_of(issue)))
    stale = wing.post(page_of(issue, "news/1/"), {"publish": "1", "version": "1"})
    assert stale.status_code == 409 and "Somebody was faster" in text_of(stale)
    assert wing.post(page_of(issue, "news/1/"), {"publish": "1", "version": "2"}).status_code == 303
    assert issue.news.get().state == "published"


def test_a_publication_that_would_name_a_later_case_is_refused_on_the_page(cast, issue):
    browser(cast.amina).post(page_of(issue, "news/"), {**TEXTS, "version": "1"})
    issue.news.update(text_en="Quiet Willow said so.")
    gathered_case(cast, issue, company="Quiet Willow Ltd")
    answer = browser(cast.wing).post(page_of(issue, "news/1/"), {"publish": "1", "version": "2"})
    assert answer.status_code == 422 and "This names the company of a linked case." in text_of(answer)


def test_an_unseen_issue_is_not_there(cast, issue):
    for rest in ("", "change/", "cases/", "status/take_up/", "news/"):
        assert browser(cast.bo).get(page_of(issue, rest)).status_code == 404
    assert browser(cast.olivia).get(LIST).status_code == 403


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_pages_cost_the_same_for_2_and_for_50_cases(cast, issue, language):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser(cast.amina)

    def asked(address):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    addresses = [page_of(issue).replace("/en/", f"/{language}/"), LIST.replace("/en/", f"/{language}/")]
    for n in range(2):
        gathered_case(cast, issue, company=f"Works {n} Ltd")
    few = [asked(address) for address in addresses + addresses][2:]
    for n in range(48):
        gathered_case(cast, issue, company=f"Works {n + 2} Ltd")
    for n in range(3):
        an_issue(cast.amina, title=f"Issue {n}")
    assert [asked(address) for address in addresses] == few
