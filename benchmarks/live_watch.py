"""Watches where alerts arrive, in a process of its own: the ledger every 20 ms, and the topic.

    python -m benchmarks.live_watch STORE-URL BOOTSTRAP-SERVERS OUT

Every arrival is a line of JSON in OUT: when (seconds since 1970), where (`ledger` or `topic`), and what.
Ends at SIGTERM, after one more look.
"""

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from schemas import Unavailable
from store.engine import address_of, engine_for, reading

LOOK_SECONDS = 0.02


def main() -> None:
    """Watch both until told to end."""
    store, servers, out = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lock = threading.Lock()
    with Path(out).open("a", buffering=1) as written:

        def note(**found: Any) -> None:
            with lock:
                written.write(json.dumps({"at": time.time(), **found}) + "\n")

        topic = threading.Thread(target=watch_topic, args=(servers, note, stop))
        topic.start()
        watch_ledger(store, note, stop)
        topic.join()


def watch_ledger(store: str, note: Any, stop: threading.Event) -> None:
    """Note the rows of the ledger as they become visible."""
    engine = engine_for(address_of(store))
    query, after = _rows_behind(engine.dialect.name)
    known: set[str] = set()
    is_last = False
    while not is_last:
        is_last = stop.is_set()
        try:
            with reading(engine) as connection:
                rows = connection.execute(query, {"after": after}).all()
        except (Unavailable, DBAPIError):  # no store yet, or none at the moment
            rows = []
        for place, subscription, alert, article, version in rows:
            after = place
            if alert not in known:
                known.add(alert)
                note(where="ledger", subscription=subscription, alert=alert, article=article, version=version)  # fmt: skip
        stop.wait(LOOK_SECONDS)


def _rows_behind(dialect: str) -> tuple[Any, Any]:
    """Ask for new rows only: rows are added and never changed, so they lie in their order."""
    if dialect == "sqlite":
        return text(
            "SELECT rowid, subscription, alert, article, version FROM ledger WHERE rowid > :after ORDER BY rowid"
        ), 0
    return text(
        "SELECT CAST(ctid AS text), subscription, alert, article, version FROM ledger"
        " WHERE ctid > CAST(:after AS tid) ORDER BY ctid"
    ), "(0,0)"


def watch_topic(servers: str, note: Any, stop: threading.Event) -> None:
    """Note the messages of the topic of alerts as they arrive."""
    consumer = KafkaConsumer(
        bootstrap_servers=servers, fetch_max_wait_ms=100, metrics_enabled=False
    )
    for each in _messages(consumer, stop):
        note(where="topic", alert=each.key.decode())
    consumer.close()


def _messages(consumer: Any, stop: threading.Event) -> Iterator[Any]:
    while not (known := consumer.partitions_for_topic("tocsin.alerts")):
        if stop.wait(0.5):
            return
    places = [TopicPartition("tocsin.alerts", each) for each in known]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    while not stop.is_set():
        for some in consumer.poll(timeout_ms=100).values():
            yield from some


if __name__ == "__main__":
    main()
