"""Setting up a missing second factor between the password and being signed in (``accounts.stages.SetUpFactor``)."""

from __future__ import annotations

import base64

from allauth.account.internal.decorators import login_stage_required
from allauth.mfa import signals
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, clear_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts import second_factor
from accounts.forms import FirstCodeForm, NewKeyForm
from accounts.models import User
from accounts.stages import SetUpFactor

#: In the session: for whom this very sign-in has set up a factor. Somebody else who also knows the password and
#: waits at this step gains nothing by it.
DONE = "factor_set_up_for"

_at_this_step = login_stage_required(stage=SetUpFactor.key, redirect_urlname="account_login")


@_at_this_step
def set_up_factor(request: HttpRequest) -> HttpResponse:
    """GET: the picture for an authenticator app, and the button for a passkey. POST: one of the two, then the
    recovery codes, shown here and once."""
    stage = request._login_stage  # type: ignore[attr-defined]
    user: User = stage.login.user
    if second_factor.has_one(user):
        if request.session.get(DONE) == user.pk:
            return render(request, "account/recovery_codes_once.html", {"codes": []})
        return redirect_to_begin(stage)
    posted = request.POST if request.method == "POST" else None
    app = FirstCodeForm(posted if posted and "code" in posted else None, user=user)
    key = NewKeyForm(posted if posted and "credential" in posted else None, user=user)
    if posted and app.is_bound and app.is_valid():
        return _codes(request, user, _add_app(request, user, app.secret))
    if posted and key.is_bound and key.is_valid():
        return _codes(request, user, _add_key(request, user, key))
    address = get_adapter().build_totp_url(user, app.secret)
    picture = base64.b64encode(get_adapter().build_totp_svg(address).encode()).decode()
    context = {
        "app": app,
        "key": key,
        "form": key if key.is_bound else app,
        "secret": app.secret,
        "picture": f"data:image/svg+xml;base64,{picture}",
        "creation_options": webauthn.begin_registration(user, True),
    }
    return render(request, "account/set_up_factor.html", context)


@_at_this_step
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """The recovery codes are kept: sign in."""
    stage = request._login_stage  # type: ignore[attr-defined]
    if request.session.pop(DONE, None) != stage.login.user.pk:
        return redirect("account_set_up_factor")
    answer: HttpResponse = stage.exit()
    return answer


def redirect_to_begin(stage: SetUpFactor) -> HttpResponse:
    """Begin the sign-in again: a factor exists now that this sign-in has not proved."""
    answer: HttpResponse = stage.abort()
    return answer


@transaction.atomic
def _add_app(request: HttpRequest, user: User, secret: str) -> Authenticator:
    clear_totp_secret(request)
    return TOTP.activate(user, secret).instance


@transaction.atomic
def _add_key(request: HttpRequest, user: User, form: NewKeyForm) -> Authenticator:
    added = webauthn.WebAuthn.add(user, form.cleaned_data["name"], form.cleaned_data["credential"])
    return added.instance  # type: ignore[no-any-return]


def _codes(request: HttpRequest, user: User, added: Authenticator) -> HttpResponse:
    signals.authenticator_added.send(sender=Authenticator, request=request, user=user, authenticator=added)
    request.session[DONE] = user.pk
    codes = RecoveryCodes.activate(user)
    codes.mark_as_viewed()
    return render(request, "account/recovery_codes_once.html", {"codes": codes.get_unused_codes()})
