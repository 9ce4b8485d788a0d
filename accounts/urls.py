"""Signing in and out. Only what has a page of ours is reachable of what allauth offers.

There is no way to ask for a new password from outside: an administrator sends a link to set one.
"""

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount.providers.openid_connect.views import callback
from csp.decorators import csp_update
from django.conf import settings
from django.urls import path
from django.views.generic import RedirectView

from accounts import idle, invitations, kept, set_up
from accounts.home import home
from accounts.provider import go_to_provider
from accounts.sessions import sessions

#: The button that leads to the organisation's sign-in posts a form, which the policy allows to our own site alone.
may_go_to_provider = csp_update({"form-action": settings.OIDC_ORIGINS})  # type: ignore[arg-type]

urlpatterns = [
    path("login/", may_go_to_provider(views.login), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/<str:who>/<str:token>/", invitations.set_password, name="account_set_password"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("home/", home, name="account_home"),
    # how long one stays signed in
    path("session/", idle.sign_in_state, name="account_session"),
    path("sessions/", sessions, name="usersessions_list"),
    path("send-again/", kept.send_again, name="account_send_again"),
    # the second factor
    path("set-up/", set_up.set_up_factor, name="account_set_up_factor"),
    path("set-up/finish/", set_up.finish, name="account_set_up_finish"),
    path("second-factor/", mfa.index, name="mfa_index"),
    path("second-factor/prove/", mfa.authenticate, name="mfa_authenticate"),
    path("second-factor/again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("second-factor/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("second-factor/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-factor/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("second-factor/keys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("second-factor/keys/add/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("second-factor/keys/again/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("second-factor/keys/sign-in/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("second-factor/keys/<int:pk>/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path("second-factor/keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    # the organisation's provider
    path("oidc/<str:provider_id>/login/", may_go_to_provider(go_to_provider), name="openid_connect_login"),  # type: ignore[arg-type]
    path("oidc/<str:provider_id>/login/callback/", callback, name="openid_connect_callback"),
]
