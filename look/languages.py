"""The three languages of every page: their codes, their tags, and which one a visitor gets.

An address says its language (``/zh-hant/…``). Where it does not, a choice made before wins, then the browser's
wish. Nobody is ever sent to a language by where they seem to be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import get_language_from_path, parse_accept_lang_header


@dataclass(frozen=True)
class Language:
    """``code`` is Django's and the one in addresses; ``tag`` is the ``lang`` attribute."""

    code: str
    tag: str
    name: str


LANGUAGES = (
    Language("en", "en-HK", "English"),
    Language("zh-hant", "zh-Hant-HK", "繁體"),
    Language("zh-hans", "zh-Hans-CN", "简体"),
)
TAGS = {language.code: language.tag for language in LANGUAGES}


def tag_of(code: str | None) -> str:
    """The ``lang`` attribute for a language code; empty for an unknown one, which says "not known" in HTML."""
    return TAGS.get(code or "", "")


def preferred_language(request: HttpRequest) -> str:
    """The language code for an address without one: the choice remembered, then the browser's wish."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in TAGS:
        return chosen
    for wish, _weight in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        # Cantonese is written in Traditional characters here; Django does not know the tag.
        if wish == "yue" or wish.startswith("yue-"):
            return "zh-hant"
        try:
            return get_supported_language_variant(wish)
        except LookupError:
            continue
    return "en"


class LanguageMiddleware(LocaleMiddleware):
    """Django's, with Cantonese understood, and the language of the last page read remembered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)

    def process_request(self, request: HttpRequest) -> None:
        language = get_language_from_path(request.path_info) or preferred_language(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        read = get_language_from_path(request.path_info)
        if (
            read
            and isinstance(response, HttpResponse)
            and response.status_code == 200
            and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != read
        ):
            remember(response, read)
        if read is None:
            patch_vary_headers(response, ["Cookie"])
        return response


def remember(response: HttpResponse, code: str) -> None:
    """Keep the choice in a cookie for a year; it holds nothing else."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
    )
