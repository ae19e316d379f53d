"""A load for the stream: planned records, sent at a pace."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from connectors.kafka import Message as Sendable
from connectors.kafka import Producer, message_of
from schemas import Unavailable
from tests.fakes import articles as fake
from tests.fakes.articles import Kind, Planned
from tests.system.place import Place


class Sender(Protocol):
    """What sends, and returns when all is acked."""

    def publish(self, messages: Sequence[Sendable], /) -> None:
        """Send all. Raises `Unavailable`."""


@dataclass(slots=True)
class Load:
    """Sends planned records at a pace, in a thread, until all are sent or it is told to stop.

    Some go through `into`, a folder that is followed, all others right into the log, by our producer
    unless another `sender` is given; those are `acked`.
    """

    place: Place
    planned: Sequence[Planned]
    seed: int
    rate: float
    into: Path | None = None
    sender: Sender | None = None
    sent: list[int] = field(default_factory=list)
    acked: list[bytes] = field(default_factory=list)
    first_sent: dict[str, float] = field(default_factory=dict)
    first_seen: dict[int, datetime] = field(default_factory=dict)
    _messages: dict[int, Sendable] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Load":
        self._thread = threading.Thread(target=self.send, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Send no more; what is being sent is sent to its end."""
        self._stop.set()
        assert self._thread is not None
        self._thread.join()

    @property
    def is_done(self) -> bool:
        """Tell whether all is sent."""
        return len(self.sent) == len(self.planned)

    def send(self) -> None:
        """Send all."""
        referred = {each.of for each in self.planned if each.of != each.number}
        began, waiting = time.monotonic(), list(self.planned)
        with Producer(self.place.kafka) as ours:
            sender = self.sender or ours
            while waiting and not self._stop.is_set():
                due = int((time.monotonic() - began) * self.rate) + 1 - len(self.sent)
                batch, waiting = waiting[:due], waiting[due:]
                foldered = [each for each in batch if self._is_foldered(each, referred)]
                self._publish(sender, [each for each in batch if each not in foldered])
                self._put(foldered)
                self.sent += [each.number for each in batch]
                self._stop.wait(0.2)

    def _is_foldered(self, planned: Planned, referred: set[int]) -> bool:
        """Tell whether it goes through the folder: the connector stamps it, so nothing repeats it."""
        is_alone = planned.kind is Kind.NEW and planned.number not in referred
        return self.into is not None and is_alone and planned.number % 3 == 0

    def _publish(self, sender: Sender, batch: Sequence[Planned]) -> None:
        """Send until it is acked: what failed may be there or not, and is sent again as it was."""
        messages = [self._message(each) for each in batch]
        while messages:
            try:
                sender.publish(messages)
                break
            except Unavailable:
                time.sleep(0.5)
        for message in messages:
            self.acked.append(message.value)
            self.first_sent.setdefault(message.key, time.time())

    def _message(self, planned: Planned) -> Sendable:
        if planned.kind is Kind.AGAIN:
            return self._messages[planned.of]
        if planned.kind is Kind.POISON:
            value = fake.poison(planned.number, self.seed)
            return Sendable(topic="articles", key=str(planned.number), value=value, headers=())
        made = fake.article(self.planned, planned.number, self.seed, datetime.now(UTC))
        self.first_seen[planned.number] = made.first_seen
        return self._messages.setdefault(planned.number, message_of(made))

    def _put(self, batch: Sequence[Planned]) -> None:
        """Write a file that appears complete."""
        if not batch or self.into is None:
            return
        made = [
            fake.article(self.planned, each.number, self.seed, datetime.now(UTC)) for each in batch
        ]
        lines = [json.dumps({"url": it.url, "title": it.title, "text": it.text}) for it in made]
        scratch = self.into.with_suffix(".part")
        scratch.write_text("\n".join(lines) + "\n")
        scratch.rename(self.into / f"{batch[0].number:06d}.jsonl")

    def ids(self) -> dict[int, str]:
        """Give by number the ids of the articles that were sent."""
        kinds = {each.number: each.kind for each in self.planned}
        at = datetime.now(UTC)
        return {
            each: fake.article(self.planned, each, self.seed, at).id
            for each in self.sent
            if kinds[each] is not Kind.POISON
        }
