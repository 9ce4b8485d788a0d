"""Before filing: pages about each subject, and what the form says on the way. Nothing of it turns anybody away."""

import pytest

from jobs.clock import this_moment
from routing.models import Category, Guidance
from tests.feedback.answers import address, answer, post

pytestmark = pytest.mark.django_db


def test_every_main_subject_has_a_page_that_the_guidance_leads_to(client):
    html = client.get("/en/guidance/").text
    for main in Category.objects.filter(parent=None):
        assert f'href="/en/guidance/{main.code}/"' in html
        page = client.get(f"/zh-hans/guidance/{main.code}/")
        assert page.status_code == 200
        assert main.name_zh_hans in page.text
        assert "12345" in page.text


def test_a_subject_that_is_not_there_or_no_main_one_has_no_page(client):
    for code in ("XXX", "TAX-1", "tax"):
        assert client.get(f"/en/guidance/{code}/").status_code == 404


def test_a_page_names_sources_days_and_hotlines_but_nothing_unconfirmed(client):
    page = client.get("/en/guidance/TAX/").text
    assert "12366" in page
    assert "Source: Guangdong ETO, role of the office, as of <time" in page
    assert "Ask a lawyer now" in page
    assert "60 days" not in page
    assert "12333" not in client.get("/en/guidance/LAB/").text
    assert 'id="DIS-2"' in client.get("/en/guidance/DIS/").text


def test_a_translation_that_is_older_says_so_on_the_page(client, reread_reference):
    Guidance.objects.filter(pk="CUS.can").update(settled_en=this_moment())
    assert "This translation is older" not in client.get("/en/guidance/CUS/").text
    page = client.get("/zh-hant/guidance/CUS/").text
    assert page.count('<a href="/en/guidance/CUS/" hreflang="en-HK" lang="en-HK">English</a>') == 1


def test_a_subject_page_is_read_without_a_query(client, django_assert_max_num_queries):
    client.get("/en/guidance/GBA/")
    with django_assert_max_num_queries(1):
        client.get("/en/guidance/GBA/")


def test_the_page_after_the_subject_offers_what_can_be_done_about_it(client):
    answer(client, upto="what-happened")
    page = client.get(address("what-happened")).text
    assert "<details" in page
    assert "Before you go on: what we can do about “Clearance delay and inspection of goods”" in page
    assert "12360" in page
    assert "We probably cannot refer this" not in page


@pytest.mark.parametrize("exact", ["DIS-2", "LND-3", "DIS-4", "ADM-6"])
def test_what_is_never_referred_is_sign_posted_and_can_still_be_sent(client, exact):
    subject = [{"main": exact[:3]}, {"main": exact[:3], "category": exact}]
    answer(client, category=subject)
    assert "We probably cannot refer this to an authority" in client.get(address("what-happened")).text
    assert "We probably cannot refer this to an authority" not in client.get(address("when")).text
    page = client.get(address("check"))
    assert page.status_code == 200
    assert "You can still send your concern" in page.text


def test_what_is_referred_within_limits_is_sign_posted_more_softly(client):
    answer(client, upto="what-happened", category=[{"main": "DIS"}, {"main": "DIS", "category": "DIS-5"}])
    page = client.get(address("what-happened")).text
    assert "We can do only a little about this" in page
    assert "call 110" in page


@pytest.mark.parametrize(("proceedings", "told"), [("court", True), ("arbitration", True), ("none", False)])
def test_a_matter_before_a_court_is_sign_posted_on_the_next_page(client, proceedings, told):
    answer(client, upto="wanted", proceedings={"proceedings": proceedings})
    page = client.get(address("wanted")).text
    assert ("A court or an arbitrator is dealing with this" in page) is told
    assert post(client, "wanted", {"wanted": ""}).status_code == 303
