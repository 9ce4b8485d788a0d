"""On the page where one writes what happened: that others have reported the like, in safe words only."""

import pytest

from cases.clocks import today
from cases.models import ReportedMonth
from routing.kept import changed
from routing.models import Category
from tests.cast import file_case
from tests.feedback.answers import address, answer
from tests.feedback.test_tracking_page import follow

pytestmark = pytest.mark.django_db
WORDS = {
    "en": "Other companies have reported concerns about “",
    "zh-hant": "有其他公司曾就廣東的",
    "zh-hans": "有其他公司曾就广东的",
}


@pytest.fixture
def reported():
    ReportedMonth.objects.create(month=today().replace(day=1), matters=["CUS-1 440000"])


@pytest.mark.parametrize("language", list(WORDS))
def test_who_writes_about_the_same_matter_in_the_same_province_is_told(client, reported, language):
    answer(client, upto="what-happened", language=language)
    page = client.get(address("what-happened", language)).content.decode()
    assert WORDS[language] in page
    assert "2026" not in page.split(WORDS[language])[1].split("</p>")[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"where": {"province": "420000", "city": "420100"}},
        {"category": [{"main": "TAX"}, {"main": "TAX", "category": "TAX-1"}]},
    ],
)
def test_whoever_writes_about_something_else_is_told_nothing(client, reported, changes):
    answer(client, upto="what-happened", **changes)
    assert "Other companies" not in client.get(address("what-happened")).content.decode()


def test_nothing_is_told_while_nothing_was_counted(client, db):
    answer(client, upto="what-happened")
    assert "Other companies" not in client.get(address("what-happened")).content.decode()


def test_a_name_that_an_administrator_wrote_is_shown_as_words_not_as_markup(
    client, reported, reread_reference
):
    Category.objects.filter(pk="CUS-1").update(name_en="<b>Goods</b> held")
    changed()
    answer(client, upto="what-happened")
    page = client.get(address("what-happened")).content.decode()
    assert "&lt;b&gt;Goods&lt;/b&gt; held" in page
    assert "<b>Goods" not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "We have heard from few companies in Hubei"), ("zh-hant", "湖北"), ("zh-hans", "湖北")],
)
def test_who_decides_what_to_share_is_warned_where_few_companies_are(client, reported, language, words):
    where = {"province": "420000", "city": "420100"}
    answer(client, upto="sharing", language=language, where=where)
    page = client.get(address("sharing", language)).content.decode()
    assert words in page.split("govuk-inset-text")[1]


def test_where_enough_companies_are_nobody_is_warned(client, db):
    ReportedMonth.objects.create(month=today().replace(day=1), matters=["* 440000"])
    answer(client, upto="sharing")
    assert "few companies" not in client.get(address("sharing")).content.decode()
    case = file_case()
    follow(client, case)
    place = f"/en/track/{case.reference}/set_sharing/"
    assert "few companies" not in client.get(place).content.decode()
    ReportedMonth.objects.update(matters=[])
    assert "few companies in Guangdong" in client.get(place).content.decode()
