"""Two people on one case page in real browsers: each is told of the other, and nothing on the page moves."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_journey import DESK, Officer

LIVE = re.compile(r"\bcw-live--live\b")
PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_two_people_on_one_case_are_told_of_each_other_and_nothing_moves(site, browser, size):
    reference = next(site.cases)[0]
    amina = Officer(browser, site, "en", "amina")
    amina.page.set_viewport_size(size)
    amina.open(reference)
    expect(amina.page.locator("#live-state")).to_have_class(LIVE)
    place = amina.page.locator("[data-presence]")
    expect(place).to_have_text("")
    where = "document.querySelector('h1').getBoundingClientRect().top"
    before = amina.page.evaluate(where)
    wing = Officer(browser, site, "en", "wing")
    wing.open(reference)
    expect(place).to_have_text("Wing is also looking at this case")
    expect(place).to_have_attribute("role", "status")
    expect(wing.page.locator("[data-presence]")).to_have_text("Amina is also looking at this case")
    chi = Officer(browser, site, "en", "chi")
    chi.open(reference)
    expect(place).to_have_text("Chi and Wing are also looking at this case")
    assert amina.page.evaluate(where) == before
    assert amina.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    for other in (wing, chi):
        other.page.context.close()
    expect(place).to_have_text("", timeout=10_000)
    assert amina.page.evaluate(where) == before
    amina.page.context.close()
