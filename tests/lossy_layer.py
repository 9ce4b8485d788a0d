"""A channel layer one cannot rely on: it drops, doubles and reorders what it is given (trust.md F11)."""

import asyncio
import random

from channels.layers import InMemoryChannelLayer


class LossyLayer(InMemoryChannelLayer):
    def __init__(self, seed=0, drop=0.2, double=0.1, latest=0.05, **kwargs):
        super().__init__(**kwargs)
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
