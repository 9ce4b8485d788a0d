"""A form somebody has begun: kept from the first answer, for 14 days after the last change."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from jobs.clock import this_moment
from text.reference import new_tracking_code
from text.sealed import SealedJSONField, SealedTextField, finding_keys

#: How long a form that was not sent is kept after its last change (said on the cookies page).
KEPT_FOR = timedelta(days=14)
#: In the session: the address whose code opened several forms, and until when one of them can be chosen.
RESUMABLE = "resumable"
#: In the session: the address to be kept with the form once a code mailed there was typed in.
KEEPING = "keeping"
#: How long the page after sending shows the tracking code again to the same browser.
CODE_KEPT_FOR = timedelta(hours=1)


class Draft(models.Model):
    """What was typed, valid or not, by step. Only the browser that began it knows the token behind ``key``.

    Another device continues it with a resume code, of which ``resume_hash`` is a keyed hash, and has a token of its
    own from then on (``DraftBrowser``).
    """

    key = models.CharField(max_length=64, unique=True)
    answers = SealedJSONField()
    version = models.PositiveIntegerField(default=1)
    language = models.CharField(max_length=10, default="en")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    case = models.ForeignKey("cases.Case", on_delete=models.SET_NULL, null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    resume_hash = models.CharField(max_length=64, blank=True, db_index=True)
    #: By which ``finding_keys`` knows the address that was confirmed with a code before sending.
    confirmed_key = models.CharField(max_length=64, blank=True)
    #: Where a code to go on is sent, if the person gave an address for that; found by ``email_key``.
    email = SealedTextField(blank=True)
    email_key = models.CharField(max_length=64, blank=True, db_index=True)
    #: One mail is wanted before the form is deleted.
    remind = models.BooleanField(default=False)
    reminded_at = models.DateTimeField(null=True, blank=True)
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
        key, kept = cls.key_of(token), cls.objects.filter(expires_at__gt=this_moment())
        return kept.filter(key=key).first() or kept.filter(browsers__key=key).first()

    @classmethod
    def unsent(cls) -> QuerySet[Draft]:
        """Those that can be continued."""
        return cls.objects.filter(expires_at__gt=this_moment(), sent_at=None)

    @classmethod
    def of_resume_code(cls, code: str) -> Draft | None:
        """The form, not sent yet, that these sixteen digits continue."""
        return cls.unsent().filter(resume_hash__in=_resume_hashes(code)).first()

    @classmethod
    def reached_by(cls, address: str) -> QuerySet[Draft]:
        """The forms, not sent yet, that a code mailed to this address continues; the last saved first."""
        return cls.unsent().filter(email_key__in=finding_keys(address)).order_by("-updated_at")

    def reach_by(self, address: str, *, remind: bool) -> None:
        """Let a code mailed to this address continue the form, instead of one to an earlier address."""
        Draft.objects.filter(pk=self.pk, sent_at=None).update(
            email=address, email_key=finding_keys(address)[0], remind=remind
        )

    def has_confirmed(self, address: str) -> bool:
        """Whether a code mailed to this address was typed in."""
        return bool(self.confirmed_key) and self.confirmed_key in finding_keys(address)

    def new_resume_code(self) -> str:
        """Sixteen digits with which any device continues this form; an earlier code continues it no more."""
        code = new_tracking_code()
        Draft.objects.filter(pk=self.pk, sent_at=None).update(resume_hash=_resume_hashes(code)[0])
        return code

    def new_browser(self) -> str:
        """A token for one more browser."""
        token = secrets.token_hex(16)
        DraftBrowser.objects.create(draft=self, key=self.key_of(token))
        return token

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


class DraftBrowser(models.Model):
    """Another browser in which the form goes on, by the hash of its token."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="browsers")
    key = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"another browser of draft {self.draft_id}"


def _resume_hashes(code: str) -> list[str]:
    """With the key in use first, then those still believed: without the keys a copy of the table tells no code."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [salted_hmac("feedback.resume", code, secret=key, algorithm="sha256").hexdigest() for key in keys]


def _lock(token: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"tracking code " + token.encode()).digest()))
