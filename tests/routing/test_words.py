"""The administration is in the reader's language down to the names of its fields."""

import re

import pytest
from django.contrib import admin
from django.utils.translation import override

from routing.models import Category, ClockRule

HAN = re.compile(r"[\u3400-\u9fff]")
#: Meant to stay in Latin letters: a language is named in itself.
LATIN = {"English"}


def editable_fields():
    for model in admin.site._registry:
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            if field.editable and not field.auto_created:
                yield field


def unsaid(words):
    return [
        f"{where}: {text}" for where, text in words if text and text not in LATIN and not HAN.search(text)
    ]


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_every_editable_field_has_a_name_in_both_chinese_languages(language):
    with override(language):
        assert not unsaid((str(field), str(field.verbose_name)) for field in editable_fields())


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_every_help_and_every_choice_is_in_both_chinese_languages(language):
    with override(language):
        assert not unsaid((str(field), str(field.help_text)) for field in editable_fields())
        assert not unsaid(
            (str(field), str(label)) for field in editable_fields() for _, label in field.flatchoices
        )


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_every_list_and_every_model_is_headed_in_both_chinese_languages(language):
    with override(language):
        assert not unsaid((model.__name__, str(model._meta.verbose_name)) for model in admin.site._registry)
        assert not unsaid(
            (model.__name__, str(model._meta.verbose_name_plural)) for model in admin.site._registry
        )


@pytest.mark.parametrize(
    ("language", "own"), [("en", "name_en"), ("zh-hant", "name_zh_hant"), ("zh-hans", "name_zh_hans")]
)
def test_a_list_shows_each_name_once_and_in_the_language_of_the_reader(rf, language, own):
    with override(language):
        for model in (Category, ClockRule):
            columns = admin.site.get_model_admin(model).get_list_display(rf.get("/"))
            assert columns[1] == own
            assert len(columns) == len(set(columns))
