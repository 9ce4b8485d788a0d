"""Cases that read alike are found in any script, among those a person may see, at the same cost whatever their number."""

import pytest
from django.test import Client

from cases.models import Case
from cases.similar import similar_to
from routing.models import Category, Division
from tests.cast import file_case, move

pytestmark = [pytest.mark.both, pytest.mark.django_db]

TRADITIONAL = "我們的貨櫃在鹽田港被海關扣留三星期，要求提供原產地證明，一直沒有放行。"
SIMPLIFIED = "货柜在盐田港被海关扣留一个月，说要提供原产地证明，至今没有放行。"
OTHER = "申报价格被认为偏低，正在重新审价，希望说明理由。"


@pytest.fixture
def desk(cast):
    client = Client()
    client.force_login(cast.amina)
    return client


def references(case, user):
    return [one.case.reference for one in similar_to(case, user)]


def test_traditional_and_simplified_are_one_and_what_both_say_is_named(cast):
    case = file_case(text=TRADITIONAL)
    alike = file_case(text=SIMPLIFIED, company="Another Lantern Ltd (demo)", email="x@example.invalid")
    file_case(text=OTHER, company="Third Lantern Ltd (demo)", email="y@example.invalid")
    (found,) = similar_to(case, cast.amina)
    assert found.case == alike
    assert not found.same_business
    assert found.words[:2] == ["貨櫃在鹽田港被海關扣留", "提供原產地證明"]  # as the case itself has them


def test_only_cases_that_the_person_may_see_are_found(cast):
    case = file_case(text=TRADITIONAL)
    file_case(
        text=SIMPLIFIED, division=Division.objects.get(pk="320500"), company="Another Lantern Ltd (demo)"
    )
    assert references(case, cast.amina) == []
    assert len(references(case, cast.hana)) == 1


def test_a_concern_of_the_same_business_comes_first_and_may_be_merged(cast, desk):
    first = file_case(text=SIMPLIFIED, category=Category.objects.get(pk="CUS-2"))
    file_case(text=SIMPLIFIED, company="Another Lantern Ltd (demo)", email="x@example.invalid")
    case = file_case(text=TRADITIONAL)
    rows = desk.get(f"/en/cases/{case.reference}/similar/").context["rows"]
    assert [(row["same_business"], row["act"]) for row in rows] == [(True, "merge"), (False, "link")]
    assert rows[0]["case"] == first
    page = desk.get(rows[0]["url"])
    assert f'value="{first.reference}"' in page.content.decode()
    move(case, "merge", cast.staff("amina"), into=first)
    assert Case.objects.get(pk=first.pk).received_at == min(first.received_at, case.received_at)


def test_a_case_that_is_linked_already_is_not_offered_again(cast):
    case, other = file_case(text=TRADITIONAL), file_case(text=SIMPLIFIED)
    assert references(case, cast.amina) == [other.reference]
    move(case, "link", cast.staff("amina"), other=other)
    assert references(case, cast.amina) == references(other, cast.amina) == []


def test_the_page_costs_the_same_with_one_and_with_many(cast, desk, django_assert_max_num_queries):
    case = file_case(text=TRADITIONAL)
    for number in range(12):
        file_case(text=SIMPLIFIED, company=f"Lantern {number} Ltd (demo)")
    with django_assert_max_num_queries(11):
        page = desk.get(f"/zh-hant/cases/{case.reference}/similar/")
    assert len(page.context["rows"]) == 10
    assert "內容相近的個案" in page.content.decode()
