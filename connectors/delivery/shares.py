"""Shares: whose deliveries are sent next, so that no channel and no target keeps the others waiting."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from connectors.delivery.gate import MOST_AT_ONCE

RESERVED = 16
"""Attempts that only channels get that did not fail last: however many hang, others are sent to."""


class Waiting(NamedTuple):
    """A channel with something due: its target, since when, and how often it has failed in a row."""

    channel: str
    target: str
    due: datetime
    failures: int


def shared_out(waiting: Iterable[Waiting], room: Callable[[str], int], left: int) -> dict[str, int]:
    """Say of which channels how many may be sent, of `left` in all, and no more than a target has room for.

    Channels that failed come last, so that of several at one target those that work are tried; of the
    others the one that waits longest is first. Each gets one before any gets two.
    """
    in_order = sorted(waiting, key=lambda it: (it.failures, it.due, it.channel))
    rooms = {target: room(target) for target in {it.target for it in in_order}}
    shares: dict[str, int] = {}
    for _ in range(MOST_AT_ONCE):
        for channel, target, _, failures in in_order:
            if rooms[target] and left > (RESERVED if failures else 0):
                shares[channel] = shares.get(channel, 0) + 1
                rooms[target] -= 1
                left -= 1
    return shares
