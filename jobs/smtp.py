"""SMTP that can tell a refused mail from one whose fate nobody knows."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class OutcomeUnseen(Exception):
    """The text was handed over and the line broke before the answer: the server may have taken the mail."""


class _Watching:
    """Mixed into the two clients of ``smtplib``."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        try:
            answer: tuple[int, bytes] = super().data(msg)  # type: ignore[misc]
        except smtplib.SMTPDataError:
            raise
        except (smtplib.SMTPServerDisconnected, OSError) as lost:
            raise OutcomeUnseen from lost
        return answer


class _Plain(_Watching, smtplib.SMTP):
    pass


class _Ssl(_Watching, smtplib.SMTP_SSL):
    pass


class Smtp(EmailBackend):
    """Django's SMTP backend, raising ``OutcomeUnseen`` where it would raise a lost connection after DATA."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Ssl if self.use_ssl else _Plain
