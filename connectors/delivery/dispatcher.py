"""The dispatcher: messages to people, sent as they are due, many at once but few to any one target.

Whoever is killed leaves leases that run out; then the same bytes are sent once more.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from traceback import extract_tb

import structlog
from sqlalchemy import Engine

from connectors import metrics
from connectors.delivery.deliverer import FIRST_PAUSE, LONGEST_LOOK, LONGEST_PAUSE, SHORTEST_LOOK
from connectors.delivery.gate import Gate
from connectors.delivery.outgoing import Outgoing, Sending, Turn
from connectors.delivery.rendering import Link
from connectors.delivery.senders import Sender
from connectors.delivery.shares import Waiting, shared_out
from schemas import Channel, ChannelKind, Ended, MessageKind, Outcome, Unavailable
from store.leases import LEASE, Leased

MOST_SENDINGS = 64
"""Attempts at one time, to all targets together."""

LONGEST_ATTEMPT = LEASE.total_seconds() - 10
"""Seconds after which an attempt counts as failed, whatever its sender says later."""

STOP_SECONDS = 10.0
"""How long attempts are waited for that are under way when it is told to stop."""

COUNT_SECONDS = 15.0
"""How often it is counted what waits and what failed."""

_SET_ASIDE = 50
"""Deliveries leased at once of a channel that cannot be sent to."""

_OF_TARGETS = frozenset({408, 421, 425, 429})
"""Statuses below 500 that speak of the server and not of the one channel."""

_NEWS = (MessageKind.ALERT, MessageKind.UPDATE)

_Attempt = asyncio.Task[tuple[Sending, Outcome]]

_log = structlog.get_logger("dispatcher")


class Dispatcher:
    """Sends what is due to the channels of people, by one sender for each kind of channel."""

    def __init__(
        self,
        engine: Engine,
        channels: Mapping[str, Channel],
        senders: Mapping[ChannelKind, Sender],
        *,
        clock: Callable[[], datetime],
        stop: threading.Event,
        reach: Callable[[str], None] = lambda _: None,
        link: Link = lambda _: "",
    ) -> None:
        self._outgoing = Outgoing(engine, channels, senders.keys(), link=link)
        self._senders = senders
        self._targets = {
            each.id: senders[each.kind].target(each)
            for each in channels.values()
            if each.kind in senders
        }
        self._clock = clock
        self._stop = stop
        self._reach = reach
        self._gate = Gate()
        self._failures = Counter[str]()
        self._flying: set[_Attempt] = set()
        self._carried: set[tuple[str, str]] = set()
        self._ended: list[tuple[Leased, Outcome]] = []
        self._delivered = 0
        self._counted = -COUNT_SECONDS

    def run(self) -> int:
        """Send until told to stop, while the store is away too; return how many were delivered."""
        return asyncio.run(self._dispatch(self._until_stopped))

    def drain(self) -> int:
        """Send once what is due now; return how many were delivered. Raises `Unavailable`."""
        return asyncio.run(self._dispatch(self._until_done))

    async def _dispatch(self, loop: Callable[[ThreadPoolExecutor], Awaitable[None]]) -> int:
        self._delivered = 0
        # Senders that block have threads of their own, so that none of them holds up the store.
        senders = ThreadPoolExecutor(MOST_SENDINGS, thread_name_prefix="sender")
        asyncio.get_running_loop().set_default_executor(senders)
        with ThreadPoolExecutor(1, thread_name_prefix="outgoing") as store:
            try:
                await loop(store)
            finally:
                for attempt in self._flying:
                    attempt.cancel()
        return self._delivered

    async def _until_stopped(self, store: ThreadPoolExecutor) -> None:
        _log.info("started", channels=len(self._targets))
        look, pause = SHORTEST_LOOK, FIRST_PAUSE
        while not self._stop.is_set():
            try:
                turn = await self._take_turn(store)
            except Unavailable as error:
                metrics.DELIVERY_ERRORS.inc()
                _log.warning("unavailable", reason=str(error), next_try=pause)
                await self._pause(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            look = SHORTEST_LOOK if turn.sendings else min(2 * look, LONGEST_LOOK)
            await self._wait(0.0 if turn.has_more else look)
        await self._finish(store)
        _log.info("stopped", delivered=self._delivered)

    async def _until_done(self, store: ThreadPoolExecutor) -> None:
        while not self._stop.is_set():
            turn = await self._take_turn(store)
            if not (self._flying or turn.has_more):
                return
            await self._wait(0.0 if turn.has_more else LONGEST_LOOK)
        await self._finish(store)

    async def _take_turn(self, store: ThreadPoolExecutor) -> Turn:
        """Write what ended, and begin to send what is due."""
        loop, ended = asyncio.get_running_loop(), self._ended
        turn = await loop.run_in_executor(
            store, self._outgoing.turn, self._clock, ended, self._shares
        )
        self._noted(ended)
        for each in turn.sendings:
            if each.leased[:2] in self._carried:
                continue  # the clock has leapt, or we stood still: it is on its way yet
            self._carried.add(each.leased[:2])
            self._gate.enter(self._targets[each.channel.id])
            self._flying.add(asyncio.create_task(self._attempt(each)))
        if time.monotonic() - self._counted >= COUNT_SECONDS:
            self._counted = time.monotonic()
            for state, number in (await loop.run_in_executor(store, self._outgoing.states)).items():
                metrics.DELIVERIES.labels(state).set(number)
        return turn

    async def _finish(self, store: ThreadPoolExecutor) -> None:
        """Wait a while for what is under way, and write how it ended; the rest is sent again."""
        until = time.monotonic() + STOP_SECONDS
        while self._flying and (left := until - time.monotonic()) > 0:
            await self._wait(left)
        if self._ended:
            try:
                await asyncio.get_running_loop().run_in_executor(
                    store, self._outgoing.mark, self._clock(), self._ended
                )
            except Unavailable as error:
                _log.warning("unavailable", reason=str(error), repeated=len(self._ended))
                return
            self._noted(self._ended)

    async def _wait(self, seconds: float) -> None:
        """Wait until an attempt has ended, but no longer than so many seconds."""
        if not self._flying:
            await asyncio.sleep(seconds)
            return
        done, self._flying = await asyncio.wait(
            self._flying, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        for attempt in done:
            self._landed(*attempt.result())

    async def _pause(self, seconds: float) -> None:
        """Let so many seconds pass, unless it is told to stop."""
        until = time.monotonic() + seconds
        while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
            await self._wait(min(left, LONGEST_LOOK))

    async def _attempt(self, sending: Sending) -> tuple[Sending, Outcome]:
        """Make one attempt; whatever happens is an outcome."""
        sender = self._senders[sending.channel.kind]
        try:
            async with asyncio.timeout(LONGEST_ATTEMPT):
                outcome = await sender.send(sending.channel, sending.message)
        except TimeoutError:
            reason = f"it took longer than {LONGEST_ATTEMPT:g} s"
            outcome = Outcome(ended=Ended.RETRY, reason=reason)
        except Exception as error:  # a fault of one sender must not keep all others back
            # By its place alone: what it says may hold the URL, which may be a secret.
            place, kind = extract_tb(error.__traceback__)[-1], type(error).__name__
            _log.error(
                "fault", channel=sending.channel.id, kind=kind, at=f"{place.name}:{place.lineno}"
            )
            outcome = Outcome(ended=Ended.RETRY, reason=f"a fault of ours: {kind}")
        if outcome.ended is Ended.DELIVERED:
            self._reach("sent")
        return sending, outcome

    def _landed(self, sending: Sending, outcome: Outcome) -> None:
        """Take down how an attempt ended: for the store, for the target, for those who watch."""
        now, channel = self._clock(), sending.channel
        self._carried.discard(sending.leased[:2])
        is_well = _is_well(outcome)
        self._gate.leave(self._targets[channel.id], now, is_well=is_well)
        if is_well:
            self._failures.pop(channel.id, None)
        else:
            self._failures[channel.id] += 1
        self._ended.append((sending.leased, outcome))
        metrics.ATTEMPTS.labels(channel.kind, outcome.ended).inc()
        if outcome.ended is Ended.DELIVERED:
            self._delivered += 1
            if sending.leased.kind in _NEWS:
                taken = (now - sending.leased.rung).total_seconds()
                metrics.PEOPLE_SECONDS.observe(max(taken, 0.0))
        told = {"channel": channel.id, "message": sending.leased.message}
        told |= {"reason": outcome.reason} if outcome.reason else {}
        _log.info(outcome.ended, attempt=sending.leased.attempts, **told)

    def _noted(self, ended: Sequence[tuple[Leased, Outcome]]) -> None:
        """Forget what was written."""
        if ended:
            self._ended = []
            self._reach("noted")

    def _shares(self, due: Mapping[str, datetime]) -> Mapping[str, int]:
        """Say how many deliveries of each channel may be leased now."""
        now = self._clock()
        waiting = [name for name in due if due[name] <= now]
        resting = (self._gate.is_resting(self._targets.get(name, ""), now) for name in waiting)
        metrics.CHANNELS_RESTING.set(sum(resting))
        aside = {name: _SET_ASIDE for name in waiting if name not in self._targets}
        left = MOST_SENDINGS - len(self._flying)
        channels = [
            Waiting(name, self._targets[name], due[name], self._failures[name])
            for name in waiting
            if name in self._targets
        ]
        return aside | shared_out(channels, lambda target: self._gate.room(target, now), left)


def _is_well(outcome: Outcome) -> bool:
    """Tell whether a target is found well: it may well refuse one channel and serve the others."""
    if outcome.ended is not Ended.RETRY:
        return True
    return 0 < outcome.status < 500 and outcome.status not in _OF_TARGETS
