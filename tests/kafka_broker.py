"""A throw-away Kafka broker on free loopback ports, started as `make kafka` starts one."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.kafka.broker import HOST, Broker, NotInstalled

__all__ = ["QUICK", "NotInstalled", "free_pair", "running_broker"]

QUICK = ("-XX:TieredStopAtLevel=1", "-Xshare:auto")
"""A broker that lives for a minute is not worth optimising."""

FIRST, COUNT = 20_000, 12_000
"""Ports below those that the system hands out: nobody takes them while a broker is being restarted."""


def free_pair() -> int:
    """Find two ports, one after the other, that nobody listens on."""
    for attempt in range(100):
        port = FIRST + 2 * (os.getpid() * 7 + attempt) % COUNT
        if all(map(_is_free, (port, port + 1))):
            return port
    raise OSError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """Start a broker, hand it over, end it. Raises `NotInstalled`."""
    broker = Broker(folder, free_pair())
    broker.start(java_options=QUICK)
    try:
        yield broker
    finally:
        broker.kill()
