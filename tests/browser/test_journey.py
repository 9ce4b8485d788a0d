"""The main job from the first question to the closed case, in a real browser, in each language.

On the way every page of the business is checked for accessibility faults and sideways scrolling on a phone.

The business keeps its tracking page open the whole time; every step must arrive there without a reload.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_live import LIVE
from tests.cast import PASSWORD
from tests.papers import a_pdf

WORDS = {
    "en": {"text": "Our goods have been held since 3 November.", "status_end": "Closed"},
    "zh-hant": {"text": "我們的貨物自11月3日起被扣，無人說明原因。", "status_end": "已結案"},
    "zh-hans": {"text": "我们的货物自11月3日起被扣，无人说明原因。", "status_end": "已办结"},
}
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


class Business:
    """Somebody with a phone, who files and then keeps the tracking page open."""

    def __init__(self, browser, site, language):
        self.site, self.language = site, language
        self.page = browser.new_context(viewport=PHONE).new_page()
        self.page.set_default_timeout(15_000)
        self.problems, self.looked_at = [], set()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._stays_here)

    def _stays_here(self, request):
        if not request.url.startswith((self.site.address, "data:", "ws://127.0.0.1")):
            self.problems.append(request.url)

    def go_on(self):
        self.fits()
        self.page.click("#step button.govuk-button:not(.govuk-button--secondary)")

    def file(self):
        page, at = self.page, f"{self.site.address}/{self.language}/"
        page.goto(at)
        page.click("button.govuk-button--start")
        page.check("input[value=own]")
        self.go_on()
        page.select_option("[name=province]", "440000")
        page.select_option("[name=city]", "441900")
        self.go_on()
        page.check("input[value=CUS]")
        self.go_on()
        page.check("input[value=CUS-1]")
        self.go_on()
        page.fill("[name=text]", WORDS[self.language]["text"])
        self.fits()
        self.go_on()
        page.check("[name=unsure]")
        self.go_on()
        self.go_on()  # authority: left empty
        page.check("input[value=none]")
        self.go_on()
        self.go_on()  # wanted: left empty
        self.go_on()  # no documents
        page.check("input[value=office_only]")
        self.go_on()
        page.check("input[value=enterprise]")
        page.fill("[name=name]", "何先生")
        page.fill("[name=company]", "Harbour Lantern Trading Ltd (demo)")
        self.go_on()
        page.fill("[name=email]", "ho@example.invalid")
        self.go_on()
        page.wait_for_url("**/check/")
        self.fits()
        page.click("#send button.govuk-button:not(.govuk-button--secondary)")
        page.wait_for_url("**/done/")
        self.fits()
        self.reference = page.inner_text(".cw-slip__ref").strip()
        self.code = re.sub(r"\D", "", page.inner_text("#tracking-code"))
        assert len(self.code) == 16

    def follow(self):
        page = self.page
        page.goto(f"{self.site.address}/{self.language}/track/")
        page.fill("#id_reference", self.reference.lower().replace("-", ""))
        page.fill("#id_code", self.code)
        page.click("main button.govuk-button")
        page.wait_for_url(f"**/track/{self.reference}/")
        expect(page.locator("#live-state")).to_have_class(LIVE)
        page.evaluate("window.neverReloaded = true")
        self.updates = page.locator("#updates > li").count()

    def sees(self, new=1):
        """So many new updates arrive by themselves."""
        self.updates += new
        expect(self.page.locator("#updates > li")).to_have_count(self.updates, timeout=10_000)
        assert self.page.evaluate("window.neverReloaded") is True
        self.fits()

    def fits(self):
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], (self.page.url, wide)
        # The questions are looked at for faults in every state by tests/look/test_business_pages.py.
        if self.page.url not in self.looked_at and "/concerns/new/" not in self.page.url:
            self.looked_at.add(self.page.url)
            faults = Axe().run(self.page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in faults] == [], self.page.url


class Officer:
    def __init__(self, browser, site, language, name):
        self.site, self.language = site, language
        self.page = browser.new_context(viewport=DESK).new_page()
        self.page.set_default_timeout(15_000)
        self.page.goto(f"{site.address}/accounts/login/")
        self.page.fill("[name=login]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url("**/cases/**")

    def open(self, reference):
        self.page.goto(f"{self.site.address}/{self.language}/cases/{reference}/")
        return self.page

    def moves(self, move, referral="", **fields):
        """Open the move from the case page's own link, fill it in, confirm what must be confirmed."""
        page = self.page
        if referral:
            page.goto(self.letter)
        link = page.locator(f'a[href$="/moves/{move}/"]').first
        page.goto(page.evaluate("a => a.href", link.element_handle()))
        for name, value in fields.items():
            field = page.locator(f"form [name={name}]").first
            kind = field.evaluate("f => f.type")
            if kind == "select-one":
                field.select_option(value)
            elif kind in ("checkbox", "radio"):
                page.check(f'form [name={name}][value="{value}"]')
            else:
                field.fill(value)
        page.click(".cw-composer__foot button:not(.cw-btn--quiet)")
        confirm = page.locator("button[name=confirmed]")
        if confirm.count():
            confirm.click()
        expect(page.locator("form .cw-composer__foot button[name=confirmed]")).to_have_count(0)
        expect(page.locator(".govuk-error-summary")).to_have_count(0)

    def find_letter(self):
        link = self.page.locator('a[href*="/referrals/"]').first
        self.letter = self.page.evaluate("a => a.href", link.element_handle())


