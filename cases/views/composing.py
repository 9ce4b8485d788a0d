"""Keeping what is being written, and taking back what has not gone yet."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from cases import composing
from cases.forms import CASE_FORMS
from cases.views.seeing import case_or_404, officer
from text.clean import UnusableText, clean_text
from text.dates import clock_time

ACTS = ("undo", "now", "settle")


@never_cache
@sensitive_post_parameters("text")
@require_POST
def draft(request: HttpRequest, reference: str, move: str) -> HttpResponse:
    """Keep the words in the form of a move; the answer is a sentence for the page."""
    user, case = officer(request), case_or_404(request, reference)
    if move not in CASE_FORMS or "text" not in CASE_FORMS[move].base_fields:
        raise Http404
    try:
        text = clean_text(request.POST.get("text", ""), multiline=True)
    except UnusableText:
        return JsonResponse({"said": gettext("Not saved: the text holds a broken character.")}, status=422)
    if len(text) > composing.MOST:
        return JsonResponse({"said": gettext("Not saved: the text is too long.")}, status=422)
    row = composing.keep(user, case, move, text)
    if row is None:
        return JsonResponse({"said": ""})
    at = clock_time(row.saved_at, get_language() or "en")
    return JsonResponse({"said": gettext("Draft saved at %(at)s") % {"at": at}})


@never_cache
@require_POST
def message(request: HttpRequest, reference: str, uuid: UUID, act: str) -> HttpResponse:
    """Take a message back that still waits, let it go now, or note why it did not go."""
    user, case = officer(request), case_or_404(request, reference)
    if act not in ACTS:
        raise Http404
    page = reverse("cases:case", args=[case.reference])
    if act == "settle":
        composing.settle(case, user, uuid)
        return redirect(reverse("cases:move", args=[case.reference, "send_message"]))
    if act == "now":
        if composing.send_now(case, user, uuid):
            messages.success(request, gettext("The message has been sent."))
        return redirect(page)
    if composing.undo(case, user, uuid):
        messages.success(request, gettext("The message was not sent. Your words are in the form below."))
        return redirect(reverse("cases:move", args=[case.reference, "send_message"]))
    messages.warning(request, gettext("The message had gone already: it cannot be taken back."))
    return redirect(page)
