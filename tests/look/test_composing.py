"""Typing Chinese: a word is composed letter by letter, and Enter chooses it."""

import pytest
from django.template.loader import render_to_string

from tests.look.test_fields import Step
from tests.look.test_fields import page as draw

LINE = '<form id="step"><input id="line" name="line"><button name="go" value="on">Continue</button></form>'


def keys(stage):
    """The keyboard as an input method uses it."""
    return stage.context.new_cdp_session(stage.page)


def sent(stage):
    stage.page.wait_for_timeout(150)
    return [path for path in stage.asked if "?" in path]


@pytest.mark.parametrize("script", ["public", "staff"])
def test_enter_while_composing_never_sends_a_form(stage, script):
    page = stage.open(LINE, script=script)
    page.focus("#line")
    keyboard = keys(stage)
    keyboard.send("Input.imeSetComposition", {"text": "nei hou", "selectionStart": 7, "selectionEnd": 7})
    enter = {"type": "keyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
    keyboard.send("Input.dispatchKeyEvent", enter)
    # Safari: the composition is over, but the key still is the one that ended it.
    keyboard.send("Input.insertText", {"text": "你好"})
    keyboard.send("Input.dispatchKeyEvent", {**enter, "windowsVirtualKeyCode": 229})
    assert sent(stage) == []
    assert page.input_value("#line") == "你好"
    keyboard.send("Input.dispatchKeyEvent", enter)
    assert len(sent(stage)) == 1


def test_the_count_waits_until_a_word_is_composed(stage):
    page = stage.open(draw(Step(), "{% field form.words %}"))
    page.focus("#id_words")
    keyboard = keys(stage)
    count = "document.querySelector('.govuk-character-count__status').textContent"
    page.keyboard.insert_text("甲")
    stage.until(f"{count}.includes('3,999')")
    keyboard.send("Input.imeSetComposition", {"text": "nei hou", "selectionStart": 7, "selectionEnd": 7})
    page.clock.fast_forward(3000)
    assert "3,999" in page.evaluate(count)
    keyboard.send("Input.insertText", {"text": "你好"})
    stage.until(f"{count}.includes('3,997')")


def test_enter_in_a_form_of_questions_continues_and_does_not_change_the_language(stage):
    languages = [{"code": "zh-hant", "tag": "zh-Hant-HK", "name": "繁體中文", "current": False}]
    page = stage.open(
        render_to_string("parts/languages.html", {"form_id": "step", "languages": languages}) + LINE
    )
    page.fill("#line", "x")
    page.press("#line", "Enter")
    assert sent(stage) == ["/?line=x"]
