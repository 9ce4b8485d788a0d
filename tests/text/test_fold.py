import pytest

from text.clean import clean_line
from text.fold import bigrams, company_fold, digits, fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("東莞", "东莞"),
        ("ＤＯＮＧＧＵＡＮ", "dongguan"),
        ("復議", "覆議"),
        ("複議", "复议"),
        ("帳戶", "賬户"),
        ("衞生", "卫生"),
        ("崑山", "昆山"),
    ],
)
def test_bad_input_27_either_script_finds_the_other(one, other):
    assert fold(one) == fold(other)


def test_folding_twice_changes_nothing():
    for text in ("東莞市復議帳戶", "Straße Ⅷ ㈱", "說話"):
        assert fold(fold(text)) == fold(text)


def test_chinese_is_cut_in_pairs_and_latin_in_words():
    assert bigrams("東莞海關 Tax 2026") == ["东莞", "莞海", "海关", "tax", "2026"]
    assert bigrams("稅") == ["税"]
    assert bigrams("，") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("港（深圳）有限公司", "港(深圳)有限公司"),
        ("Harbour Lantern Co., Ltd.", "HARBOUR LANTERN COMPANY LIMITED"),
        ("Harbour Lantern Limited", "harbour  lantern ltd"),
        ("海港有限责任公司", "海港有限公司"),
    ],
)
def test_bad_input_26_one_company_has_one_key(one, other):
    assert company_fold(one) == company_fold(other)


@pytest.mark.parametrize("name", ["𨋢記有限公司", "𡃁仔貿易（深圳）有限公司", "㗎喇製造廠", "鱲魚涌鑥業"])
def test_bad_input_23_26_a_company_with_rare_characters_keeps_them_and_is_found_in_either_width(name):
    narrow = name.replace("（", "(").replace("）", ")")
    assert clean_line(name) == name
    assert company_fold(narrow) == company_fold(name) != company_fold(name[1:])
    assert bigrams(narrow) == bigrams(name)
    assert any(fold(name[0]) in term for term in bigrams(name))


@pytest.mark.parametrize("brackets", ["()", "（）", "﹙﹚", "⟮⟯", "〔〕", "【】", "[]", "［］"])
def test_bad_input_26_brackets_of_any_kind_and_width_do_not_count(brackets):
    name = f"港灣{brackets[0]}深圳{brackets[1]}有限公司"
    assert company_fold(name) == company_fold("港灣(深圳)有限公司")


def test_a_name_that_ends_in_co_is_not_cut():
    assert company_fold("Cisco Ltd") != company_fold("Cis Ltd")


def test_digits_of_any_width_become_plain():
    assert digits("９１２３ ４５６７") == "9123 4567"
    assert digits("٣") == "3"
