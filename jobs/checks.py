"""What ``manage.py check`` says about the background work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def mail_leaves_the_house(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Outside the embedded default a mail that is only kept for reading is a mail that was never sent."""
    if settings.EMAIL_BACKEND == "jobs.mailbox.Mailbox" and not settings.EMBEDDED:
        return [Error("EMAIL_URL is not set: no mail would be sent.", id="jobs.E001")]
    return []
