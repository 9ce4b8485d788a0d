"""Form fields on the page: GOV.UK markup, ids that errors lead to, nothing marked required."""

import re

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from look.widgets import DateBoxes
from text.fields import CleanCharField


class Step(forms.Form):
    words = CleanCharField(
        label="Describe what happened", multiline=True, max_length=4000, help_text="Who told you"
    )
    name = forms.CharField(label="Full name", required=False)
    sharing = forms.ChoiceField(label="Sharing", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    kinds = forms.MultipleChoiceField(
        label="Kinds", choices=[("Customs", [("c1", "Clearance")]), ("Tax", [("t1", "VAT")])]
    )
    agree = forms.BooleanField(label="I agree")
    place = forms.ChoiceField(label="City", choices=[("", ""), ("1", "Shenzhen")])
    paper = forms.FileField(label="Document")
    started = forms.Field(label="Started", widget=DateBoxes(("month", "year")))
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def page(form, source):
    return Template("{% load look %}" + source).render(Context({"form": form}))


def every_field(form):
    return "".join(page(form, "{% field form." + name + " %}") for name in form.fields)


def test_nothing_is_marked_required():
    html = every_field(Step())
    assert " required" not in html
    assert "maxlength" not in html.replace("data-maxlength", "")


def test_what_is_optional_says_so():
    with translation.override("en"):
        assert "(optional)" in page(Step(), "{% field form.name %}")
        assert "(optional)" not in page(Step(), "{% field form.words %}")
        assert "(optional)" not in page(Step(), "{% field form.name optional=False %}")


def test_the_label_can_be_the_heading():
    html = page(Step(), '{% field form.words label_as_h1=True caption="About" %}')
    assert re.search(r'<h1><label for="id_words"><span class="cw-caption">About</span>Describe', html)
    html = page(Step(), "{% field form.sharing label_as_h1=True %}")
    assert re.search(r"<legend[^>]*><h1>Sharing", html)


def test_a_field_is_described_by_its_hint_its_error_and_its_count():
    html = page(Step({}), "{% field form.words %}")
    assert 'aria-describedby="id_words-hint id_words-error id_words-info"' in html
    for part in ("hint", "error", "info"):
        assert f'id="id_words-{part}"' in html
    assert 'aria-invalid="true"' in html


def test_every_error_leads_to_something_that_can_take_the_focus():
    form = Step({})
    html = every_field(form)
    summary = page(form, "{% error_summary form %}")
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert len(targets) == len(form.errors)
    for target in targets:
        assert re.search(rf'<(input|textarea|select)[^>]* id="{target}"', html), target


def test_the_summary_says_the_same_words_as_the_field():
    form = Step({})
    summary = page(form, "{% error_summary form %}")
    for words in {text for errors in form.errors.values() for text in errors}:
        assert words in summary
        assert words in every_field(form)


def test_a_form_without_errors_has_no_summary():
    assert page(Step(), "{% error_summary form %}").strip() == ""
    assert page(Step(), "{% error_prefix form %}") == ""


def test_the_title_of_a_refused_page_begins_with_error():
    with translation.override("en"):
        assert page(Step({}), "{% error_prefix form %}") == "Error: "


def test_what_was_typed_stands_in_the_fields_again():
    typed = {"words": "</textarea><b>", "name": 'A "B" Ltd', "sharing": "b", "kinds": ["t1"], "place": "1"}
    html = every_field(Step(typed | {"started_month": "１３", "started_year": ""}))
    assert "&lt;/textarea&gt;&lt;b&gt;" in html
    assert 'value="A &quot;B&quot; Ltd"' in html
    assert re.search(r'value="b" checked', html)
    assert re.search(r'value="t1" checked', html)
    assert not re.search(r'value="c1" checked', html)
    assert '<option value="1" selected>' in html
    assert 'value="１３"' in html


def test_grouped_choices_keep_their_headings_and_their_hints():
    form = Step()
    form.fields["sharing"].option_hints = {"b": "You can change this later"}
    assert "You can change this later" in page(form, "{% field form.sharing %}")
    html = page(form, "{% field form.kinds %}")
    assert html.index("Customs") < html.index("Clearance") < html.index("Tax") < html.index("VAT")


@pytest.mark.parametrize(
    ("code", "order"),
    [("en", ["month", "year"]), ("zh-hant", ["year", "month"]), ("zh-hans", ["year", "month"])],
)
def test_date_boxes_stand_in_the_order_of_the_language(code, order):
    with translation.override(code):
        html = page(Step(), "{% field form.started %}")
    assert re.findall(r'name="started_(\w+)"', html) == order
    assert html.index('id="id_started"') < html.index(f'name="started_{order[1]}"')


def test_date_boxes_give_what_was_typed():
    widget = DateBoxes(("month", "year"))
    typed = {"started_month": "11", "started_year": "2026"}
    assert widget.value_from_datadict(typed, {}, "started") == {"month": "11", "year": "2026"}
    assert widget.value_from_datadict({"started_month": " "}, {}, "started") is None
    kept = {"started": {"month": "11", "year": ""}}
    assert widget.value_from_datadict(kept, {}, "started") == {"month": "11", "year": ""}
    assert widget.value_omitted_from_data({}, {}, "started")


def test_long_numbers_are_grouped_where_the_language_groups_them():
    grouped = {}
    for code in ("en", "zh-hant", "zh-hans"):
        with translation.override(code):
            grouped[code] = re.search(r"4,?000", page(Step(), "{% field form.words %}").split("-info")[-1])[0]
    assert grouped == {"en": "4,000", "zh-hant": "4,000", "zh-hans": "4000"}
