"""Writes what happens to second factors and passwords into the account's record, and tells the person by mail."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from accounts import second_factor
from accounts.acts import record
from accounts.idle import begin_on_sign_in
from accounts.models import AccountEvent, User

Kind = AccountEvent.Kind
CODES = Authenticator.Type.RECOVERY_CODES


def watch() -> None:
    """Connect everything; called once, when the room is ready."""
    user_logged_in.connect(begin_on_sign_in, dispatch_uid="accounts.idle")
    password_changed.connect(_password_changed, dispatch_uid="accounts.watching")
    authenticator_added.connect(_added, dispatch_uid="accounts.watching")
    authenticator_removed.connect(_removed, dispatch_uid="accounts.watching")
    authenticator_reset.connect(_reset, dispatch_uid="accounts.watching")
    authenticator_used.connect(_used, dispatch_uid="accounts.watching")


def _password_changed(user: User, **kwargs: Any) -> None:
    record(Kind.PASSWORD_SET, user, by=user, tell=True)


def _added(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type != CODES:
        record(Kind.FACTOR_ADDED, user, by=user, tell=True, type=str(authenticator.type))


def _removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == CODES:
        return
    record(Kind.FACTOR_REMOVED, user, by=user, tell=True, type=str(authenticator.type))
    if second_factor.is_required(user) and not second_factor.has_one(user):
        # Back to the beginning: a new one is set up at the next sign-in, before anything else.
        user.end_sessions()
        logout(request)


def _reset(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == CODES:
        record(Kind.CODES_MADE, user, by=user, tell=True)


def _used(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == CODES:
        left = len(Authenticator.objects.get(pk=authenticator.pk).wrap().get_unused_codes())
        record(Kind.CODE_USED, user, by=user, tell=True, left=left)
