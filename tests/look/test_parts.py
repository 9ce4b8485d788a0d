"""Every include, in three languages: whole markup, and nothing the browser policy refuses."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import pytest
from django import forms
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from look.fields import drawn
from look.languages import LANGUAGES

AT = datetime(2026, 11, 18, 7, 42, tzinfo=UTC)
EVIL = '<script>alert("x")</script>'


class Words(forms.Form):
    text = forms.CharField(widget=forms.Textarea, max_length=4000)
    files = forms.FileField(required=False)


FILE = {"name": EVIL, "url": "/f/", "size": 123456, "scan": "clean", "holds": [EVIL]}
ROW = {
    "reference": "HKC-7K3M-9QXP", "url": "/c/", "title": EVIL, "lang": "zh-hans", "subject": "Tax",
    "flags": [{"icon": "lock", "words": "identity withheld"}], "state": "awaiting_submitter",
    "state_label": "Waiting", "owner": "Amina", "due_on": date(2026, 11, 20), "left": -2, "paused": "", "updated": AT,
}  # fmt: skip
CASE = {
    "title": EVIL, "lang": "zh-hans", "reference": "HKC-7K3M-9QXP", "state": "assessing", "state_label": "Assessing",
    "left": 3, "facts": ["Tax"], "owner": "", "queue_url": "/q/", "main_act": {"label": "Refer", "url": "/r/"},
    "acts": [{"label": str(n), "url": "/a/"} for n in range(5)],
}  # fmt: skip
PARTS = {
    "advice": {"sections": [{"heading": "What we can do", "advice": [
        {"text": EVIL, "cited": EVIL, "as_of": date(2026, 11, 22), "older": True},
        {"text": "No source", "cited": "", "as_of": date(2026, 11, 22), "older": False}]}],
        "level": 2, "sourced": True, "english": "/en/guidance/TAX/"},
    "answers": {"answers": [
        {"term": "Where", "value": "Shenzhen", "change": "/w/", "what": "Change where"},
        {"term": "What", "value": EVIL, "lang": "zh-hant", "change": "/x/"},
        {"term": "Who", "value": ["A", "B"]}, {"term": "None", "value": ""}, {"term": "Papers", "files": [FILE]},
    ]},
    "arrived_strip": {},
    "back_link": {"url": "/b/"},
    "brand": {"home_url": "/en/"},
    "bridge": {"stages": [{"label": "Received", "state": "done"}, {"label": "Referred", "state": "current"},
                          {"label": "Closed", "state": "to_come"}]},
    "buttons": {"saving": True},
    "case_row": {"row": ROW},
    "causeway": {},
    "changed_strip": {"last": 4},
    "chips": {"chips": [{"name": "Stage", "value": EVIL, "url": "/s/"}], "clear_url": "/c/"},
    "composer_note": {"action": "/n/", "form": Words(), "version": 4, "draft_url": "/d/", "draft_at": AT},
    "draft_state": {"draft_at": AT},
    "held_message": {"reference": "HKC-7K3M-9QXP", "held": {"mine": True, "why": EVIL, "row": {
        "state": "waiting", "user": {"name": EVIL}, "at": AT, "goes_at": AT, "text": EVIL, "uuid": UUID(int=7)}}},
    "composer_tabs": {"note_url": "/n/", "out_url": "/o/", "current": "note"},
    "copy_button": {"target": "code", "label": "Copy"},
    "date_boxes": {"boxes": [{"id": "i", "name": "n", "label": "Day", "value": EVIL}]},
    "day_by_day": {"days": [{"first": date(2026, 2, 2), "last": date(2026, 2, 3), "counted": "", "why": EVIL}]},
    "demo_strip": {"embedded": True},
    "distress": {},
    "draft_line": {"saved_at": AT, "clearing": True},
    "due_badge": {"words": "Due today", "shape": "clock", "look": "soon"},
    "error_summary": {"items": [{"text": EVIL, "href": "#x"}, {"text": "Whole form", "href": ""}]},
    "few": {"place": EVIL},
    "field": drawn(Words({})["text"], label=EVIL),
    "field_error": {"errors": [EVIL], "id": "x"},
    "field_optional": {"optional": True},
    "field_options": {"kind": "radios", "name": "n", "options": [
        {"heading": "H", "items": [{"id": "a", "value": "1", "label": EVIL, "hint": "h", "checked": True}]}]},
    "case_file": {"file": FILE | {"uuid": UUID(int=1), "may_leave": True}, "reference": "HKC-7K3M-9QXP"},
    "file_line": {"file": FILE | {"scan": "waiting"}},
    "footer": {"offices": [{"code": "GDETO", "short": "Guangdong ETO"}], "base_url": "/en/"},
    "group_row": {"label": "Overdue", "count": 4, "columns": 5, "bad": True},
    "identity_lock": {"sharing": "named", "action": "/i/", "error": "Give a reason"},
    "languages": {"form_id": "step"},
    "list_foot": {"words": "1 to 25", "pages": {"first": "/f/", "previous": "/p/", "next": "/n/", "last": "/l/"},
                  "per": [{"size": 25, "url": "/25/", "current": True}]},
    "list_head": {"heading": "My office", "words": "82 cases"},
    "live_strip": {"socket": "/ws/track/X/", "events_url": "/e/", "list": "u", "last": 3, "sign_in_url": "/t/"},
    "mark": {},
    "marked": {"pieces": [{"text": EVIL, "code": True}, {"text": EVIL}]},
    "notice": {"kind": "bad", "heading": "Too late", "words": EVIL},
    "passkey_form": {"action": "/k/", "kind": "get", "options": {"challenge": EVIL}, "words": EVIL},
    "presence": {},
    "print_button": {},
    "sign_in_ends": {},
    "signpost": {"signposts": [{"kind": "subject", "never": True, "texts": [{"text": EVIL}]},
                               {"kind": "proceedings", "never": True, "texts": []}]},
    "scan_state": {"scan": "infected"},
    "slip": {"heading": "Concern sent", "reference": "HKC-7K3M-9QXP", "code": "4821773509621184"},
    "sort_head": {"label": "Due", "url": "/d/", "sorted": "ascending"},
    "sprite": {},
    "staff_bar": {"staff_nav": [{"label": "Queue", "url": "/q/", "current": True}], "search_url": "/q/"},
    "state_tag": {"look": "assessing", "label": "Being assessed"},
    "timeline_entry": {"seq": 3, "heading": "Sent", "at": AT, "by": "by the office", "words": EVIL,
                       "words_lang": "zh-hans", "files": [FILE], "link_url": "/l/", "link_words": "Read", "fresh": True},
    "toggles": {"label": "Show", "toggles": [{"label": "All", "url": "/a/", "current": True}]},
    "views": {"heading": "Views", "views": [{"label": "Mine", "url": "/m/", "count": "3", "icon": "list"}]},
    "who": {"name": ""},
}  # fmt: skip
VOID = {"input", "br", "meta", "link", "hr", "img", "path", "rect", "circle", "use"}


class Balance(HTMLParser):
    """Finds tags that are not closed, ids given twice, and what the browser policy would refuse."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.wrong = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.wrong.append(f"{tag} {name}")
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "action") and value and "//" in value:
                self.wrong.append(f"{tag} {name}={value}")
        # A script of JSON is data, which no browser runs.
        if tag == "style" or (tag == "script" and dict(attrs).get("type") != "application/json"):
            self.wrong.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


