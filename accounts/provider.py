"""The way to the organisation's OpenID Connect provider, and a page that says so when it is away."""

from __future__ import annotations

import logging

from allauth.socialaccount.providers.openid_connect import views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

logger = logging.getLogger(__name__)


@login_not_required
def go_to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """GET: a page with one button. POST: off to the provider; 502 with a sentence if it does not answer."""
    try:
        answer: HttpResponse = views.login(request, provider_id)
    except RequestException as away:
        logger.warning("the sign-in provider is away: %s", type(away).__name__)
        return render(request, "account/provider_failed.html", status=502)
    return answer
