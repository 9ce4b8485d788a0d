"""Dates and times as each language writes them. All times are Hong Kong time (UTC+8, the same as Beijing)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def long_date(day: date, language: str) -> str:
    """ "18 November 2026" or "2026年11月18日"."""
    if language.startswith("zh"):
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def clock_time(at: datetime, language: str) -> str:
    """ "3:42pm", "下午3時42分" (Hong Kong usage) or "15:42" (Mainland usage)."""
    local = at.astimezone(HONG_KONG)
    if language == "zh-hans":
        return f"{local:%H:%M}"
    hour = local.hour % 12 or 12
    if language == "zh-hant":
        return f"{'上午' if local.hour < 12 else '下午'}{hour}時{local.minute:02d}分"
    return f"{hour}:{local.minute:02d}{'am' if local.hour < 12 else 'pm'}"


def long_moment(at: datetime, language: str) -> str:
    """ "18 November 2026 at 3:42pm", "2026年11月18日下午3時42分" or "2026年11月18日 15:42"."""
    day = long_date(at.astimezone(HONG_KONG).date(), language)
    joint = {"zh-hant": "", "zh-hans": " "}.get(language, " at ")
    return f"{day}{joint}{clock_time(at, language)}"
