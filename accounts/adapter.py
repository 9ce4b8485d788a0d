"""How signing in differs from allauth's defaults: nobody signs up alone, and a sign-in ends with the working day."""

from datetime import timedelta

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User

#: A member of staff signs in again after this long, whatever they did meanwhile.
SIGNED_IN_FOR = timedelta(hours=10)


class ClosedSignUp(DefaultAccountAdapter):
    """Accounts are made by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.session.set_expiry(timezone.now() + SIGNED_IN_FOR)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_home")
