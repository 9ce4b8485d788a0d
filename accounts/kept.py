"""What somebody sent after their sign-in had ended is not lost: it comes back to be sent once more.

The words are not stored. They travel, sealed with our signature, in the page that asks the person to sign in, so
that whoever signs in next on the same machine finds nothing.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

SALT = "accounts.kept"
#: A page left open for longer than a working day is not continued. Seconds.
KEPT_FOR = 12 * 3600
#: Fields that nobody typed.
OURS = {"csrfmiddlewaretoken", "version", "next", "action", "_save", "_continue", "_addanother"}


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's, but a form that somebody had filled in is kept instead of dropped by the redirect."""

    def handle_no_permission(  # type: ignore[override]  # a page, not only a redirect
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        if request.method == "POST" and _words(request):
            return _ask_to_sign_in(request, _sealed(request), request.path, bool(request.FILES))
        return super().handle_no_permission(request, view_func)


@login_not_required
@csrf_exempt  # changes nothing: it shows words that bear our own signature, with a form that has a fresh token
@require_POST
@never_cache
def send_again(request: HttpRequest) -> HttpResponse:
    """The sealed words, as a form to be sent once more; the page to sign in if the person has not yet."""
    sealed = request.POST.get("kept", "")
    try:
        kept = signing.loads(sealed, salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        return redirect("account_home")
    if not request.user.is_authenticated:
        return _ask_to_sign_in(request, sealed, kept["path"], kept["files"])
    fields = [(name, value) for name, values in kept["fields"] for value in values]
    words = [value for name, value in fields if name not in OURS and _is_text(value)]
    context = {"path": kept["path"], "fields": fields, "words": words, "files": kept["files"]}
    return render(request, "account/send_again.html", context)


def _ask_to_sign_in(request: HttpRequest, sealed: str, path: str, files: bool) -> HttpResponse:
    context = {"sealed": sealed, "path": path, "files": files}
    return render(request, "account/kept.html", context, status=401)


def _sealed(request: HttpRequest) -> str:
    fields = [(name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"]
    kept = {"path": request.get_full_path(), "fields": fields, "files": bool(request.FILES)}
    return signing.dumps(kept, salt=SALT, compress=True)


def _words(request: HttpRequest) -> bool:
    """Whether a person typed anything into what was sent. Passwords are never kept."""
    if any("password" in name for name in request.POST):
        return False
    return any(
        name not in OURS and _is_text(value) for name, values in request.POST.lists() for value in values
    )


def _is_text(value: str) -> bool:
    return len(value.split()) > 1 or len(value) > 20
