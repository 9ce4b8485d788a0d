"""Every page in every language as every role: the browser stops nothing, complains of nothing, asks nobody else.

T15: with words in every column that would run if one place forgot to escape them; all forty in the drill ``payloads``.
"""

import pytest

from tests.browser.walk import LANGUAGES, PAYLOADS, Walk, plant, prepare
from tests.jobs.test_serve import Served
from tests.prepared import fill


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """A running server with hostile words in it, and what ``prepare`` found there."""
    folder = tmp_path_factory.mktemp("data")
    served = Served(folder, "config.settings")
    fill(folder, served.env, tmp_path_factory)
    found = prepare(served)
    plant(served, *range(len(PAYLOADS)))
    served.start()
    yield served, found
    served.stop()


@pytest.mark.parametrize("role", ["nobody", "business", "own", "official", "administrator"])
def test_t15_no_page_runs_breaks_or_asks_for_what_it_should_not(walked, browser, role):
    served, prepared = walked
    walk = Walk(browser, f"http://127.0.0.1:{served.port}")
    languages = LANGUAGES if role in ("nobody", "business") else ("zh-hant",)
    walk.pages(role, prepared["cookies"][role], prepared["pages"][role], languages)
    assert not walk.problems, "\n".join(walk.problems)
    assert walk.opened >= 10


def test_t05_after_signing_out_back_shows_nothing_of_the_case(walked, browser):
    served, prepared = walked
    site = f"http://127.0.0.1:{served.port}"
    context = browser.new_context()
    cookies = prepared["cookies"]["own"]
    context.add_cookies([{"name": n, "value": v, "url": site} for n, v in cookies.items()])
    page = context.new_page()
    page.set_default_timeout(15_000)
    case = next(a for a in prepared["pages"]["own"] if a.startswith("/en/cases/HKC-") and a.count("/") == 4)
    page.goto(site + case)
    reference = case.split("/")[3]
    assert reference in page.inner_text("body")
    page.goto(f"{site}/accounts/logout/")
    page.click("main form button")
    page.wait_for_url("**/accounts/login/**")
    page.go_back()
    page.go_back()
    page.wait_for_load_state()
    assert reference not in page.inner_text("body")
    assert "/accounts/login/" in page.url or "/accounts/logout/" in page.url
    context.close()
