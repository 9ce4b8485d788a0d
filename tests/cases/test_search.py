"""Search: the same on both databases, whole, at once, and never of what a person may not see."""

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import indexing
from cases.models import Case, NameKey, Reading, SearchText
from cases.permissions import Actor
from cases.searching import search
from cases.states import State
from tests.cast import make_case, move, sent_referral
from text.clean import clean_line
from text.fold import fold
from text.terms import asked_of, terms_of

pytestmark = [pytest.mark.both, pytest.mark.django_db]

TEXT = "增值稅退稅延誤，Lot-4471 海關估價（復議）。 Dongguan Houjie 的貨物 café"


@pytest.fixture
def case(cast):
    return make_case(
        State.ASSESSING,
        cast,
        text=TEXT,
        name="Ho Siu Ming",
        company="Lucky Lantern Toys (Shenzhen) Co., Ltd",
        registration_no="DEMO-778899",
        email="lantern@example.invalid",
    )


def found(who, query):
    return [hit.pk for hit in search(who, query).hits]


def at(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "query",
    [
        "退稅", "退税", "税", "关", "海关估价", "海關估價", "复议", "覆議", "ＬＯＴ", "4471", "lot 4471", "hou", "延誤 海关",
        "Dongguan", "東莞", "广东", "guangdong", "CAFÉ", "(复议)", "【復議】",
    ],
)  # fmt: skip
def test_words_in_any_script_width_and_order_are_found(case, cast, query):
    assert found(cast.amina, query) == [case.pk]


@pytest.mark.parametrize(
    "query",
    ["", " ", "退延", "退值", "估价税", "ongguan", "lo", "447", "%", "_", "'", '"', "*", ":*", ")(", "\\", "a&b|!c", "NEAR(a b)", "terms:x", "-退税x"],
)  # fmt: skip
def test_what_is_not_there_and_signs_of_a_query_language_find_nothing(case, cast, query):
    expected = [case.pk] if query == "447" else []
    assert found(cast.amina, query) == expected


def test_every_kind_of_words_is_found_from_its_move_on(case, cast):
    move(case, "add_note", cast.staff("amina"), text="zqnote 內部")
    move(case, "send_message", cast.staff("amina"), text="zqmessage 已收到")
    move(case, "correct", cast.staff("amina"), title="zqtitle", reason="a better one")
    for word in ("zqnote", "内部", "zqmessage", "已收到", "zqtitle", "退税"):
        assert found(cast.amina, word) == [case.pk], word


def test_a_letter_is_found_by_its_number_and_words(cast):
    referral = sent_referral(make_case(State.ASSESSING, cast), cast)
    assert found(cast.amina, referral.letter.text_number) == [referral.case_id]
    assert found(cast.amina, referral.letter.version.subject) == [referral.case_id]


def test_nobody_finds_what_they_may_not_see(case, cast):
    assert found(cast.bo, "退税") == []
    assert found(cast.olivia, "退税") == []
    assert found(cast.hana, "退税") == [case.pk]
    page = at(cast.bo).get("/en/cases/search/", {"q": "退税"}).text
    assert case.reference not in page and "1 case" not in page
    assert at(cast.olivia).get("/en/cases/search/", {"q": "退税"}).status_code == 403


# --- names ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "query",
    [
        "Lucky Lantern Toys (Shenzhen) Co., Ltd", "lucky lantern toys（ｓｈｅｎｚｈｅｎ） limited", "Lucky Lantern Toys", "Lucky Lantern Toys Ltd.",
        "Ho Siu Ming", "DEMO-778899", "LANTERN@example.invalid",
    ],
)  # fmt: skip
def test_a_whole_name_finds_the_case_for_its_office_and_is_written_down(case, cast, query):
    assert found(cast.amina, query) == [case.pk]
    assert found(cast.hana, query) == [case.pk]
    assert found(cast.bo, query) == []
    page = at(cast.amina).get("/en/cases/search/", {"q": query})
    assert "found by its name" in page.text
    assert Reading.objects.get(case=case).what == "name search"


def test_parts_of_names_find_nothing_and_no_name_stands_in_the_index(case, cast):
    for query in ("Lucky", "Lantern", "Siu Ming", "778899"):
        assert found(cast.amina, query) == []
    held = SearchText.objects.get(case=case)
    assert "lantern" not in held.folded
    assert all(len(key) == 64 for key in NameKey.objects.values_list("key", flat=True))


