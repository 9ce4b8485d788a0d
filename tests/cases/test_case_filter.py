"""The one filter: what each parameter means, for pages and for programs."""

import pytest

from cases.filters import CaseFilter
from cases.models import Case
from cases.refusals import InputRefused
from routing.models import Category, Division
from tests.cast import make_case, move


@pytest.fixture
def cases(cast):
    """Three cases in three places, kinds and languages."""
    return {
        "dongguan": make_case("received", cast),
        "shenzhen": make_case(
            "assessing",
            cast,
            division=Division.objects.get(pk="440300"),
            category=Category.objects.get(pk="TAX-1"),
            text="增值税发票问题，東莞分公司也一样。",
            language="zh-hans",
        ),
        "ended": make_case("withdrawn", cast, text="ＤＯＮＧＧＵＡＮ factory, 覆議 of a decision"),
    }


def found(cases, **params):
    rows = CaseFilter.strict(params, Case.objects.all(), None).qs
    return {name for name, case in cases.items() if case.pk in set(rows.values_list("pk", flat=True))}


def test_each_filter_narrows_to_what_it_names(cases, cast):
    assert found(cases) == {"dongguan", "shenzhen", "ended"}
    assert found(cases, state="received") == {"dongguan"}
    assert found(cases, state="open") == {"dongguan", "shenzhen"}
    assert found(cases, state="ended") == {"ended"}
    assert found(cases, office="SHETO") == set()
    assert found(cases, language="zh-hans") == {"shenzhen"}
    assert found(cases, waiting_for="nobody") == {"ended"}
    assert found(cases, priority="urgent") == set()
    assert found(cases, due_before="2020-01-01") == set()
    assert found(cases, created_after="2020-01-01T00:00:00+08:00") == {"dongguan", "shenzhen", "ended"}
    assert found(cases, created_before="2020-01-01T00:00:00+08:00") == set()


def test_a_main_category_holds_its_subcategories_and_a_province_its_places(cases):
    assert found(cases, category="TAX") == {"shenzhen"}
    assert found(cases, category="TAX-1") == {"shenzhen"}
    assert found(cases, division="440000") == {"dongguan", "shenzhen", "ended"}
    assert found(cases, division="440300") == {"shenzhen"}
    assert found(cases, division="310000") == set()


def test_an_owner_is_a_user_name_or_nobody(cases, cast):
    move(cases["dongguan"], "claim", cast.staff("amina"))
    assert found(cases, assignee="amina") == {"dongguan"}
    assert found(cases, assignee="nobody") == {"shenzhen", "ended"}


@pytest.mark.parametrize("query", ["东莞", "東莞"])
def test_bad_input_93_a_place_is_found_in_either_script(cases, query):
    # The words of one, and the place of the others.
    assert found(cases, q=query) == {"shenzhen", "dongguan", "ended"}
    assert found(cases, q=f"{query}分公司") == {"shenzhen"}


@pytest.mark.parametrize("query", ["dongguan", "ＤＯＮＧＧＵＡＮ", "DongGuan", "復議 Dongguan", "复议"])
def test_bad_input_93_width_case_and_variants_do_not_matter(cases, query):
    of_place = set() if "议" in query or "議" in query else {"dongguan"}
    assert found(cases, q=query) == {"ended"} | of_place


def test_bad_input_94_a_reference_is_found_however_it_is_written(cases):
    reference = cases["dongguan"].reference
    bare = reference.replace("-", "")
    confused = bare[3:].replace("0", "O").replace("1", "I")
    full_width = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in reference)
    for written in (
        reference.lower(),
        bare,
        f" {reference} ",
        reference.replace("-", " "),
        confused,
        full_width,
    ):
        assert found(cases, q=written) == {"dongguan"}, written


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", '"', "*", ":*", ")(", "a%b", "' OR 1=1 --"])
def test_bad_input_92_signs_of_a_query_language_are_searched_literally(cases, query):
    assert found(cases, q=query) == set()


def test_bad_input_92_a_text_that_is_too_long_is_said_so(cases):
    with pytest.raises(InputRefused) as refused:
        CaseFilter.strict({"q": "x" * 5000}, Case.objects.all(), None)
    assert "q" in refused.value.errors
    forgiven = CaseFilter.forgiving({"q": "x" * 5000, "state": "received"}, Case.objects.all(), None)
    assert set(forgiven.errors) == {"q"}
    assert [case.pk for case in forgiven.rows] == [cases["dongguan"].pk]


@pytest.mark.parametrize(
    "params",
    [
        {"unknown": "1"},
        {"state": "nonsense"},
        {"category": "XXX"},
        {"due_before": "yesterday"},
        {"q": "a\x00b"},
        {"created_after": "0000-00-00"},
        {"division": "9" * 400},
        {"office": "'"},
    ],
)
def test_a_program_is_told_what_is_wrong_and_a_page_leaves_it_out(cases, params):
    forgiven = CaseFilter.forgiving(params, Case.objects.all(), None)
    assert forgiven.rows.count() in (0, 3)
    if params == {"q": "a\x00b"}:
        return  # cleaned, not refused: a program's text goes through the same cleaning
    with pytest.raises(InputRefused):
        CaseFilter.strict(params, Case.objects.all(), None)


def test_only_offered_orders_are_taken():
    assert CaseFilter.api_ordering(None) == ("due_on", "id")
    assert CaseFilter.api_ordering("-received_at") == ("-received_at", "-id")
    with pytest.raises(InputRefused):
        CaseFilter.api_ordering("password")
