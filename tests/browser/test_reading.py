"""The reading pages in a real browser: no accessibility fault, nothing to scroll sideways, nothing refused."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from look.languages import LANGUAGES

PAGES = ["", "guidance/", "guidance/DIS/", "privacy/", "accessibility/", "cookies/", "not-there/"]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_reading_pages_have_no_accessibility_fault_and_fit_320_pixels(site, browser, language):
    for width in (320, 1280):
        page = browser.new_page(viewport={"width": width, "height": 800})
        refused = []
        page.on("console", lambda said, to=refused: to.append(said.text) if "Refused" in said.text else None)
        for address in PAGES:
            page.goto(f"{site.address}/{language.code}/{address}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, width)
            assert page.evaluate("getComputedStyle(document.querySelector('.cw-brand svg')).width") == "36px"
            assert not refused
            found = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], address
        page.close()


def test_the_skip_link_is_the_first_thing_a_keyboard_meets(site, browser):
    page = browser.new_page()
    page.goto(f"{site.address}/en/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.close()
