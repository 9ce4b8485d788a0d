"""What is said before any page is asked for: by the server about a body that is too large, by nginx in front of it."""

from __future__ import annotations

import json

from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext

#: What the three languages of the site are called in a page's ``lang`` attribute.
PAGE_LANGUAGE = {"en": "en-HK", "zh-hant": "zh-Hant-HK", "zh-hans": "zh-Hans-CN"}


def too_large(accept: bytes) -> tuple[str, bytes]:
    """The refusal as a page in all three languages, since the address is not looked at yet; or as JSON."""
    megabytes = settings.MAX_BODY_BYTES // 1024 // 1024
    words = []
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            title = gettext("That is too large")
            text = gettext(
                "At most %(megabytes)d MB can be sent at once. Go back: what you wrote is still there. "
                "Then send fewer or smaller files."
            ) % {"megabytes": megabytes}
            words.append({"language": PAGE_LANGUAGE[language], "title": title, "text": text})
    if b"text/html" in accept:
        page = render_to_string("jobs/too_large.html", {"style": _style(), "words": words})
        return "text/html", page.encode()
    answer = {"code": "too_large", "message": words[0]["text"], "errors": {}}
    return "application/json", json.dumps(answer).encode()


def nobody_answers(accept: bytes) -> tuple[str, bytes]:
    """What nginx says when no process of ours answers: whether the request arrived cannot be known then."""
    if b"text/html" in accept:
        page = render_to_string("errors/away.html", {"style": _style()})
        return "text/html", page.encode()
    message = (
        "No answer. It may or may not have arrived: send it again with the same Idempotency-Key or version."
    )
    return "application/json", json.dumps({"code": "unavailable", "message": message, "errors": {}}).encode()


def _style() -> str:
    """The address of the style sheet; none before files were collected, when the page must do without."""
    try:
        return static("app.css")
    except ValueError:
        return ""