@pytest.mark.parametrize("language", list(WORDS))
def test_the_main_job_runs_end_to_end(site, browser, language):
    business = Business(browser, site, language)
    business.file()
    business.follow()
    assert business.updates == 1

    amina = Officer(browser, site, language, "amina")
    wing = Officer(browser, site, language, "wing")
    amina.page.goto(f"{site.address}/{language}/cases/?q={business.reference}")
    amina.page.click(f'a[href$="/cases/{business.reference}/"]')
    amina.moves("triage", level="municipal", proceedings="none", referable="yes")
    business.sees()
    amina.moves("ask", text="Which declaration number?")
    business.sees()

    page = business.page
    page.fill("#reply [name=text]", "5316 2026 1234.")
    page.click("#reply button.govuk-button")
    page.wait_for_url(f"**/track/{business.reference}/")
    business.follow()
    assert business.updates == 4

    amina.open(business.reference)
    assert "5316 2026 1234." in amina.page.inner_text("main")
    amina.moves("refer", authorities="CUSTOMS-5200", kind="concern", disclose="nothing")
    amina.open(business.reference)
    amina.find_letter()
    amina.moves("draft", referral="it", subject="关于货物通关事宜的函", body="请贵关依法核实并函复。")
    wing.letter = amina.letter
    wing.moves("approve", referral="it")
    amina.moves("send", referral="it", channel="post")
    business.sees()
    assert "何先生" not in page.inner_text("main")

    amina.open(business.reference)
    amina.moves("record_answer", channel="post", result="granted", text="货物已放行。")
    business.sees()
    assert "货物已放行。" not in page.inner_text("main")
    amina.open(business.reference)
    amina.moves("relay_answer", text="Your goods were released.", proposed_outcome="resolved")
    business.sees()
    expect(page.locator("#updates")).to_contain_text("Your goods were released.")
    amina.open(business.reference)
    amina.moves("close", outcome="resolved", text="We close the case.")
    business.sees()
    expect(page.locator("#status h1")).to_contain_text(WORDS[language]["status_end"])
    assert business.problems == []
    for person in (business, amina, wing):
        person.page.context.close()


# --- codes by e-mail ---------------------------------------------------------------------------------
def mailed_code(browser, site, address):
    """The code of the newest mail, from the mailbox page of the demo."""
    page = browser.new_context().new_page()
    for _turn in range(40):
        page.goto(f"{site.address}/en/mailbox/?to={address}")
        newest = page.locator("main .cw-links a").first
        if newest.count() and "your code" in newest.inner_text():
            newest.click()
            code = re.search(r"\b\d{6}\b", page.inner_text("main"))[0]
            page.context.close()
            return code
        page.wait_for_timeout(500)
    raise AssertionError("no mail came")


