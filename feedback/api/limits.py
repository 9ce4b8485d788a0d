"""How often one caller may ask in an hour: a person or partner by account, everybody else by address."""

from __future__ import annotations

import math
import time
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from feedback.attempts import Visitor
from feedback.counting import counted

HOUR = 3600


class CallerLimit(BaseThrottle):
    """All calls of one caller, counted in the cache that all processes share; the numbers are settings.

    Headers that a caller can write make nobody another caller. While the cache is away each process counts for
    itself; wrong tracking codes are counted in the database (``feedback.attempts``) and stay limited.
    """

    scope = "calls"
    _left = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        now = time.time()
        self._left = HOUR - now % HOUR
        key = f"limit:{self.scope}:{int(now // HOUR)}:{_caller(request)}"
        return counted(key, HOUR) <= settings.API_CALLS_AN_HOUR[self._scope_for(request)]

    def wait(self) -> float:
        """Seconds until the next hour begins, for ``Retry-After``."""
        return math.ceil(self._left)

    def _scope_for(self, request: Request) -> str:
        return self.scope


class FilingLimit(CallerLimit):
    """Concerns filed: few from one address, more by a partner for all its members."""

    scope = "filing"

    def _scope_for(self, request: Request) -> str:
        return "filing_with_token" if request.user.is_authenticated else self.scope


class FollowingLimit(CallerLimit):
    """Reading and answering with a tracking code, by address."""

    scope = "following"

    def allow_request(self, request: Request, view: Any) -> bool:
        return request.user.is_authenticated or super().allow_request(request, view)


def _caller(request: Request) -> str:
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{Visitor.of(request).address}"
