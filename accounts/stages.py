"""The steps between a right password and being signed in: prove the second factor, or set up a missing one.

Until the last step is done the person is not signed in at all, so no page, API call or socket needs to ask.
"""

from __future__ import annotations

from allauth.account.stages import LoginStage
from allauth.core.internal.httpkit import headed_redirect_response
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpResponseBase

from accounts import second_factor

Answer = tuple[HttpResponseBase | None, bool]


class ProveFactor(AuthenticateStage):
    """Everybody who has a second factor proves it, whatever their role."""

    def handle(self) -> Answer:
        if second_factor.was_proved_elsewhere(self.request, self.login.user):
            return None, True
        answer: Answer = super().handle()
        return answer


class SetUpFactor(LoginStage):
    """Whose role must have a second factor, and who has none, sets one up now."""

    key = "set_up_factor"
    urlname = "account_set_up_factor"

    def handle(self) -> Answer:
        user = self.login.user
        if (
            not second_factor.is_required(user)
            or second_factor.has_one(user)
            or second_factor.was_proved_elsewhere(self.request, user)
        ):
            return None, True
        return headed_redirect_response("account_set_up_factor"), True
