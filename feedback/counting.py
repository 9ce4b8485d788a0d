"""How often something was asked lately, counted in the cache that all processes share."""

from __future__ import annotations

from django.core.cache import cache


def counted(key: str, seconds: int) -> int:
    """One more of ``key``; how many there were since its first, which is forgotten after so many seconds.

    0 if the count was pushed out of the cache meanwhile: better one too many than somebody turned away for nothing.
    While the cache is away each process counts for itself (``config.caching``).
    """
    try:
        cache.add(key, 0, seconds)
        return int(cache.incr(key))
    except ValueError:
        return 0
