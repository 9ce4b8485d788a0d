"""What ``manage.py check`` says about signing in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from accounts.models import Role


@register(Tags.security)
def settings_are_understood(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A role or word misspelt here would silently require nothing."""
    found: list[CheckMessage] = []
    if unknown := sorted(set(settings.REQUIRE_SECOND_FACTOR_FOR) - set(Role.values)):
        words = f"REQUIRE_SECOND_FACTOR_FOR names unknown roles: {', '.join(unknown)}"
        found.append(Error(words, hint=f"Roles are {', '.join(Role.values)}.", id="accounts.E001"))
    if settings.OIDC_SECOND_FACTOR not in ("own", "trusted"):
        found.append(Error("OIDC_SECOND_FACTOR is neither own nor trusted.", id="accounts.E002"))
    return found


@register(Tags.security, deploy=True)
def staff_need_a_second_factor(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    missing = sorted(set(Role.values) - {Role.PARTNER} - set(settings.REQUIRE_SECOND_FACTOR_FOR))
    if missing and not settings.EMBEDDED:
        return [
            Warning(f"These roles sign in with a password alone: {', '.join(missing)}", id="accounts.W001")
        ]
    return []
