"""The deliverer's side of the store: one transaction a turn, in which all that is known is written.

What ended is marked, what rang is decided, what is due is leased and rendered. Nothing is sent here: so a
turn that is undone, or a process that is killed, loses nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from connectors.delivery.asides import aside_for, asides_of, ringing_of
from connectors.delivery.losses import note_losses
from connectors.delivery.rendering import Link, Rendering, alerts_about, gathered_into
from connectors.delivery.rulebook import Rulebook
from schemas import (
    Channel,
    ChannelKind,
    DeliveryState,
    Message,
    MessageKind,
    Outcome,
)
from schemas.ids import digest_id
from store import deliveries, leases
from store.deciding import Undecided, settle, traffic, undecided
from store.engine import reading, writing
from store.leases import Leased
from store.lookups import alerts_by_id
from store.ordinals import microseconds
from tocsin.delivery import (
    EXPIRY,
    Expire,
    Intent,
    Traffic,
    decide,
    next_digest,
)

DECIDED_AT_ONCE = 500
"""Deliveries that are decided in one turn."""

Choose = Callable[[Mapping[str, datetime]], Mapping[str, int]]
"""Is told for which channels something waits, and when it is due; says how many may be leased of each."""


class Sending(NamedTuple):
    """What is to be sent now, by which channel."""

    leased: Leased
    message: Message
    channel: Channel


class Turn(NamedTuple):
    """What a turn came to: what is to be sent, and whether there is more to do at once."""

    sendings: Sequence[Sending] = ()
    has_more: bool = False


class Outgoing:
    """Takes turns at the store, for channels by id, of which those of some `kinds` can be sent to."""

    def __init__(
        self,
        engine: Engine,
        channels: Mapping[str, Channel],
        kinds: Collection[ChannelKind],
        *,
        link: Link,
    ) -> None:
        self._engine = engine
        self._channels = channels
        self._kinds = kinds
        self._link = link
        self._rulebook = Rulebook()
        self._slots: dict[tuple[str, str, str, str], datetime] = {}

    def turn(
        self,
        clock: Callable[[], datetime],
        ended: Sequence[tuple[Leased, Outcome]],
        choose: Choose,
    ) -> Turn:
        """Take a turn, or none where there is nothing to do. Raises `Unavailable`: nothing was kept."""
        if not ended and not self._is_needed(clock(), choose):
            return Turn()
        with writing(self._engine) as connection:
            now = clock()  # leases count from here, however long other writers were waited for
            self._rulebook.read(connection, now)
            self._mark(connection, ended, now)
            if self._rulebook.is_empty:
                return Turn()
            decided = self._decide(connection, now)
            slots = self._enter_digests(connection, now)
            shares = choose(leases.due_channels(connection, now))
            leased = leases.lease(connection, now, shares)
            sendings = self._prepared(connection, leased, now)
        self._slots |= slots  # only now are they kept
        is_aside = len(sendings) < len(leased)
        return Turn(sendings, has_more=is_aside or decided == DECIDED_AT_ONCE)

    def mark(self, now: datetime, ended: Sequence[tuple[Leased, Outcome]]) -> None:
        """Only write how attempts ended. Raises `Unavailable`."""
        with writing(self._engine) as connection:
            self._rulebook.read(connection, now)
            self._mark(connection, ended, now)

    def states(self) -> dict[DeliveryState, int]:
        """Count what waits and what failed."""
        with reading(self._engine) as connection:
            return deliveries.by_state(connection)

    def _is_needed(self, now: datetime, choose: Choose) -> bool:
        with reading(self._engine) as connection:
            self._rulebook.read(connection, now)
            if self._rulebook.is_empty:
                return False
            if any(due <= now for due in self._due_slots(now).values()):
                return True
            waiting = leases.due_channels(connection, now)
            return bool(choose(waiting)) or bool(undecided(connection, 1))

    def _mark(
        self, connection: Connection, ended: Sequence[tuple[Leased, Outcome]], now: datetime
    ) -> None:
        leases.mark(connection, ended, now)
        if note_losses(connection, ended, self._channels, self._rulebook, now):
            self._rulebook.read(connection, now)

    def _decide(self, connection: Connection, now: datetime) -> int:
        """Decide what waits for it; return how many."""
        waiting, at = undecided(connection, DECIDED_AT_ONCE), microseconds(now)
        decided: list[tuple[Undecided, Intent]] = []
        for each in waiting:
            intent = self._intent(connection, each, now)
            if self._is_bounded(each):
                settle(connection, [(each, intent)], at)  # so that the next one knows of it
            else:
                decided.append((each, intent))
        settle(connection, decided, at)
        return len(waiting)

    def _intent(self, connection: Connection, each: Undecided, now: datetime) -> Intent:
        if each.rung < now - EXPIRY:
            return Expire()
        name, channel, lately = each.alert.subscription, each.channel, Traffic()
        if self._is_bounded(each):
            lately = traffic(connection, name, channel, microseconds(now))
        subscription = self._rulebook.subscriptions.get(name)
        ringing = ringing_of(channel, each.alert)
        return decide(now, subscription, self._rulebook.holds(name), ringing, lately)

    def _is_bounded(self, each: Undecided) -> bool:
        """Tell whether it matters what went the same way lately."""
        subscription = self._rulebook.subscriptions.get(each.alert.subscription)
        return subscription is not None and bool(subscription.throttle or subscription.quiet)

    def _due_slots(self, now: datetime) -> dict[tuple[str, str, str, str], datetime]:
        """Say when each digest that is sent even when empty has to be entered again: now, if it never was."""
        return {
            key: self._slots.get(key, now)
            for each in self._rulebook.subscriptions.values()
            if each.digest and each.digest.even_empty and not each.paused
            for channel in each.channels
            if (key := (each.id, channel, each.digest.cron, each.digest.timezone))
        }

    def _enter_digests(
        self, connection: Connection, now: datetime
    ) -> dict[tuple[str, str, str, str], datetime]:
        """Enter the next of each digest that is sent even when empty, so that it waits for its time."""
        slots = {
            (name, channel, cron, timezone): next_digest(cron, timezone, now)
            for (name, channel, cron, timezone), due in self._due_slots(now).items()
            if due <= now
        }
        new = [
            deliveries.New(
                message=digest_id(name, channel, microseconds(slot)),
                channel=channel,
                kind=MessageKind.DIGEST,
                subscription=name,
                alert="",
                due=microseconds(slot),
                rung=microseconds(slot),
            )
            for (name, channel, _, _), slot in slots.items()
        ]
        deliveries.enter(connection, new, DeliveryState.READY)
        return slots

    def _prepared(
        self, connection: Connection, leased: Sequence[Leased], now: datetime
    ) -> list[Sending]:
        """Give what was leased its messages, and set aside what is not sent."""
        gathered = gathered_into(connection, leased)
        alerts = alerts_by_id(connection, alerts_about(leased, gathered))
        found_aside = asides_of(leased, alerts, self._rulebook, self._channels, self._kinds, now)
        asides = {aside.of[:2]: aside for aside in found_aside}
        wanted = [each for each in leased if each[:2] not in asides]
        rendering = Rendering(connection, self._rulebook, alerts, self._link)
        fresh: list[tuple[Leased, Message]] = []
        for each, found in rendering.all([it for it in wanted if it.body is None], gathered):
            if isinstance(found, Message):
                fresh.append((each, found))
            else:
                asides[each[:2]] = aside_for(each, found, now)
        leases.freeze(connection, fresh)
        leases.set_aside(connection, list(asides.values()))
        bodies = {each[:2]: message for each, message in fresh}
        return [
            Sending(each, each.body or bodies[each[:2]], self._channels[each.channel])
            for each in wanted
            if each[:2] not in asides
        ]
