"""Tags and filters of every page: form fields, icons, dates, tags of state and due dates."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from look import fields
from look.languages import tag_of
from text.dates import HONG_KONG, clock_time, long_date, long_moment

register = template.Library()


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, **options: Any) -> dict[str, Any]:
    """Draw a form field: ``{% field form.name label_as_h1=True %}``. Options: see ``look.fields.drawn``."""
    return fields.drawn(bound, **options)


@register.inclusion_tag("parts/error_summary.html")
def error_summary(form: forms.BaseForm, **extra: Any) -> dict[str, Any]:
    """All errors of a form, each leading to its field in the order of the page; nothing when there is none."""
    items = []
    if form.is_bound or form.errors:
        items = [{"text": text, "href": ""} for text in form.non_field_errors()]
        for bound in form:
            items += [{"text": text, "href": f"#{ident}"} for text, ident in fields.errors_of(bound)]
    return {"items": items}


@register.simple_tag
def error_prefix(form: forms.BaseForm | None) -> str:
    """``Error: `` for the title of a page whose form was refused."""
    return gettext("Error: ") if form is not None and form.is_bound and form.errors else ""


@register.simple_tag
@lru_cache(maxsize=500)
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of the sprite. It is decoration: a word always stands beside it."""
    return format_html(
        '<svg class="cw-i{}" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>',
        f" {extra}" if extra else "",
        name,
    )


@register.filter
def lang_tag(code: str | None) -> str:
    """The ``lang`` attribute of a language code: ``zh-hant`` gives ``zh-Hant-HK``; unknown gives empty."""
    return tag_of(code)


@register.filter
def day(value: date | datetime | None) -> str:
    """A long date with its ``<time>``: 18 November 2026, 2026年11月18日. A moment counts by its Hong Kong day."""
    if value is None:
        return ""
    on = _day_of(value)
    return _time(on.isoformat(), long_date(on, get_language() or "en"))


@register.filter
def short_day(value: date | datetime | None) -> str:
    """A date for tables, with its weekday and without the year: Mon 23 Nov, 11月23日（一）."""
    return "" if value is None else _short_day(_day_of(value), get_language() or "en")


@lru_cache(maxsize=5000)
def _short_day(on: date, language: str) -> SafeString:
    if language.startswith("zh"):
        words = f"{on.month}月{on.day}日（{'一二三四五六日'[on.weekday()]}）"
    else:
        # Not strftime: it would follow the server's locale.
        words = f"{WEEKDAYS[on.weekday()]} {on.day} {MONTHS[on.month - 1]}"
    return _time(on.isoformat(), words)


WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@register.filter
def moment(value: datetime | None) -> str:
    """A moment in Hong Kong time with its ``<time>``: 18 November 2026 at 3:42pm."""
    if value is None:
        return ""
    local = value.astimezone(HONG_KONG)
    return _time(local.isoformat(timespec="minutes"), long_moment(value, get_language() or "en"))


@register.filter
def clock(value: datetime | None) -> str:
    """A time of day in Hong Kong time: 3:42pm, 下午3時42分, 15:42."""
    return clock_time(value, get_language() or "en") if value is not None else ""


@register.filter
def hour(value: time | None) -> str:
    """A time of day without its day, in Hong Kong time: 4:00pm, 下午4時00分, 16:00."""
    return "" if value is None else clock(datetime.combine(date(2000, 1, 1), value, tzinfo=HONG_KONG))


@register.filter
def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


@register.filter
def working_days_left(left: int | None) -> str:
    """Working days until a due date in words; negative means overdue by so many."""
    if left is None:
        return ""
    if left < 0:
        return ngettext("Overdue by %(n)s working day", "Overdue by %(n)s working days", -left) % {"n": -left}
    if left == 0:
        return gettext("Due today")
    return ngettext("%(n)s working day left", "%(n)s working days left", left) % {"n": left}


@register.simple_tag
def due_badge(
    left: int | None = None, paused: str = "", at: time | None = None, *, over: bool = False
) -> SafeString:
    """When something is due: ``left`` in working days, or ``paused`` for ``authority`` or ``business``.

    ``at`` is the hour of the day at which it is due, if it counts in hours, and ``over`` says that this hour of
    today has passed. A pause is never a breach, so it is said before any number of days.
    """
    pauses = {
        "authority": gettext("Paused – with the authority"),
        "business": gettext("Paused – waiting for the business"),
        "chase": gettext("Paused – next chase"),
    }
    if paused:
        return _drawn("parts/due_badge.html", look="paused", shape="pause", words=pauses[paused])
    if left is None:
        return SafeString("")
    late = left < 0 or over
    look, shape = "over" if late else "soon" if left <= 2 else "ok", "alert" if late else "clock"
    words = working_days_left(left)
    if at is not None and left == 0:
        words = (gettext("Overdue since %(time)s") if over else gettext("Due today by %(time)s")) % {
            "time": hour(at)
        }
    return _drawn("parts/due_badge.html", look=look, shape=shape, words=words)


@register.simple_tag
def state_tag(state: str, label: str) -> SafeString:
    """The state of a case as a word, a shape and a colour. ``label`` is the state's own translated word."""
    look = "awaiting" if state == "awaiting_submitter" else str(state)
    return _drawn("parts/state_tag.html", look=look, label=str(label))


@lru_cache(maxsize=2000)
def _drawn(template: str, **words: str) -> SafeString:
    """A small part that depends on a few words alone, drawn once: a list shows the same ones on every row."""
    return render_to_string(template, words)


@register.filter
def get_field(form: forms.BaseForm, name: str) -> BoundField:
    """A field by name, for names that mean something else on a form, such as ``files`` and ``data``."""
    return form[name]


@register.filter
def file_size(size: int) -> str:
    """A size in bytes as people read it: 340 KB, 1.2 MB (decimal, as file managers show it)."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} KB"
    return f"{size / 1_000_000:.1f} MB"


@register.filter
def code_in_fours(code: str) -> str:
    """``4821773509621184`` as ``4821 7735 0962 1184``."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def _day_of(value: date | datetime) -> date:
    return value.astimezone(HONG_KONG).date() if isinstance(value, datetime) else value


def _time(machine: str, words: str) -> SafeString:
    return format_html('<time class="cw-nb" datetime="{}">{}</time>', machine, words)