def test_the_pages_of_mailed_codes_fit_a_phone_and_have_no_fault_in_three_languages(browser, site):
    someone = Business(browser, site, "en")
    page = someone.page
    for language in WORDS:
        for start, button in (("concerns/resume/", "_mail_code"), ("my/", "")):
            page.goto(f"{site.address}/{language}/{start}")
            someone.fits()
            form = page.locator("form", has=page.locator("input[type=email]:visible"))
            form.locator("input[type=email]").fill("nobody@example.invalid")
            form.locator(f"[name={button}]" if button else "button").click()
            page.wait_for_url("**/code/")
            someone.fits()
    page.fill("[name=code]", "000000")
    page.click("main form button >> nth=0")
    page.wait_for_selector(".govuk-error-summary")
    someone.looked_at.discard(page.url)
    someone.fits()
    page.goto(f"{site.address}/en/my/")
    page.fill("[name=email]", "ho@example.invalid")
    page.click("main form button")
    page.wait_for_url("**/my/code/")
    page.fill("[name=code]", mailed_code(browser, site, "ho@example.invalid"))
    page.click("main form button >> nth=0")
    page.wait_for_url("**/my/")
    for language in WORDS:
        page.goto(f"{site.address}/{language}/my/")
        someone.fits()
    page.locator("button[name=reference]").first.click()
    page.wait_for_url("**/track/HKC-*/")
    assert someone.problems == []
    page.context.close()


# --- adding a document over a line that breaks (F03, T15) ---------------------------------------------
EVIL = "<img src=x onerror=document.title='evil'>.pdf"


class Sender(Business):
    """Somebody who has come as far as the documents."""

    def __init__(self, browser, site, language="en"):
        super().__init__(browser, site, language)
        self.page.goto(f"{site.address}/{language}/")
        self.page.click("button.govuk-button--start")
        for act in (
            lambda page: page.check("input[value=own]"),
            lambda page: (
                page.select_option("[name=province]", "440000"),
                page.select_option("[name=city]", "441900"),
            ),
            lambda page: page.check("input[value=CUS]"),
            lambda page: page.check("input[value=CUS-1]"),
            lambda page: page.fill("[name=text]", WORDS[language]["text"]),
            lambda page: page.check("[name=unsure]"),
            lambda page: None,
            lambda page: page.check("input[value=none]"),
            lambda page: None,
        ):
            act(self.page)
            self.go_on()
        self.page.wait_for_selector("#id_files")
        self.tries = 0

    def add(self, name, data):
        self.page.set_input_files("#id_files", {"name": name, "mimeType": "application/pdf", "buffer": data})
        self.page.click("[data-upload] button")

    def documents(self):
        return self.page.locator(".cw-docs li")


def test_119_a_document_whose_answer_was_lost_is_sent_again_and_a_refusal_is_said_beside_the_button(
    browser, site
):
    sender = Sender(browser, site)
    said = sender.page.locator("[data-upload] [role=status]")

    def lose_the_first_answer(route):
        sender.tries += route.request.method == "POST"
        if route.request.method == "POST" and sender.tries == 1:
            route.fetch()  # it arrives, and nobody hears of it
            route.abort("connectionreset")
        else:
            route.continue_()

    sender.page.route("**/evidence/**", lose_the_first_answer)
    sender.add(EVIL, a_pdf())
    expect(said).to_have_text("The connection was lost. Trying again")
    expect(sender.documents()).to_have_count(1)
    assert sender.tries == 2
    assert EVIL.partition(">")[2].removesuffix(".pdf") in sender.documents().inner_text()
    assert sender.page.locator(".cw-docs img").count() == 0 and sender.page.title() != "evil"
    sender.fits()
    sender.page.unroute("**/evidence/**")
    sender.add("cut.pdf", a_pdf()[:-60])
    expect(said).to_have_text("The selected file could not be read. It may be damaged")
    sender.add("large.pdf", b"%PDF" + b" " * 10 * 1024 * 1024)
    expect(said).to_have_text("The selected file must be smaller than 10MB")
    sender.add("whole.pdf", a_pdf(2))
    expect(sender.documents()).to_have_count(2)
    assert sender.problems == []