def test_every_include_is_shown_here():
    there = {path.stem for path in Path(settings.BASE_DIR, "templates", "parts").glob("*.html")}
    assert there == set(PARTS)


@pytest.mark.parametrize("code", [language.code for language in LANGUAGES])
@pytest.mark.parametrize("name", sorted(PARTS))
def test_an_include_is_whole_and_escapes_what_people_wrote(name, code):
    languages = [
        {
            "code": one.code,
            "tag": one.tag,
            "name": one.name,
            "current": one.code == code,
            "url": f"/{one.code}/",
        }
        for one in LANGUAGES
    ]
    context = {"languages": languages, **PARTS[name]}
    with translation.override(code):
        html = render_to_string(f"parts/{name}.html", context, request=RequestFactory().get(f"/{code}/"))
    checked = Balance()
    checked.feed(html)
    assert not checked.open
    assert not checked.wrong
    assert len(checked.ids) == len(set(checked.ids))
    assert EVIL not in html
    for used in re.findall(r'href="#i-([\w-]+)"', html):
        assert f'id="i-{used}"' in Path(settings.BASE_DIR, "templates/parts/sprite.html").read_text(), used


def test_every_include_says_what_it_is_for():
    for path in Path(settings.BASE_DIR, "templates", "parts").glob("*.html"):
        assert "{% comment %}" in path.read_text(), path.name


def test_a_step_offers_languages_as_buttons_that_save_first():
    languages = [
        {"code": "zh-hant", "tag": "zh-Hant-HK", "name": "繁體", "current": False, "url": "/zh-hant/"}
    ]
    html = render_to_string("parts/languages.html", {"languages": languages, "form_id": "step"})
    assert 'form="step" name="_lang" value="zh-hant" lang="zh-Hant-HK" formnovalidate' in html


def test_only_the_style_sheet_of_tokens_holds_colours():
    for path in Path(settings.BASE_DIR, "static", "src", "css").glob("*.css"):
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!.*\{)", path.read_text()), path.name
