from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from text.fields import CleanCharField, DayField

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


class Concern(forms.Form):
    text = CleanCharField(max_length=4000, multiline=True)


def test_bad_input_04_exactly_the_limit_with_line_ends_is_accepted():
    typed = "\r\n".join(["x" * 79] * 50)
    assert Concern({"text": typed + "y" * (4000 - 3999)}).is_valid()


def test_bad_input_05_one_too_many_names_the_number_and_keeps_the_text():
    form = Concern({"text": "x" * 4001})
    assert not form.is_valid()
    assert form.errors["text"] == ["Your text is 1 character too long. The limit is 4000 characters."]
    assert form["text"].value() == "x" * 4001


def test_bad_input_06_astral_characters_count_once():
    assert Concern({"text": "𨋢" * 4000}).is_valid()


def test_bad_input_07_emoji_families_count_by_code_point():
    assert Concern({"text": FAMILY * 800}).is_valid()
    form = Concern({"text": FAMILY * 2000})
    assert form.errors["text"] == ["Your text is 6000 characters too long. The limit is 4000 characters."]


@pytest.mark.parametrize("typed", ["", "   ", "\u3000", "\u200b\u200b"])
def test_bad_input_02_and_03_what_looks_empty_is_empty(typed):
    assert Concern({"text": typed}).errors.as_data()["text"][0].code == "required"


def test_bad_input_08_nul_does_not_fail():
    form = Concern({"text": "a\x00b"})
    assert form.is_valid()
    assert form.cleaned_data["text"] == "ab"


def test_bad_input_09_half_a_character_is_an_error_that_can_be_shown():
    form = Concern({"text": "a\ud800"})
    assert form.errors.as_data()["text"][0].code == "surrogate"
    str(form).encode("utf-8")


def test_bad_input_24_a_name_of_201_code_points_is_an_error_with_the_limit():
    with pytest.raises(ValidationError) as refused:
        CleanCharField(max_length=200).clean("名" * 201)
    assert refused.value.messages == ["Your text is 1 character too long. The limit is 200 characters."]


def test_the_browser_is_not_told_to_cut():
    assert "maxlength" not in str(Concern()["text"])


@pytest.mark.parametrize(
    ("language", "typed"),
    [
        ("en", "5/9/2026"),
        ("en", "５／９／２０２６"),
        ("en", "5 September 2026"),
        ("en", "5 Sep 2026"),
        ("en", "2026-09-05"),
        ("zh-hant", "2026年9月5日"),
        ("zh-hant", "２０２６年９月５日"),
        ("zh-hans", "2026 年 9 月 5 日"),
        ("zh-hans", "2026/9/5"),
        ("zh-hans", "2026-9-5"),
    ],
)
def test_bad_input_52_53_a_day_is_read_as_the_language_writes_it(language, typed):
    with translation.override(language):
        assert DayField().clean(typed) == date(2026, 9, 5)


@pytest.mark.parametrize(
    "typed", ["31/2/2026", "29/2/2025", "13/13/2026", "9/25/2026", "5/9/26", "5/9/20266", "soon"]
)
def test_bad_input_55_a_day_that_does_not_exist_is_an_error_with_an_example(typed):
    with pytest.raises(ValidationError, match="like 22/11/2026"):
        DayField().clean(typed)
