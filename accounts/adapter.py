"""How accounts differ from allauth's defaults: nobody signs up alone, and the pages speak for themselves."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountEvent, User

logger = logging.getLogger(__name__)


class ClosedSignUp(DefaultAccountAdapter):
    """Accounts are made by an administrator."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The user name or the password is wrong."),
        "too_many_login_attempts": _("Too many wrong tries. Wait a quarter of an hour, then try again."),
        "incorrect_password": _("The password is wrong."),
        "enter_current_password": _("The present password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        return ["accounts.stages.ProveFactor", "accounts.stages.SetUpFactor"]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_home")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Told to the log without what was typed: people type passwords into the wrong field."""
        logger.warning("sign-in refused: wrong user name or password")

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code from your app, or a recovery code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey or security key"),
        }
        methods = super().get_reauthentication_methods(user)
        return [method | {"description": words[method["id"]]} for method in methods]

    def is_login_by_code_required(self, login: Login) -> bool:
        return False

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Nothing: who has signed in stands in the bar, and a message would wait for the next page that shows any."""


class ExistingPeopleOnly(DefaultSocialAccountAdapter):
    """Signing in through the organisation's provider, for people an administrator has made an account for.

    Somebody is known by the provider's own number for them; the first time by an e-mail address that the provider
    says it has verified and that exactly one open account bears.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            # Connecting accounts by hand has no page here.
            raise ImmediateHttpResponse(redirect("account_home"))
        if sociallogin.is_existing:
            return
        verified = [e.email for e in sociallogin.email_addresses if e.verified is True and e.email]
        people = list(User.objects.filter(email__iexact=verified[0], is_active=True)[:2]) if verified else []
        if len(people) != 1:
            logger.warning("sign-in through the provider refused: no account of this address")
            raise ImmediateHttpResponse(render(request, "account/no_account.html", status=403))
        # What the provider says about the person is not ours to keep.
        sociallogin.account.extra_data = {}
        sociallogin.connect(request, people[0])
        AccountEvent.objects.create(kind=AccountEvent.Kind.LINKED, about=people[0], by=people[0])

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        logger.warning("sign-in through the provider failed: %s %s", error, type(exception).__name__)
        raise ImmediateHttpResponse(render(request, "account/provider_failed.html", status=502))
