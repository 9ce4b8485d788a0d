"""Where each role begins after signing in."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Role, User
from look.languages import remember


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Send a signed-in person to their own first page, in the language of their account."""
    user = cast(User, request.user)
    with override(user.language):
        if user.works_cases:
            where = reverse("cases:queue")
        elif user.role == Role.OFFICIAL:
            where = reverse("reports:home")
        elif user.role == Role.ADMINISTRATOR:
            where = reverse("admin:index")
        else:
            where = reverse("start")
    response = redirect(where)
    remember(response, user.language)
    return response
