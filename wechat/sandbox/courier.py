"""Carries what is due to the platform and lets WeChat's own work go on in the background."""

import asyncio
import contextlib
import logging
import time

import httpx

from . import delivery, settlement
from .delivery import Outgoing
from .records import Delivery
from .weixin import replies
from .world import World

logger = logging.getLogger(__name__)
PULSE_SECONDS = 0.25
PRUNE_SECONDS = 60
AT_ONCE = 16


class Courier:
    def __init__(self, world: World) -> None:
        self._world = world
        self._bell = asyncio.Event()
        self._flying: set[str] = set()
        self._tasks: set[asyncio.Task] = set()
        self._limit = asyncio.Semaphore(AT_ONCE)
        self._client = httpx.AsyncClient(timeout=delivery.REPLY_SECONDS, trust_env=False)

    async def run(self) -> None:
        """Work until cancelled."""
        self._world.wake = self._bell.set
        pruned = time.monotonic()
        while True:
            settlement.tick(self._world)
            if time.monotonic() - pruned > PRUNE_SECONDS:
                settlement.prune(self._world)
                pruned = time.monotonic()
            self._world.commit()
            if self._world.config.callback_url:
                for item in delivery.due(self._world):
                    self._send_off(item)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), PULSE_SECONDS)
            self._bell.clear()

    async def close(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def flush(self, *, everything: bool = False) -> list[Delivery]:
        """Send what is due, with `everything` also what is not, and return it once answered."""
        settlement.tick(self._world)
        items = delivery.due(self._world, everything=everything)
        for item in items:
            self._send_off(item)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return items

    def _send_off(self, item: Delivery) -> None:
        if item.id in self._flying:
            return
        self._flying.add(item.id)
        task = asyncio.ensure_future(self._carry(item))
        self._tasks.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            logger.error("a delivery failed inside the sandbox", exc_info=task.exception())

    async def _carry(self, item: Delivery) -> None:
        try:
            async with self._limit:
                for outgoing in delivery.request_for(self._world, item):
                    await self._attempt(item, outgoing)
        finally:
            self._flying.discard(item.id)

    async def _attempt(self, item: Delivery, outgoing: Outgoing) -> None:
        try:
            answer = await self._client.request(
                outgoing.method, outgoing.url, headers=outgoing.headers, content=outgoing.body
            )
        except httpx.HTTPError as trouble:
            finish(self._world, item, outgoing, 0, b"", f"no answer: {type(trouble).__name__}")
        else:
            finish(self._world, item, outgoing, answer.status_code, answer.content)


def finish(world: World, item: Delivery, outgoing: Outgoing, status: int, reply: bytes, trouble: str = "") -> None:
    """Record one attempt's answer and show what it says on the phone."""
    delivery.record(world, item, outgoing, status, reply, trouble)
    person = world.people.get(item.person_id)
    if item.state == "done" and item.kind == "push" and person and reply.strip().startswith(b"<xml>"):
        replies.show(world, person, item.message["account"], reply)
    world.commit()
