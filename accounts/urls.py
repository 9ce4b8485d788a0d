"""Signing in and out. Only what has a page of ours is reachable of what allauth offers.

There is no way to set a forgotten password by mail: an administrator sets a new one.
"""

from allauth.account import views
from django.urls import path

from accounts.home import home

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("home/", home, name="account_home"),
]
