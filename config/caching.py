"""The cache all processes share. It holds counts that slow down guessing, and nothing that must be kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def _or_own(of_redis: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(of_redis)
    def call(self: SharedCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return of_redis(self, *args, **kwargs)
        except RedisError as away:
            logger.warning("the shared cache is away: %s", type(away).__name__)
            return getattr(self.own, of_redis.__name__)(*args, **kwargs)

    return call


class SharedCache(RedisCache):
    """Redis. While it is away each process counts by itself, so that people can still sign in and are still limited."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.own = LocMemCache("while-redis-is-away", {})

    add = _or_own(RedisCache.add)
    get = _or_own(RedisCache.get)
    set = _or_own(RedisCache.set)
    touch = _or_own(RedisCache.touch)
    delete = _or_own(RedisCache.delete)
    incr = _or_own(RedisCache.incr)
    has_key = _or_own(RedisCache.has_key)
    clear = _or_own(RedisCache.clear)
