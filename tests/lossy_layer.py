"""Channel layers one cannot rely on: they drop, double and reorder what they are given (trust.md F11)."""

import asyncio
import random

from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer


class Lossy:
    """Before a layer in the order of bases: a fifth is lost, a tenth comes twice, all of it late by chance."""

    def __init__(self, *args, seed=None, drop=0.2, double=0.1, latest=0.05, **kwargs):
        super().__init__(*args, **kwargs)
        self.chance = random.Random(seed)
        self.drop, self.double, self.latest = drop, double, latest
        self.on_the_way = set()

    async def group_send(self, group, message):
        for _ in range(2 if self.chance.random() < self.double else 1):
            if self.chance.random() < self.drop:
                continue
            late = asyncio.create_task(self._later(group, message, self.chance.random() * self.latest))
            self.on_the_way.add(late)
            late.add_done_callback(self.on_the_way.discard)

    async def _later(self, group, message, seconds):
        await asyncio.sleep(seconds)
        await super().group_send(group, message)


class LossyLayer(Lossy, InMemoryChannelLayer):
    pass


class _RedisLayer(RedisPubSubChannelLayer):
    async def group_send(self, group, message):  # otherwise found only as an attribute, not by ``super``
        await self._get_layer().group_send(group, message)


class LossyRedisLayer(Lossy, _RedisLayer):
    pass
