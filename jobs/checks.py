"""What ``manage.py check --deploy`` says about settings that fit badly together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from jobs.addresses import is_trusted


@register(Tags.security, deploy=True)
def mail_leaves_the_house(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Outside the embedded default a mail that is only kept for reading is a mail that was never sent."""
    if settings.EMAIL_BACKEND == "jobs.mailbox.Mailbox" and not settings.EMBEDDED:
        return [Error("EMAIL_URL is not set: no mail would be sent.", id="jobs.E001")]
    return []


@register(Tags.security, deploy=True)
def the_proxy_is_named(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Django itself never speaks TLS: an https origin means a proxy, and an unknown one is not believed."""
    if settings.SECURE_ORIGIN and not settings.TRUSTED_PROXIES:
        return [
            Error(
                "SITE_ORIGIN is https but TRUSTED_PROXIES is empty: every page would redirect to itself.",
                id="jobs.E002",
            )
        ]
    for entry in settings.TRUSTED_PROXIES:
        try:
            is_trusted("192.0.2.1", [entry])
        except ValueError:
            return [
                Error(f"TRUSTED_PROXIES: {entry} is no address, no network and not unix.", id="jobs.E003")
            ]
    return []


@register(Tags.security, deploy=True)
def companies_outlive_the_secret(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """With one key for both, a new SECRET_KEY would make every company that files again a new one."""
    if settings.COMPANY_KEY == settings.SECRET_KEY and not settings.EMBEDDED:
        return [Error("COMPANY_KEY is not set apart from SECRET_KEY.", id="jobs.E004")]
    return []
