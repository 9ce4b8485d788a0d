"""Where each role begins after signing in, and the one way in for the administration too."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
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


@login_not_required
def administration_sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """In place of the administration's own sign-in, which asks for no second factor; 403 for other roles."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
    if not admin.site.has_permission(request):
        raise PermissionDenied
    return redirect("admin:index")


def administration_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The administration's link to change one's password leads to ours."""
    return redirect("account_change_password")
