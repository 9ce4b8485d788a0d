"""A slow line from the Mainland (issue 5, ux.md): how much a first page is, and the main job at 400 kbit/s."""

import re

import pytest

from tests.browser.test_journey import PHONE, WORDS, Business

#: 400 kbit/s and 300 ms there and back, in the units of Chromium.
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
PAGE, SCRIPTS = 100_000, 40_000


class Line:
    """What came over the line to one page, compressed as it came, by kind of resource."""

    def __init__(self, page):
        self.wire = page.context.new_cdp_session(page)
        self.wire.send("Network.enable")
        self.kinds, self.sizes = {}, {}
        self.wire.on("Network.responseReceived", lambda e: self.kinds.update({e["requestId"]: e["type"]}))
        self.wire.on(
            "Network.loadingFinished",
            lambda e: self.sizes.update({e["requestId"]: e["encodedDataLength"]}),
        )

    def slow(self):
        self.wire.send("Network.emulateNetworkConditions", SLOW)

    def total(self, kind=None):
        return sum(size for key, size in self.sizes.items() if kind in (None, self.kinds.get(key)))


@pytest.mark.parametrize("language", list(WORDS))
def test_the_first_page_and_the_first_question_are_under_100_kb_and_their_scripts_under_40(
    site, browser, language
):
    for path in ("", "concerns/new/for-whom/", "track/", "guidance/"):
        page = browser.new_context(viewport=PHONE).new_page()  # nothing is kept from the page before
        line = Line(page)
        page.goto(f"{site.address}/{language}/{path}", wait_until="networkidle")
        assert 0 < line.total() < PAGE, (path, line.total())
        assert line.total("Script") < SCRIPTS, (path, line.total("Script"))
        page.context.close()


def test_a_concern_is_filed_and_followed_over_a_slow_line(site, browser):
    business = Business(browser, site, "zh-hans")
    business.page.set_default_timeout(60_000)
    business.fits = lambda: None  # looked at over a fast line
    line = Line(business.page)
    line.slow()
    business.file()
    business.follow()
    assert business.problems == []
    assert line.total("Script") < SCRIPTS  # over all pages: what is known is not fetched again
    business.page.context.close()


def test_a_concern_is_filed_and_followed_over_a_slow_line_without_scripts(site, browser):
    business = Business(browser, site, "zh-hant")
    business.page.context.close()
    business.page = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    business.page.set_default_timeout(60_000)
    business.fits = lambda: None
    line = Line(business.page)
    line.slow()
    business.file()
    page = business.page
    page.goto(f"{site.address}/zh-hant/track/")
    page.fill("#id_reference", business.reference)
    page.fill("#id_code", business.code)
    page.click("main button.govuk-button")
    page.wait_for_url(f"**/track/{business.reference}/")
    assert page.locator("#updates > li").count() == 1
    assert line.total("Script") == 0
    assert re.search(r"營商|個案|關注", page.inner_text("body"))
    page.context.close()
