import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.clean import MAX_MARKS, UnusableText, clean_line, clean_text
from text.fields import CleanCharField

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    text = text.encode("utf-8", "replace").decode()
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)


@given(st.text(alphabet="ae \u0301\u0327\u200d\ufe0f\u2764\U0001f468\U0001f3fb\n\t\u3000\u1100\u1161"))
def test_cleaning_twice_changes_nothing_where_marks_and_joiners_meet(text):
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text())
def test_what_is_left_can_be_stored_and_exported(text):
    clean = clean_text(text.encode("utf-8", "replace").decode())
    for char in clean:
        assert char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")


def test_bad_input_02_spaces_of_any_width_are_empty():
    assert clean_text(" " * 60) == ""
    assert clean_text("\u3000\u3000") == ""


@pytest.mark.parametrize("blank", ["\u200b\u200b", "\ufeff", "\u2060", "\u3164", "\ufe0f", "\u2800"])
def test_bad_input_03_zero_width_only_is_empty(blank):
    assert clean_text(blank) == ""


def test_bad_input_04_line_ends_count_once():
    typed = "\r\n".join(["x" * 79] * 50)
    assert len(clean_text(typed)) == 79 * 50 + 49


def test_bad_input_07_joined_emoji_stay_joined_and_stray_joiners_go():
    assert clean_text(FAMILY * 400) == FAMILY * 400
    assert clean_text("a\u200db\u200c") == "ab"


def test_bad_input_08_nul_is_stripped():
    assert clean_text("a\x00b") == "ab"


def test_bad_input_09_half_a_character_is_refused():
    with pytest.raises(UnusableText) as refused:
        clean_text("a\ud800")
    assert refused.value.code == "surrogate"


def test_bad_input_10_controls_are_stripped():
    assert clean_text("\x1b[31mred\x0b\x85") == "[31mred"


def test_bad_input_11_bidirectional_controls_are_removed():
    assert clean_text("user\u202emoc.live\u202c") == "usermoc.live"


def test_bad_input_20_marks_on_one_letter_are_limited():
    clean = clean_text("a" + "\u0308" * 20_000 + "b")
    assert clean.endswith("b")
    assert sum(unicodedata.combining(char) > 0 for char in clean) <= MAX_MARKS


def test_bad_input_23_a_name_is_kept_as_typed():
    name = "O’Neill-Łukasz 陳大文 (Tai-man) Ⅷ"
    assert clean_line(name) == name


@pytest.mark.parametrize("name", ["null", "undefined", "None", "True", "NaN"])
def test_bad_input_25_words_of_programmers_are_names_too(name):
    assert CleanCharField().clean(name) == name


def test_bad_input_26_brackets_are_kept_as_typed():
    assert clean_line("（深圳）有限公司") == "（深圳）有限公司"


def test_bad_input_27_the_other_script_is_stored_unchanged():
    assert clean_text("简体字和繁體字") == "简体字和繁體字"


def test_a_line_has_no_line_ends():
    assert clean_line("one\r\n\ttwo") == "one two"
