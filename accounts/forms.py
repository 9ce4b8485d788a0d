"""The sign-in form: a user name, a password, and a session that ends with the working day."""

from datetime import timedelta
from typing import Any

from allauth.account.forms import LoginForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

#: A member of staff signs in again after this long, whatever they did meanwhile.
SIGNED_IN_FOR = timedelta(hours=10)


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)  # the label says it, and stays when one types

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response: HttpResponse = super().login(request, redirect_url=redirect_url)
        request.session.set_expiry(timezone.now() + SIGNED_IN_FOR)
        return response
