"""Updates on the tracking page in a real browser, through the real server."""

import re
import time

import pytest
from playwright.sync_api import expect

LIVE, POLLING, EXPIRED = (re.compile(rf"\bcw-live--{state}\b") for state in ("live", "polling", "expired"))
NO_SOCKET = "window.WebSocket = class { constructor() { throw new Error('refused'); } };"


@pytest.fixture
def case(site):
    """Reference and code of a case that no other test has touched."""
    return next(site.cases)


def enter(site, context, case, language="en", page=None):
    page = page or context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{site.address}/{language}/track/")
    page.fill("#id_reference", case[0])
    page.fill("#id_code", case[1])
    page.click("main button.govuk-button")
    page.wait_for_url(f"**/track/{case[0]}/")
    return page


def send_message(site, browser, case, *texts):
    """The same business on another device."""
    context = browser.new_context(java_script_enabled=False)
    page = enter(site, context, case)
    for text in texts:
        page.goto(f"{site.address}/en/track/{case[0]}/send_message/")
        page.fill("#id_text", text)
        page.click("main button.govuk-button")
        page.wait_for_url(f"**/track/{case[0]}/")
    context.close()


def watch_announcements(page):
    """Collect what the status region says, as a screen reader would hear it."""
    page.evaluate(
        """() => { window.said = [];
        new MutationObserver(() => { const t = document.getElementById("live").textContent; if (t) window.said.push(t); })
          .observe(document.getElementById("live"), {childList: true, characterData: true, subtree: true}); }"""
    )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", r"New update: You sent a message\. \d{1,2}:\d\d[ap]m"),
        ("zh-hant", r"有新進展：.+。[上下]午\d{1,2}時\d\d分"),
        ("zh-hans", r"有新进展：.+。[上下]午\d{1,2}点\d\d分"),
    ],
)
def test_an_update_arrives_without_reload_is_announced_once_and_a_half_written_reply_is_untouched(
    site, browser, case, language, sentence
):
    context = browser.new_context()
    problems = []
    page = enter(site, context, case, language)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    expect(page.locator("#live-state")).to_have_class(LIVE)
    page.evaluate("window.notReloaded = true")
    watch_announcements(page)
    entries = page.locator("#updates > li")
    before = entries.count()
    page.locator("#id_text").press_sequentially("Half an ans")
    send_message(site, browser, case, "From my phone.")
    expect(entries).to_have_count(before + 1)
    expect(entries.first).to_contain_text("From my phone.")
    expect(entries.first.locator(".cw-new")).to_be_visible()
    assert page.evaluate("window.notReloaded")
    assert page.input_value("#id_text") == "Half an ans"
    assert page.evaluate("document.activeElement.id") == "id_text"
    page.wait_for_timeout(2_500)
    said = page.evaluate("window.said")
    assert len(said) == 1
    assert re.fullmatch(sentence, said[0]), said
    page.locator("#id_text").press_sequentially("wer")
    assert page.input_value("#id_text") == "Half an answer"
    assert not problems
    context.close()


def test_several_updates_are_shown_in_order_and_each_once(site, browser, case):
    context = browser.new_context()
    page = enter(site, context, case)
    expect(page.locator("#live-state")).to_have_class(LIVE)
    send_message(site, browser, case, "One.", "Two.", "Three.")
    expect(page.locator("#updates > li").first).to_contain_text("Three.")
    numbers = page.eval_on_selector_all("#updates > li", "items => items.map(i => Number(i.dataset.seq))")
    assert numbers == list(range(len(numbers), 0, -1))
    context.close()


def test_when_the_socket_is_refused_the_page_polls_and_says_so(site, browser, case):
    context = browser.new_context()
    context.add_init_script(NO_SOCKET)
    page = enter(site, context, case)
    entries = page.locator("#updates > li")
    before = entries.count()
    expect(page.locator("#live-state")).to_have_class(POLLING)
    page.locator("#id_text").fill("Half an answer")
    send_message(site, browser, case, "Seen without a socket.")
    expect(entries).to_have_count(before + 1, timeout=35_000)
    assert page.input_value("#id_text") == "Half an answer"
    context.close()


def test_f20_what_happened_while_the_page_was_offline_is_there_when_it_comes_back(site, browser, case):
    context = browser.new_context()
    page = enter(site, context, case)
    expect(page.locator("#live-state")).to_have_class(LIVE)
    entries = page.locator("#updates > li")
    before = entries.count()
    context.set_offline(True)
    expect(page.locator("#live-state")).to_have_class(re.compile("cw-live--offline"))
    send_message(site, browser, case, "While you were away.")
    context.set_offline(False)
    expect(entries).to_have_count(before + 1)
    expect(page.locator("#live-state")).to_have_class(LIVE)
    context.close()


def test_a_sign_out_in_one_tab_ends_the_updates_in_the_other_and_back_shows_nothing(site, browser, case):
    context = browser.new_context()
    watching = enter(site, context, case)
    expect(watching.locator("#live-state")).to_have_class(LIVE)
    other = context.new_page()
    other.goto(f"{site.address}/en/track/{case[0]}/")
    other.click(".cw-track-head button")
    other.wait_for_url("**/track/?signed_out=1")
    expect(watching.locator("#live-state")).to_have_class(EXPIRED, timeout=10_000)
    other.go_back()
    expect(other.locator("#id_code")).to_be_visible()
    context.close()


def test_without_javascript_the_page_is_complete_and_offers_to_look_again(site, browser, case):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = enter(site, context, case)
    expect(page.locator("#live-state a")).to_be_visible()
    expect(page.locator("#updates > li")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.fill("#id_text", "No. 5200-1234")
    page.click("#reply button.govuk-button")
    expect(page.locator("#updates > li").first).to_contain_text("No. 5200-1234")
    expect(page.locator("#reply form")).to_have_count(0)
    context.close()


def test_opening_a_second_case_in_another_tab_does_not_end_the_updates_of_the_first(site, browser, case):
    context = browser.new_context()
    first = enter(site, context, case)
    expect(first.locator("#live-state")).to_have_class(LIVE)
    enter(site, context, next(site.cases))  # the session gets a new key
    before = first.locator("#updates > li").count()
    send_message(site, browser, case, "Still with you?")
    # Its socket ended with the old key: it connects anew after a moment, and then gathers what is new.
    expect(first.locator("#updates > li")).to_have_count(before + 1, timeout=20_000)
    expect(first.locator("#live-state")).to_have_class(LIVE)
    context.close()


def test_a_page_asks_again_when_its_socket_ends_before_the_new_key_of_the_session_has_arrived(
    site, browser, case
):
    context, elsewhere = browser.new_context(), browser.new_context()
    page = context.new_page()
    sockets = []
    page.on("websocket", lambda socket: sockets.append(socket))
    enter(site, context, case, page=page)
    expect(page.locator("#live-state")).to_have_class(LIVE)
    before = page.locator("#updates > li").count()
    # The answer with the new key on a slow network: the server knows it already, this browser does not.
    elsewhere.add_cookies(context.cookies())
    enter(site, elsewhere, next(site.cases))
    deadline = time.monotonic() + 10
    while not (len(sockets) == 2 and sockets[1].is_closed()):
        assert time.monotonic() < deadline, "the page has not tried the old key"
        page.wait_for_timeout(50)
    context.add_cookies(elsewhere.cookies())
    send_message(site, browser, case, "Still with you?")
    expect(page.locator("#updates > li")).to_have_count(before + 1, timeout=20_000)
    expect(page.locator("#live-state")).to_have_class(LIVE)
    for each in (context, elsewhere):
        each.close()
