"""Journeys by keyboard alone: J1 file, J2 save and resume, J3 follow and answer, J8 another language (trust.md section 4).

At each stop of the focus it is looked whether it can be seen, and whether something else lies over it.
"""

import re

import pytest
from playwright.sync_api import TimeoutError

from tests.papers import a_pdf

#: What the element in focus looks like: whether there is a mark, and whether it is on top where it stands.
STOP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  one.scrollIntoView({ block: "nearest" });
  const label = one.labels?.[0];
  const box = (one.type === "radio" || one.type === "checkbox" ? label ?? one : one).getBoundingClientRect();
  const marked = [one, label, label && getComputedStyle(label, "::before"), one.closest("label, div")].some((it) => {
    if (!it) return false;
    const style = it instanceof Element ? getComputedStyle(it) : it;
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return outlined || style.boxShadow !== "none";
  });
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 12));
  const over = top && !(one.contains(top) || top.contains(one) || label?.contains(top));
  return { tag: one.outerHTML.slice(0, 160), marked, over: over ? top.outerHTML.slice(0, 120) : "" };
}"""


class Keyboard:
    """A person without a mouse."""

    def __init__(self, browser, site, language):
        self.at = f"{site.address}/{language}/"
        self.page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self.page.set_default_timeout(10_000)

    def opens(self, path):
        self.page.goto(self.at + path)
        return self

    def tab_to(self, selector, back=False):
        """Tab until the element is reached; everything on the way can be seen."""
        for _stop in range(90):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            stop = self.page.evaluate(STOP)
            if stop is not None:
                assert stop["marked"], f"no mark of focus on {stop['tag']}"
                assert not stop["over"], f"{stop['over']} lies over {stop['tag']}"
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return self
        raise AssertionError(f"Tab does not lead to {selector} on {self.page.url}")

    def press(self, key):
        self.page.keyboard.press(key)
        return self

    def enters(self, words):
        self.page.keyboard.type(words)
        return self

    def chooses(self, name, value):
        """A choice of a group of radios: Tab into the group, arrows to the choice."""
        self.tab_to(f"[name={name}]")
        for _choice in range(30):
            if self.page.evaluate("v => document.activeElement.value === v", value):
                return self.press("Space")
            self.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {value}")

    def picks(self, value):
        """An entry of a list, with the arrow."""
        for _entry in range(400):
            if self.page.evaluate("v => document.activeElement.value === v", value):
                return self
            self.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {value}")

    def picks_file(self, document):
        """The chooser of the browser, opened by the key; on a busy machine it may take a second try."""
        for last in (False, False, True):
            try:
                with self.page.expect_file_chooser(timeout=6_000) as chooser:
                    self.press("Space")
                return chooser.value.set_files(document)
            except TimeoutError:
                if last:
                    raise
        return None

    def goes_on(self, to):
        """Enter on the main button of the form."""
        self.tab_to("main form button.govuk-button:not(.govuk-button--secondary)").press("Enter")
        self.page.wait_for_url(re.compile(to))
        return self

    def answers_up_to_the_words(self):
        self.opens("concerns/new/for-whom/").chooses("for_whom", "own").goes_on("/where/")
        self.tab_to("[name=province]").picks("440000").tab_to("[name=city]").picks("441900")
        self.goes_on("/category/").chooses("main", "CUS").goes_on("/category/")
        self.page.wait_for_selector("[name=category]")
        return self.chooses("category", "CUS-1").goes_on("/what-happened/")


@pytest.fixture
def keyboard(browser, site):
    made = []

    def sit_down(language):
        made.append(Keyboard(browser, site, language))
        return made[-1]

    yield sit_down
    for one in made:
        one.page.context.close()


def test_j1_a_concern_with_a_document_and_an_error_is_filed(keyboard, tmp_path):
    document = tmp_path / "letter.pdf"
    document.write_bytes(a_pdf())
    me = keyboard("en").opens("concerns/new/for-whom/")
    # The first stop leads past the head of the page.
    me.press("Tab").press("Enter")
    assert me.page.evaluate("document.activeElement.id") == "main"
    me.tab_to("main form button.govuk-button:not(.govuk-button--secondary)").press("Enter")
    me.page.wait_for_selector(".govuk-error-summary")
    assert me.page.evaluate("document.activeElement.matches('.govuk-error-summary')")
    me.tab_to(".govuk-error-summary a").press("Enter")
    assert me.page.evaluate("document.activeElement.name") == "for_whom"
    me.answers_up_to_the_words()
    me.tab_to("[name=text]").enters("Our goods have been held since 3 November.").goes_on("/when/")
    me.tab_to("[name=unsure]").press("Space").goes_on("/authority/").goes_on("/proceedings/")
    me.chooses("proceedings", "none").goes_on("/wanted/").goes_on("/evidence/")
    me.tab_to("[type=file]")
    me.picks_file(document)
    me.tab_to("[name=_add]").press("Enter")
    me.page.wait_for_selector(".cw-docs >> text=letter.pdf")
    me.goes_on("/sharing/").chooses("sharing", "office_only").goes_on("/about-you/")
    me.chooses("kind", "individual").tab_to("[name=name]").enters("Ho Siu-ming").goes_on("/contact/")
    me.goes_on("/check/")
    assert "letter.pdf" in me.page.inner_text("main")
    me.goes_on("/done/")
    assert "HKC-" in me.page.inner_text("h1 ~ strong, .cw-slip__ref")


def test_j2_a_form_is_saved_and_goes_on_elsewhere_with_its_code(keyboard):
    me = keyboard("zh-hant").answers_up_to_the_words()
    me.tab_to("[name=text]").enters("貨物被扣。").tab_to("[name=_save]").press("Enter")
    me.page.wait_for_url("**/resume/?saved=1")
    me.tab_to("[name=_new_code]").press("Enter")
    me.page.wait_for_selector(".govuk-inset-text .cw-ref")
    code = me.page.inner_text(".govuk-inset-text .cw-ref")
    other = keyboard("zh-hant").opens("concerns/resume/")
    other.tab_to("[name=code]").enters(code).press("Enter")
    other.page.wait_for_url("**/what-happened/")
    assert other.page.input_value("[name=text]") == "貨物被扣。"


def test_j3_a_concern_is_followed_answered_and_its_sharing_changed(keyboard, site):
    reference, code = next(site.cases)
    me = keyboard("zh-hans").opens("track/")
    me.tab_to("[name=reference]").enters(reference).tab_to("[name=code]").enters(code).press("Enter")
    me.page.wait_for_url(f"**/track/{reference}/")
    me.tab_to("#reply textarea").enters("编号是 2026-1187。")
    me.tab_to("#reply button.govuk-button:not(.govuk-button--secondary)")
    while not me.page.evaluate(
        "document.activeElement.matches('#reply form > .cw-buttons button, #reply .cw-buttons button')"
    ):
        me.tab_to("#reply button")
    me.press("Enter")
    me.page.wait_for_selector(".cw-notice--done, .cw-notice")
    assert "编号是 2026-1187。" in me.page.inner_text("#updates")
    me.tab_to(f"a[href$='{reference}/set_sharing/']").press("Enter")
    me.page.wait_for_url("**/set_sharing/")
    me.chooses("sharing", "anonymous")
    me.tab_to("main form button.govuk-button:not(.govuk-button--secondary)").press("Enter")
    me.page.wait_for_url(f"**/track/{reference}/")
    assert "我不想提供姓名" in me.page.inner_text("main")


def test_j8_another_language_in_the_middle_of_the_form_keeps_the_words(keyboard):
    me = keyboard("en").answers_up_to_the_words()
    me.tab_to("[name=text]").enters("Held since 3 November.")
    me.tab_to("[name=_lang][value=zh-hant]", back=True).press("Enter")
    me.page.wait_for_url("**/zh-hant/concerns/new/what-happened/")
    assert me.page.input_value("[name=text]") == "Held since 3 November."
    assert me.page.get_attribute("html", "lang") == "zh-Hant-HK"