def test_another_office_that_sees_the_case_does_not_find_it_by_name(case, cast):
    Case.objects.filter(pk=case.pk).update(co_office="SHETO")
    assert found(cast.bo, "退税") == [case.pk]
    assert found(cast.bo, "Ho Siu Ming") == []


def test_a_business_that_gives_its_name_no_more_is_not_found_by_it(case, cast):
    Case.objects.filter(pk=case.pk).update(sharing="anonymous")
    assert found(cast.amina, "Ho Siu Ming") == []


def test_a_new_address_is_found_and_the_old_one_is_not(case, cast):
    move(
        case,
        "set_contact",
        Actor.business(case),
        email="new@example.invalid",
    )
    assert found(cast.amina, "new@example.invalid") == [case.pk]
    assert found(cast.amina, "lantern@example.invalid") == []


# --- kept true --------------------------------------------------------------------------------------
def test_what_is_forgotten_is_not_found(case, cast):
    indexing.forget(case)
    assert found(cast.amina, "退税") == found(cast.amina, "Ho Siu Ming") == []


def test_everything_made_anew_finds_the_same(case, cast):
    move(case, "add_note", cast.staff("amina"), text="zqnote 內部")
    before = {word: found(cast.amina, word) for word in ("zqnote", "退税", "Ho Siu Ming", "东莞")}
    indexing.forget(case)
    call_command("reindex", verbosity=0)
    assert {word: found(cast.amina, word) for word in before} == before
    assert all(before.values())


def test_a_title_comes_before_other_words_and_the_newest_first_among_equals(cast):
    said = make_case(State.RECEIVED, cast, text="Goods are held.\nThe valuation is wrong.")
    titled = make_case(State.RECEIVED, cast, text="Valuation of our goods")
    newest = make_case(State.RECEIVED, cast, text="Goods are held again.\nThat valuation!")
    assert found(cast.amina, "valuation") == [titled.pk, newest.pk, said.pk]


# --- the page ---------------------------------------------------------------------------------------
def test_a_reference_goes_to_its_case_however_it_is_written(case, cast):
    written = case.reference.lower().replace("-", " ")
    answer = at(cast.amina).get("/en/cases/search/", {"q": written})
    assert answer.status_code == 302 and answer.url == f"/en/cases/{case.reference}/"
    assert case.reference not in at(cast.bo).get("/en/cases/search/", {"q": written}).text.replace(
        written, ""
    )


def test_the_words_are_shown_marked_and_escaped(cast):
    case = make_case(State.RECEIVED, cast, text="Our goods.\n<b>海關</b> holds them <script>")
    page = at(cast.amina).get("/zh-hans/cases/search/", {"q": "海关"}).text
    assert "<mark>海關</mark>" in page and "<b>海" not in page and case.reference in page


def test_bad_input_92_too_long_a_query_is_said_and_kept(cast):
    typed = "x" * 5000
    answer = at(cast.amina).get("/en/cases/search/", {"q": typed})
    assert answer.status_code == 422 and typed in answer.text and "search-error" in answer.text
    assert at(cast.amina).get("/en/cases/search/", {"q": "a\x00b"}).status_code in (200, 422)


def test_as_many_queries_for_many_as_for_one(cast, django_assert_max_num_queries):
    for number in range(12):
        make_case(State.RECEIVED, cast, text=f"Valuation {number}")
    client = at(cast.amina)
    with django_assert_max_num_queries(14):
        assert client.get("/en/cases/search/", {"q": "valuation"}).text.count("data-case=") == 12


# --- any text ---------------------------------------------------------------------------------------
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Z", "S"]), max_size=60),
    data=st.data(),
)
def test_any_words_of_a_text_are_asked_for_as_they_are_held(text, data):
    """Every word of a text is held by the text's own terms."""
    held = terms_of(text)
    words = fold(text).split()
    word = data.draw(st.sampled_from(words)) if words else ""
    asked = asked_of(word)
    assert set(asked.whole) <= set(held)
    assert all(any(term.startswith(start) for term in held) for start in asked.beginnings)
    assert all(phrase in fold(text) for phrase in asked.phrases)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    said=st.text(st.sampled_from("海關税务復議AB12é，。 -'\"*:()&|!\\%_한국ไทย🙂"), min_size=1, max_size=40)
)
def test_any_note_is_found_by_itself_on_either_database(case, cast, said):
    said = clean_line(said)
    SearchText.objects.filter(case=case).update(**indexing.row_of([said]))
    assert bool(found(cast.amina, said)) == bool(asked_of(said))
    assert not found(cast.bo, said)
