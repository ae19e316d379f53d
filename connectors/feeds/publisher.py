"""The publisher: records into the outbox, from there into Kafka, and out of it when all are acked.

Whatever is published is written down first, as the bytes that will be sent. So a record is stamped
once, and whoever is killed on the way sends the same bytes again after the start.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from connectors import metrics
from connectors.feeds.ledger import Ledger
from schemas import Unavailable
from store import outbox
from store.outbox import OutboxRow, Waiting

BATCH = 500
"""Records sent before their acks are waited for."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two tries while Kafka cannot be had: doubled from the first to the longest."""

_log = structlog.get_logger("publisher")


class Sender(Protocol):
    """What sends: blocks until every record is acked, raises `Unavailable` when one is not."""

    def publish(self, rows: Sequence[Waiting], /) -> None:
        """Send all and wait for all acks."""


class Publisher:
    """Sends what is in the outbox, in its order, over and over until it is acked. One a process."""

    def __init__(
        self,
        ledger: Ledger,
        sender: Sender,
        *,
        clock: Callable[[], datetime],
        reach: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._sender = sender
        self._clock = clock
        self._reach = reach
        self._given = asyncio.Event()
        self._acks: dict[_Name, asyncio.Future[None]] = {}

    async def publish(self, rows: Iterable[OutboxRow]) -> None:
        """Write rows into the outbox, and return when Kafka has every one of them.

        Raises `Unavailable` where the store fails; while Kafka fails it waits.
        """
        kept = tuple(rows)
        if not kept:
            return
        loop = asyncio.get_running_loop()
        waiting = [self._acks.setdefault(_name(row), loop.create_future()) for row in kept]
        await self._ledger.do(outbox.put, kept)
        self._reach("stored")
        self._given.set()
        await asyncio.gather(*waiting)

    async def run(self) -> None:
        """Send until cancelled, beginning with what an earlier process left behind."""
        pause = FIRST_PAUSE
        while True:
            try:
                sent = await self._send_some()
            except Unavailable as error:
                metrics.PRODUCE_ERRORS.inc()
                _log.warning("kafka-unavailable", reason=str(error), next_try=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            if not sent:
                self._given.clear()
                await self._given.wait()

    async def _send_some(self) -> int:
        """Send one batch; returns how many records it had."""
        rows = await self._ledger.do(outbox.waiting, 0, BATCH)
        metrics.OUTBOX.set(len(rows))
        if not rows:
            return 0
        await asyncio.to_thread(self._sender.publish, rows)
        self._reach("produced")
        ids = [row.id for row in rows]
        await self._ledger.do(outbox.acked, ids, self._clock())
        self._reach("acked")
        metrics.PRODUCED.inc(len(rows))
        for row in rows:
            ack = self._acks.pop(_name(row), None)
            if ack is not None and not ack.done():
                ack.set_result(None)
        return len(rows)


_Name = tuple[str, str, bytes]


def _name(row: OutboxRow | Waiting) -> _Name:
    """Name a record by what is sent: equal ones are one, and have one ack."""
    return row.topic, row.key, row.value
