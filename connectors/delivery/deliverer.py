"""The deliverer: alerts that wait in the store go into Kafka, and are marked when all are acked.

Whoever is killed between the ack and the mark sends the same ids and the same bytes again. So no alert
is lost, and a reader who drops ids that he has had gets none twice.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import Engine

from connectors import metrics
from connectors.kafka import Message, message_of
from schemas import Alert, Rejected, Unavailable, decode
from store import deliveries
from store.engine import reading, writing

BATCH = 500
"""Alerts sent before their acks are waited for."""

SHORTEST_LOOK, LONGEST_LOOK = 0.2, 1.0
"""Seconds between two looks into the store: the first after something was found, then doubled."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two tries while Kafka or the store cannot be had: doubled likewise."""

LONGEST_MEASURED = 86_400.0
"""Seconds since first seen up to which it is told how long a delivery took. What is older was not new when it
came: an article of years ago, out of an archive or a folder."""

COUNT_SECONDS = 5.0
"""How often it is counted how many alerts wait."""

_log = structlog.get_logger("deliverer")


class Sender(Protocol):
    """What sends: blocks until every message is acked, raises `Unavailable` when one is not."""

    def publish(self, messages: Sequence[Message], /) -> None:
        """Send all and wait for all acks."""


class Deliverer:
    """Delivers what is due. Several at once do no harm but repeat each other."""

    def __init__(
        self,
        engine: Engine,
        sender: Sender,
        *,
        clock: Callable[[], datetime],
        stop: threading.Event,
        reach: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._sender = sender
        self._clock = clock
        self._stop = stop
        self._reach = reach
        self._counted = -COUNT_SECONDS

    def run(self) -> int:
        """Deliver until told to stop, whatever cannot be had meanwhile; return how many alerts."""
        delivered, look, pause = 0, SHORTEST_LOOK, FIRST_PAUSE
        _log.info("started")
        while not self._stop.is_set():
            try:
                found = self._deliver_some()
            except Unavailable as error:
                metrics.DELIVERY_ERRORS.inc()
                _log.warning("unavailable", reason=str(error), next_try=pause)
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            delivered, pause = delivered + found, FIRST_PAUSE
            look = SHORTEST_LOOK if found else min(2 * look, LONGEST_LOOK)
            if found < BATCH:
                self._stop.wait(look)
        _log.info("stopped", delivered=delivered)
        return delivered

    def drain(self) -> int:
        """Deliver what is due now; return how many alerts. Raises `Unavailable`."""
        delivered = 0
        while not self._stop.is_set() and (found := self._deliver_some()):
            delivered += found
        return delivered

    def _deliver_some(self) -> int:
        """Deliver one batch; return how many alerts it had."""
        with reading(self._engine) as connection:
            due = deliveries.due(connection, BATCH)
            self._count(lambda: deliveries.to_kafka(connection))
        if not due:
            return 0
        alerts = [decode(Alert, record) for _, record in due]
        messages = [
            message_of_alert(alert, record) for alert, (_, record) in zip(alerts, due, strict=True)
        ]
        self._sender.publish(messages)
        self._reach("produced")
        with writing(self._engine) as connection:
            deliveries.delivered(connection, [id for id, _ in due])
        self._reach("marked")
        self._observe(alerts)
        return len(due)

    def _observe(self, alerts: Sequence[Alert]) -> None:
        """Measure how long it took from first seen to delivered, and count what was old."""
        now = self._clock()
        taken = [max((now - alert.first_seen).total_seconds(), 0.0) for alert in alerts]
        fresh = [seconds for seconds in taken if seconds <= LONGEST_MEASURED]
        for seconds in fresh:
            metrics.DELIVERY_SECONDS.observe(seconds)
        metrics.DELIVERED.inc(len(alerts))
        told: dict[str, float] = {"slowest_seconds": round(max(fresh), 3)} if fresh else {}
        told |= {"old": len(taken) - len(fresh)} if len(fresh) < len(taken) else {}
        _log.info("delivered", alerts=len(alerts), **told)

    def _count(self, pending: Callable[[], int]) -> None:
        """Count what waits, now and then."""
        if time.monotonic() - self._counted >= COUNT_SECONDS:
            metrics.DELIVERIES_PENDING.set(pending())
            self._counted = time.monotonic()


def message_of_alert(alert: Alert, record: bytes) -> Message:
    """Make the message of an alert as it was recorded.

    One that is longer than a message may be goes without its evidence, which stays in the store:
    better than not at all.
    """
    try:
        return replace(message_of(alert), value=record)
    except Rejected as error:
        _log.error("without-evidence", alert=alert.id, reason=error.reason)
        return message_of(replace(alert, mentions=(), evidence=()))
