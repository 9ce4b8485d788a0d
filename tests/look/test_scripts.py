"""The scripts of the pages in a real browser, against answers that the test gives: no server, no database."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from look.languages import tag_of
from tests.look.test_fields import Step, every_field
from tests.look.test_fields import page as draw

STRIP = {
    "socket": "/ws/x/",
    "events_url": "/events/",
    "list": "updates",
    "last": 1,
    "sign_in_url": "/en/track/",
}


def part(name, **context):
    return render_to_string(f"parts/{name}.html", context)


def tracking(**changes):
    return (
        part("live_strip", **(STRIP | changes))
        + '<ol id="updates" class="cw-timeline" reversed><li data-seq="1"><h3><span data-what>Received</span></h3></li></ol>'
        + '<form><textarea id="reply"></textarea></form><div id="status" data-live-part><h1>Old</h1></div>'
    )


def entry(seq, what, at="2026-11-18T15:42+08:00"):
    heading = f"<h3><span data-what>{what}</span></h3>"
    return f'<li data-seq="{seq}">{heading}<p class="when"><time datetime="{at}">then</time></p></li>'


def events(after, *entries, last):
    return {
        f"/events/?after={after}": {"body": "".join(entries), "headers": {"X-Last-Seq": str(last)}},
    }


def shown(page):
    return page.eval_on_selector_all("#updates > li", "items => items.map(item => Number(item.dataset.seq))")


def test_the_error_summary_takes_the_focus(stage):
    form = Step({})
    stage.open(f"<main><form>{draw(form, '{% error_summary form %}')}{every_field(form)}</form></main>")
    stage.until("document.activeElement.className === 'govuk-error-summary'")
    stage.page.click(".govuk-error-summary a >> nth=0")
    stage.until("document.activeElement.id === 'id_words'")


@pytest.mark.parametrize(("typed", "left"), [("𨋢a", "3,998"), ("👨‍👩‍👧", "3,995"), ("一\n二", "3,997")])
def test_the_count_on_the_page_is_the_count_of_the_server(stage, typed, left):
    stage.open(draw(Step(), "{% field form.words %}"))
    stage.page.fill("#id_words", typed)
    stage.until(f"document.querySelector('.govuk-character-count__status').textContent.includes('{left}')")


def test_the_code_can_be_copied_and_says_so(stage):
    with translation.override("en"):
        page = stage.open(part("slip", heading="Concern sent", reference="HKC-1", code="4821773509621184"))
    page.click("[data-copy]")
    stage.until("document.querySelector('[data-copy] span').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == "4821 7735 0962 1184"
    assert page.text_content("[data-copy] + [role=status]") == "Copied"


def test_without_a_script_the_page_offers_to_look_again(chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(tracking() + part("slip", heading="x", reference="y", code="4821773509621184"))
    assert page.inner_text("#live-state a") == "Check for updates"
    assert not page.is_visible("[data-copy]")
    context.close()


def test_it_says_hello_with_the_last_number_it_has_shown(stage):
    stage.open(tracking())
    stage.connected()
    assert stage.heard == [{"t": "hello", "after": 1}]
    stage.say(t="welcome", seq=1)
    stage.state("live")
    assert stage.page.inner_text("#live-state") == "Updates appear here automatically"
    assert stage.asked == ["/"]


def test_lost_doubled_and_reordered_pokes_show_everything_once_in_order(stage):
    stage.answers |= events(1, entry(3, "Referred"), entry(2, "Assessing"), last=3)
    stage.answers |= events(3, entry(4, "Answered"), entry(3, "Referred"), last=4)
    page = stage.open(tracking())
    page.fill("#reply", "half a sen")
    stage.connected()
    stage.say(t="welcome", seq=3)
    stage.until("document.querySelectorAll('#updates > li').length === 3")
    for seq in (2, 4, 3, 4, 4, 1):
        stage.say(t="changed", case="HKC-1", seq=seq)
    stage.until("document.querySelectorAll('#updates > li').length === 4")
    page.wait_for_timeout(200)
    assert shown(page) == [4, 3, 2, 1]
    assert page.input_value("#reply") == "half a sen"
    assert page.evaluate("document.activeElement.id") == "reply"


@pytest.mark.parametrize(
    ("language", "sentence", "new"),
    [
        ("en", "New update: Referred. 3:42pm", "New"),
        ("zh-hant", "有新進展：Referred。下午3時42分", "新"),
        ("zh-hans", "有新进展：Referred。下午3点42分", "新"),
    ],
)
def test_a_new_update_is_spoken_once_with_its_time_and_carries_a_pill(stage, language, sentence, new):
    stage.answers |= events(1, entry(2, "Referred"), last=2)
    with translation.override(language):
        page = stage.open(tracking(), lang=tag_of(language))
    page.evaluate(
        "window.said = []; new MutationObserver(() => said.push(document.getElementById('live').textContent))"
        ".observe(document.getElementById('live'), {childList: true})"
    )
    stage.connected()
    stage.say(t="welcome", seq=1)
    stage.say(t="changed", case="HKC-1", seq=2)
    stage.until("document.querySelectorAll('#updates > li').length === 2")
    page.clock.fast_forward(3000)
    stage.say(t="beat", seq=2)
    page.wait_for_timeout(100)
    assert page.evaluate("said") == [sentence]
    assert page.inner_text("#updates li >> nth=0 >> .cw-new").startswith(new)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "3 new updates. 9:05am"),
        ("zh-hant", "有3項新進展。上午9時05分"),
        ("zh-hans", "有3项新进展。上午9点05分"),
    ],
)
def test_several_updates_at_once_are_one_sentence_with_the_time_of_the_newest(stage, language, sentence):
    newest = entry(4, "C", at="2026-11-19T09:05+08:00")
    stage.answers |= events(1, newest, entry(3, "B"), entry(2, "A"), last=4)
    with translation.override(language):
        page = stage.open(tracking(), lang=tag_of(language))
    stage.connected()
    stage.say(t="welcome", seq=4)
    stage.until("document.querySelectorAll('#updates > li').length === 4")
    page.clock.fast_forward(3000)
    stage.until("document.getElementById('live').textContent !== ''")
    page.wait_for_timeout(50)
    assert page.text_content("#live") == sentence


def test_parts_of_the_page_follow_unless_somebody_types_in_them(stage):
    stage.answers |= events(1, entry(2, "Referred"), last=2)
    page = stage.open(tracking() + '<div id="other" data-live-part><input id="typing"></div>')
    stage.answers["/"] = {
        "body": '<div id="status"><h1>New</h1></div><div id="other"><input id="typing" value="theirs"></div>'
    }
    page.fill("#typing", "mine")
    stage.connected()
    stage.say(t="welcome", seq=2)
    stage.until("document.querySelector('#status h1').textContent === 'New'")
    assert page.input_value("#typing") == "mine"


def test_a_refused_socket_means_polling_and_says_so(stage):
    stage.refuse = 1011
    stage.answers |= events(1, entry(2, "Referred"), last=2) | events(2, last=2)
    page = stage.open(tracking())
    for _ in range(10):
        page.clock.fast_forward(4000)
        page.wait_for_timeout(30)
    stage.state("polling")
    assert page.inner_text("#live-state") == "Checking every 30 seconds"
    stage.until("document.querySelectorAll('#updates > li').length === 2")


def test_a_session_that_ended_leads_to_signing_in_and_stops(stage):
    stage.refuse = 4401
    page = stage.open(tracking())
    stage.state("expired")
    assert page.get_attribute("#live-state a", "href") == "/en/track/"
    page.clock.fast_forward(120_000)
    page.wait_for_timeout(50)
    assert stage.asked == ["/"]


def test_a_page_to_sign_in_that_comes_instead_of_updates_is_understood(stage):
    stage.answers["/events/?after=1"] = {"body": "<h1>Sign in</h1>"}
    stage.open(tracking())
    stage.connected()
    stage.say(t="welcome", seq=9)
    stage.state("expired")
    assert shown(stage.page) == [1]


def test_a_silent_socket_is_taken_for_dead_and_opened_again(stage):
    page = stage.open(tracking())
    stage.connected()
    stage.say(t="welcome", seq=1)
    stage.state("live")
    page.clock.fast_forward(46_000)
    page.clock.fast_forward(2_000)
    stage.connected(times=2)
    stage.say(t="welcome", seq=1)
    stage.state("live")


def test_offline_is_said_with_the_time_and_a_button(stage):
    stage.answers |= events(1, last=1)
    page = stage.open(tracking())
    stage.connected()
    stage.say(t="welcome", seq=1)
    stage.state("live")
    stage.context.set_offline(True)
    stage.state("offline")
    assert "You are offline. Last updated" in page.inner_text("#live-state")
    assert page.inner_text("#live-state button") == "Check again"
    stage.context.set_offline(False)
    stage.connected(times=2)
    stage.say(t="welcome", seq=1)
    stage.state("live")


def test_staff_are_told_that_the_case_changed_and_keep_what_they_type(stage):
    page = stage.open(
        part("live_strip", socket="/ws/cases/HKC-1/", last=4)
        + part("changed_strip", last=4)
        + '<div id="status" data-live-part>old</div><textarea id="note"></textarea>',
        script="staff",
    )
    page.fill("#note", "half a no")
    stage.answers["/"] = {"body": '<div id="status">new</div>'}
    stage.connected()
    stage.say(t="welcome", seq=4)
    assert not page.is_visible("[data-live-changed]")
    stage.say(t="changed", case="HKC-1", seq=5)
    stage.until("document.getElementById('status').textContent === 'new'")
    assert page.is_visible("[data-live-changed]")
    page.click("[data-live-changed] button")
    page.wait_for_timeout(100)
    assert page.input_value("#note") == "half a no"


def test_new_cases_wait_in_a_strip_above_the_queue(stage):
    page = stage.open(
        part("live_strip", socket="/ws/queue/", last=0)
        + part("arrived_strip")
        + '<table><tr data-case="HKC-1"><td>1</td></tr></table>',
        script="staff",
    )
    stage.connected()
    stage.say(t="welcome", seq=0)
    stage.say(t="changed", case="HKC-2", seq=1)
    stage.say(t="changed", case="HKC-3", seq=1)
    stage.say(t="changed", case="HKC-3", seq=1)
    stage.say(t="changed", case="HKC-1", seq=7)
    stage.say(t="changed", case="HKC-9", seq=7)
    stage.until(
        "document.querySelector('[data-words]').textContent === '2 new cases arrived. 1 case on this page changed.'"
    )
    assert page.is_visible("[data-live-arrived]")


def test_filters_fold_on_a_narrow_screen_only(stage):
    filters = "<details data-fold open><summary>Filters</summary><dl><dt>Due</dt></dl></details>"
    stage.page.set_viewport_size({"width": 1280, "height": 700})
    assert stage.open(filters, script="staff").is_visible("dl")
    stage.page.set_viewport_size({"width": 360, "height": 700})
    page = stage.open(filters, script="staff")
    stage.until("!document.querySelector('details').open")
    page.click("summary")
    assert page.is_visible("dl")


def test_a_key_renewed_in_another_tab_is_asked_for_twice_before_it_says_expired(stage):
    stage.open(tracking())
    stage.connected()
    stage.say(t="welcome", seq=1)
    stage.state("live")
    stage.sockets[-1].close(code=4401)
    for times in (2, 3):
        stage.connected(times=times)
        stage.sockets[-1].close(code=4401)
    stage.state("expired")


# --- documents that the scanner is looking at ------------------------------------------------------
def document(scan, number=1, name="notice.pdf"):
    with translation.override("en"):
        return (
            f'<li class="cw-file">{part("file_line", file={"uuid": number, "name": name, "scan": scan})}</li>'
        )


def with_documents(*documents):
    return f'<div role="status" id="live"></div><ul>{"".join(documents)}</ul><input id="typing">'


def test_a_document_that_was_checked_says_so_on_a_page_without_a_socket_and_the_page_stops_asking(stage):
    page = stage.open(with_documents(document("waiting"), document("waiting", 2, "photo.jpg")))
    page.fill("#typing", "half a na")
    assert page.locator("[data-checking]").count() == 2
    stage.answers["/"] = {"body": with_documents(document("clean"), document("waiting", 2, "photo.jpg"))}
    page.clock.fast_forward(3_100)
    stage.until("document.getElementById('live').textContent === 'notice.pdf Checked'")
    assert page.locator("[data-checking]").count() == 1
    stage.answers["/"] = {"body": with_documents(document("clean"), document("infected", 2, "photo.jpg"))}
    page.clock.fast_forward(5_100)
    stage.until("document.getElementById('live').textContent.startsWith('photo.jpg Contains a virus')")
    assert stage.asked == ["/"] * 3
    page.clock.fast_forward(120_000)
    page.wait_for_timeout(50)
    assert stage.asked == ["/"] * 3
    assert page.input_value("#typing") == "half a na"


def test_a_page_with_a_socket_is_told_that_a_document_was_checked_and_asks_if_that_word_was_lost(stage):
    files = [document("waiting"), document("waiting", 2, "photo.jpg")]
    page = stage.open(tracking() + f"<ul>{''.join(files)}</ul>")
    stage.connected()
    stage.say(t="welcome", seq=1)
    stage.state("live")
    stage.answers["/"] = {"body": f"<ul>{document('clean')}{files[1]}</ul>"}
    stage.say(t="files")
    stage.until("document.querySelectorAll('[data-checking]').length === 1")
    stage.answers["/"] = {"body": f"<ul>{document('clean')}{document('clean', 2)}</ul>"}
    page.clock.fast_forward(30_100)
    stage.until("document.querySelectorAll('[data-checking]').length === 0")
    assert shown(page) == [1]
