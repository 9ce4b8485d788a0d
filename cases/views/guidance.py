"""Texts before filing, for staff: read them, propose other words, publish, and see who wrote what and when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.guidance_versions import decide, may_publish, propose, texts_of
from cases.models import GuidanceVersion
from cases.refusals import InputRefused
from cases.views.seeing import officer
from routing.models import Guidance
from text.fields import CleanCharField

LIMIT = 600


class WordsForm(forms.Form):
    text_en = CleanCharField(label=_("text in English"), multiline=True, max_length=LIMIT)
    text_zh_hant = CleanCharField(label=_("text in Traditional Chinese"), multiline=True, max_length=LIMIT)
    text_zh_hans = CleanCharField(label=_("text in Simplified Chinese"), multiline=True, max_length=LIMIT)
    checked = forms.BooleanField(
        label=_("I have read the translations against the English: they say the same"), required=False
    )


@require_safe
@never_cache
def texts(request: HttpRequest) -> HttpResponse:
    """Every text, with what waits for somebody: a translation that is older, a proposal that is open."""
    officer(request)
    waiting = GuidanceVersion.objects.filter(state=GuidanceVersion.State.PROPOSED)
    waits = set(waiting.values_list("guidance_id", flat=True))
    rows = [
        {"row": row, "older": _names(row.older_languages()), "waits": row.pk in waits}
        for row in Guidance.objects.select_related("category").order_by("position", "code")
    ]
    return render(request, "cases/guidance_list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def text(request: HttpRequest, code: str) -> HttpResponse:
    """One text in three languages with its history; a POST shows a preview of other words, or proposes them."""
    user = officer(request)
    found = get_object_or_404(Guidance.objects.select_related("category"), pk=code)
    if request.method != "POST":
        return _page(request, found, WordsForm(initial=texts_of(found)), 200)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, 422)
    words = {name: form.cleaned_data[name] for name in texts_of(found)}
    if "_preview" in request.POST:
        return _page(request, found, form, 200, preview=words)
    try:
        propose(found, user, words, checked=form.cleaned_data["checked"])
    except InputRefused as refused:
        for name, said in refused.errors.items():
            form.add_error(name, [str(one) for one in said])
        return _page(request, found, form, 422)
    messages.success(request, _("Your words wait for a supervisor who publishes them."))
    return redirect("cases:guidance_text", found.pk)


@require_POST
@never_cache
def decision(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Publish a proposal or turn it down; 403 for its author and for whoever is no supervisor."""
    user = officer(request)
    version = get_object_or_404(GuidanceVersion, guidance_id=code, number=number)
    if not may_publish(user, version):
        raise PermissionDenied
    publish = "publish" in request.POST
    try:
        decide(version.pk, user, publish=publish)
    except InputRefused as refused:
        for said in refused.errors.values():
            messages.warning(request, " ".join(str(one) for one in said))
    else:
        messages.success(
            request, _("The words are published.") if publish else _("The words are turned down.")
        )
    return redirect("cases:guidance_text", code)


def _page(
    request: HttpRequest,
    found: Guidance,
    form: WordsForm,
    status: int,
    *,
    preview: dict[str, str] | None = None,
) -> HttpResponse:
    user = officer(request)
    versions = GuidanceVersion.objects.filter(guidance=found).select_related("author", "decided_by")
    context: dict[str, Any] = {
        "row": found,
        "older": _names(found.older_languages()),
        "form": form,
        "preview": _in_three(preview) if preview else [],
        "versions": [
            {
                "row": one,
                "texts": _in_three(texts_of(one)),
                "may_publish": one.state == one.State.PROPOSED and may_publish(user, one),
            }
            for one in versions
        ],
    }
    return render(request, "cases/guidance_text.html", context, status=status)


def _in_three(words: dict[str, str]) -> list[dict[str, str]]:
    """The words of each language, with its code for the browser."""
    return [
        {"language": lang, "name": str(name), "text": words[f"text_{lang.replace('-', '_')}"]}
        for lang, name in settings.LANGUAGES
    ]


def _names(languages: list[str]) -> str:
    names = dict(settings.LANGUAGES)
    return ", ".join(str(names[lang]) for lang in languages)
