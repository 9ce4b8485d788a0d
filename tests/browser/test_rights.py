"""What a business may ask for its data, in a real browser: on a phone, without JavaScript, in three languages."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from look.languages import LANGUAGES
from tests.browser.test_journey import Officer
from tests.browser.test_live import enter


@pytest.fixture
def case(site):
    return next(site.cases)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_the_pages_about_ones_data_fit_a_phone_and_have_no_accessibility_fault(site, browser, case, language):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = enter(site, context, case, language.code)
    for rest in ("your-data/", "request_erasure/"):
        page.goto(f"{site.address}/{language.code}/track/{case[0]}/{rest}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), rest
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], rest
    context.close()


def test_without_javascript_the_copy_is_handed_out_and_the_request_is_made(site, browser, case, tmp_path):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = enter(site, context, case)
    page.click(f"a[href='/en/track/{case[0]}/your-data/']")
    page.check("input[value=json]")
    page.fill("#id_code", case[1])
    with page.expect_download(timeout=15_000) as waiting:
        page.click("main form button.govuk-button")
    kept = tmp_path / "copy.json"
    waiting.value.save_as(kept)
    assert json.loads(Path(kept).read_text())["reference"] == case[0]
    page.click(f"a[href='/en/track/{case[0]}/request_erasure/']")
    page.click("main form button.govuk-button")
    page.wait_for_url(f"**/track/{case[0]}/")
    assert "You asked us to erase your personal data" in page.inner_text("#updates")
    context.close()


def test_the_pages_on_which_officers_write_texts_fit_a_phone_and_have_no_accessibility_fault(site, browser):
    amina = Officer(browser, site, "en", "amina")
    page = amina.page
    page.set_viewport_size({"width": 360, "height": 740})
    for rest in ("", "all.can/"):
        page.goto(f"{site.address}/en/cases/guidance/{rest}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), rest
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], rest
    page.fill("#id_text_en", "We can write to the authority.")
    page.click("main form button.cw-btn--main")
    page.wait_for_load_state()
    assert "Your words wait for a supervisor" in page.inner_text("main")
    page.context.close()
