"""Every page of the business in its states, in three languages, looked at by a browser (issue 5, Accessibility)."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.look.drawn import LANGUAGES, TAGS, draw_everything
from tests.look.stage import ORIGIN, STATIC

#: For a database at all; none of the tests asks it.
pytestmark = pytest.mark.django_db

#: Text that its own box cuts off, and words of buttons and tags that reach beyond it.
CUT = """() => [...document.querySelectorAll("main *, header *, footer *")].filter((e) => {
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  if (box.width < 2 || box.height < 2 || e.closest(".govuk-visually-hidden, svg, select, option, textarea, input, [hidden]")) return false;
  const said = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!said || style.display === "inline") return false;
  const hides = style.overflowX !== "visible" || style.overflowY !== "visible";
  const held = e.matches("button, .govuk-button, .cw-tag, .cw-new, .cw-scan, .cw-nb, .cw-ref, h1, h2, h3, dt, label");
  return (hides || held) && (e.scrollWidth > e.clientWidth + 1 || (hides && e.scrollHeight > e.clientHeight + 1));
}).map((e) => e.outerHTML.slice(0, 160))"""
#: Whether the element with the focus can be told from its neighbours.
SEEN = """(e) => { const s = getComputedStyle(e);
  return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none"; }"""


@pytest.fixture(scope="module", autouse=True)
def _beside_a_browser():
    """The loop of the browser stands in this thread; Django would take opening a connection beside it for a mistake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(scope="module")
def drawn(django_db_setup, django_db_blocker):
    """Nothing of it stays in the database."""
    with django_db_blocker.unblock(), transaction.atomic():
        pages = draw_everything()
        transaction.set_rollback(True)
    return pages


class Eye:
    """One browser page that shows what was drawn."""

    def __init__(self, chromium):
        self.page = chromium.new_context(viewport={"width": 320, "height": 700}).new_page()
        self.html = ""
        self.page.route("**/*", self._answer)

    def _answer(self, route):
        path = route.request.url.removeprefix(ORIGIN)
        if not path.startswith("/static/"):
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
        elif (file := STATIC / path.removeprefix("/static/")).is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404)

    def show(self, one):
        self.html = one.html
        self.page.goto(ORIGIN + one.address)
        return self.page


@pytest.fixture(scope="module")
def chromium(drawn):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def eye(chromium):
    eye = Eye(chromium)
    yield eye
    eye.page.context.close()


def of(drawn, state, language="en"):
    return next(one for one in drawn if (one.state, one.language) == (state, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_in_no_state_has_a_fault_scrolls_sideways_or_loses_words_at_twice_the_size(
    drawn, eye, language
):
    problems = []
    for one in drawn:
        if one.language != language:
            continue
        page = eye.show(one)
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            problems.append((str(one), "wider than 320"))
        for fault in Axe().run(page).response["violations"]:
            problems.append((str(one), fault["id"], fault["nodes"][0]["html"][:200]))
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.set_viewport_size({"width": 640, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > 640:
            problems.append((str(one), "twice the size is wider than the screen"))
        problems += [(str(one), "cut", words) for words in page.evaluate(CUT)]
        page.set_viewport_size({"width": 320, "height": 700})
    assert problems == [], "\n".join(map(str, problems))


def test_in_forced_colours_the_focus_the_buttons_and_the_progress_are_still_seen(drawn, eye):
    page = eye.page
    page.emulate_media(forced_colors="active")
    eye.show(of(drawn, "followed, referred"))
    edges = "e => { const s = getComputedStyle(e); return s.borderTopStyle !== 'none' && parseFloat(s.borderTopWidth); }"
    for kind in (".cw-steps b", "main .govuk-button"):
        places = page.locator(kind)
        assert places.count()
        for number in range(places.count()):
            assert places.nth(number).evaluate(edges), kind
    for _ in range(12):
        page.keyboard.press("Tab")
        here = page.locator(":focus")
        if here.count():
            assert here.evaluate(SEEN), here.evaluate("e => e.outerHTML.slice(0, 200)")


@pytest.mark.parametrize("state", ["followed, awaiting_submitter", "done"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_on_paper_there_is_what_happened_and_when_and_nothing_to_press(drawn, eye, state, language):
    page = eye.show(of(drawn, state, language))
    page.emulate_media(media="print")
    for gone in (".govuk-language-navigation", ".govuk-button", "button", ".cw-live", ".cw-footer"):
        for place in page.locator(gone).all():
            assert not place.is_visible(), (gone, place.evaluate("e => e.outerHTML.slice(0, 200)"))
    words = page.inner_text("main")
    assert re.search(r"HKC-\w{4}-\w{4}", words)
    if state != "done":
        assert page.locator("#updates time").first.is_visible()
    paper = page.pdf()
    assert paper.startswith(b"%PDF") and len(paper) > 10_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_person_typed_is_marked_with_the_language_it_was_typed_in(drawn, eye, language):
    """The check page is in the language of the form; the page of a concern may be read in any."""
    page = eye.show(of(drawn, "check", language))
    typed = page.locator("main .cw-user-text", has_text="货物自11月3日")
    assert typed.get_attribute("lang") == TAGS[language]
    page = eye.show(of(drawn, "followed, awaiting_submitter", language))
    question = page.locator("#reply .cw-user-text")
    assert question.get_attribute("lang") == TAGS["zh-hans"]
    assert page.locator("html").get_attribute("lang") == TAGS[language]
    unmarked = page.locator("main .cw-user-text:not([lang]), main .cw-user-text[lang='']")
    assert unmarked.count() == 0
    for line_break in page.eval_on_selector_all(
        ".cw-user-text", "all => all.map(e => getComputedStyle(e).lineBreak)"
    ):
        assert line_break == "strict"
