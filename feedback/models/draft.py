"""A form somebody has begun: kept from the first answer, for 14 days after the last change."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.db import models

from jobs.clock import this_moment
from text.sealed import SealedJSONField

#: How long a form that was not sent is kept after its last change (said on the cookies page).
KEPT_FOR = timedelta(days=14)
#: How long the page after sending shows the tracking code again to the same browser.
CODE_KEPT_FOR = timedelta(hours=1)


class Draft(models.Model):
    """What was typed, valid or not, by step. Only the browser that began it knows the token behind ``key``."""

    key = models.CharField(max_length=64, unique=True)
    answers = SealedJSONField()
    version = models.PositiveIntegerField(default=1)
    language = models.CharField(max_length=10, default="en")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    case = models.ForeignKey("cases.Case", on_delete=models.SET_NULL, null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    #: The tracking code, readable only with the browser's token; wiped after an hour or when it was noted.
    sealed_code = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"draft {self.pk}"

    @classmethod
    def key_of(cls, token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def begin(cls, language: str) -> tuple[Draft, str]:
        """A new draft and the token its browser keeps."""
        token, now = secrets.token_hex(16), this_moment()
        draft = cls(key=cls.key_of(token), language=language, updated_at=now, expires_at=now + KEPT_FOR)
        draft.save()
        return draft, token

    @classmethod
    def of_token(cls, token: str) -> Draft | None:
        if not token:
            return None
        return cls.objects.filter(key=cls.key_of(token), expires_at__gt=this_moment()).first()

    def keep(self, answers: dict[str, Any], *, seen: int, language: str) -> bool:
        """Save all answers if nobody has saved since version ``seen``; says whether it did."""
        now = this_moment()
        saved = Draft.objects.filter(pk=self.pk, version=seen, sent_at=None).update(
            answers=answers,
            language=language,
            version=seen + 1,
            updated_at=now,
            expires_at=now + KEPT_FOR,
        )
        if saved:
            self.answers, self.version, self.updated_at, self.language = answers, seen + 1, now, language
        return bool(saved)

    def seal(self, code: str, token: str) -> None:
        self.sealed_code = _lock(token).encrypt(code.encode()).decode()

    def unseal(self, token: str) -> str:
        """The tracking code, while it may still be shown; empty afterwards."""
        if not self.sealed_code or self.sent_at is None or this_moment() - self.sent_at > CODE_KEPT_FOR:
            return ""
        try:
            return _lock(token).decrypt(self.sealed_code.encode()).decode()
        except InvalidToken:
            return ""


def _lock(token: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"tracking code " + token.encode()).digest()))
