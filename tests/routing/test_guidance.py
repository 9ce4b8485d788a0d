"""Texts about a subject: loaded whole, changed by administrators, flagged where a translation lags behind."""

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from opencc import OpenCC

from jobs.clock import this_moment
from routing import guidance_file, kept
from routing.guidance import advice_for, advice_on
from routing.models import Category, Guidance
from tests.test_translations import HAN, SHARED

pytestmark = [pytest.mark.both, pytest.mark.django_db]
DAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _anew(reread_reference):
    pass


def of(code):
    return Category.objects.select_related("parent").get(pk=code)


def test_every_main_subject_says_what_can_and_cannot_be_done_in_three_languages():
    for main in Category.objects.filter(parent=None):
        for language in ("en", "zh-hant", "zh-hans"):
            own = advice_on(main, DAY, language)
            assert own["can"], main.code
            assert own["cannot"], main.code


def test_every_text_is_authored_three_times_with_a_source_and_a_day():
    for row in guidance_file.rows():
        texts = [row[f"text_{key}"] for key in ("en", "zh_hant", "zh_hans")]
        assert all(0 < len(text) <= 600 for text in texts), row["code"]
        assert len(set(texts)) == 3, row["code"]
        assert row["source"], row["code"]
        assert row["as_of"] <= DAY, row["code"]


@pytest.mark.parametrize(("key", "conversion"), [("zh_hant", "s2hk"), ("zh_hans", "hk2s")])
def test_no_text_holds_a_character_of_the_other_script(key, conversion):
    convert = OpenCC(conversion).convert
    for row in guidance_file.rows():
        text = row[f"text_{key}"] + row[f"cited_{key}"]
        wrong = {char for char in HAN.findall(text) if char not in SHARED and convert(char) != char}
        assert not wrong - set("稅說脫閱銳悅戶啟眾溫"), row["code"]


def test_what_is_not_confirmed_is_not_shown_until_an_administrator_confirms_it(admin_client):
    assert not any("six months" in one.text for one in advice_on(None, DAY, "en")["time_limit"])
    row = Guidance.objects.get(pk="LAB.hotline")
    assert not row.confirmed
    assert "hotline" not in advice_on(of("LAB"), DAY, "en")
    posted(admin_client, row, confirmed="on")
    assert "12333" in advice_on(of("LAB"), DAY, "en")["hotline"][0].text
    assert LogEntry.objects.filter(object_id="LAB.hotline").exists()


def test_a_text_holds_between_its_days():
    Guidance.objects.filter(pk="TAX.can").update(valid_until=DAY - timedelta(days=1))
    kept.forget()
    assert "can" not in advice_on(of("TAX"), DAY, "en")
    assert "can" in advice_on(of("TAX"), DAY - timedelta(days=1), "en")


def test_the_nearest_text_comes_first():
    cannot = [one.text for one in advice_for(of("DIS-2"), DAY, "en")["cannot"]]
    assert cannot[0].startswith("A dispute with a customer")
    assert cannot[1].startswith("We do not refer disputes about private contracts")
    assert cannot[2].startswith("We have no power")


def posted(client, row, **changes):
    fields = ["kind", "position", "text_en", "text_zh_hant", "text_zh_hans", "cited_en", "cited_zh_hant"]
    fields += ["cited_zh_hans", "as_of", "source"]
    data = {name: getattr(row, name) for name in fields} | {"category": row.category_id or ""}
    if row.confirmed:
        data["confirmed"] = "on"
    answer = client.post(f"/admin/routing/guidance/{row.pk}/change/", data | changes)
    assert answer.status_code == 302, answer.text[-3000:]


def test_a_change_of_the_english_makes_the_translations_older_until_they_follow(admin_client):
    row = Guidance.objects.get(pk="TAX.can")
    assert row.older_languages() == []
    posted(admin_client, row, text_en="We can ask the tax authority.")
    row.refresh_from_db()
    assert row.older_languages() == ["zh-hant", "zh-hans"]
    assert not advice_on(of("TAX"), DAY, "en")["can"][0].older
    assert advice_on(of("TAX"), DAY, "zh-hant")["can"][0].older
    posted(admin_client, row, text_zh_hant="我們可以向稅務機關查詢。")
    row.refresh_from_db()
    assert row.older_languages() == ["zh-hans"]
    listed = admin_client.get("/admin/routing/guidance/?older=1").text
    assert "TAX.can" in listed
    assert "CUS.can" not in listed
    action = {"action": "translations_checked", "_selected_action": ["TAX.can"]}
    assert admin_client.post("/admin/routing/guidance/", action).status_code == 302
    row.refresh_from_db()
    assert row.older_languages() == []
    assert LogEntry.objects.filter(object_id="TAX.can").count() == 3


def test_all_three_changed_together_are_of_one_age(admin_client):
    row = Guidance.objects.get(pk="TAX.can")
    posted(admin_client, row, text_en="One.", text_zh_hant="一。", text_zh_hans="壹。")
    row.refresh_from_db()
    assert row.older_languages() == []
    assert row.settled_en <= this_moment()


def test_the_list_tells_which_translation_is_older(admin_client):
    Guidance.objects.filter(pk="TAX.can").update(settled_en=this_moment())
    page = admin_client.get("/admin/routing/guidance/?q=TAX.can").text
    assert '<td class="field-older">繁體中文, 简体中文</td>' in page
