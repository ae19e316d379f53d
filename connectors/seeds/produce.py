"""Seeds into Kafka: what the reader finds of a file becomes messages, all acked before it counts as done.

Everything in a file is stamped with one instant, which is kept before the first record is sent. So
whoever is killed half-way goes on behind the last batch that was acked; what he sends twice has the
same bytes. That a file still begins with what was sent of it is known by a digest, so a file that
grew at its end gives only what is new.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from connectors import metrics
from connectors.kafka import Message, message_of
from connectors.seeds.folder import SeedFile, read_file
from connectors.seeds.found import Found
from connectors.seeds.pages import extract_page
from schemas import (
    Article,
    DeadLetter,
    Flag,
    Line,
    Rejected,
    Skipped,
    Unavailable,
    dead_letter,
    encode,
)
from store import seeds
from store.engine import writing
from store.seeds import Progress
from tocsin.articles import stamped
from tocsin.lines import read_line

BATCH = 500
"""Records that are sent before their acks are waited for, of one file or of many."""

BATCH_BYTES = 8 << 20
"""Bytes of values in a batch, at most, but for one record that is longer by itself."""

FILES_AT_ONCE = 500
"""Files that are entered into the store in one transaction."""

STAGE = "produce"
"""The stage that dead letters of this module name."""


class Sender(Protocol):
    """What sends: returns when every message is acked, raises `Unavailable` when one is not."""

    def publish(self, messages: Sequence[Message], /) -> None:
        """Send all and wait for all acks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A file that is entered into the store, under `key`, and not done yet."""

    file: SeedFile
    key: str
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of files: how many are done, and the records of them that Kafka has."""

    files: int = 0
    articles: int = 0
    dead_letters: int = 0
    skipped: tuple[Skipped, ...] = ()

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            files=self.files + other.files,
            articles=self.articles + other.articles,
            dead_letters=self.dead_letters + other.dead_letters,
            skipped=self.skipped + other.skipped,
        )


class SeedProducer:
    """Sends files, one after the other. `prefix` is that of the topics; `stop` ends a file half-way."""

    def __init__(
        self,
        engine: Engine,
        sender: Sender,
        *,
        prefix: str,
        stop: threading.Event,
        reach: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._sender = sender
        self._prefix = prefix
        self._stop = stop
        self._reach = reach

    def begin(
        self, files: Iterable[SeedFile], at: datetime, *, is_backfill: bool, again: bool = False
    ) -> list[Begun]:
        """Enter files into the store, with this stamp where they are new; give those not done yet.

        `again` sends what was sent before once more, under its old stamp. Raises `Unavailable`.
        """
        begun: list[Begun] = []
        waiting = list(files)
        for start in range(0, len(waiting), FILES_AT_ONCE):
            with writing(self._engine) as connection:
                for file in waiting[start : start + FILES_AT_ONCE]:
                    key = self.key_of(file.path)
                    if again:
                        seeds.restart(connection, key)
                    size, modified = look(file.path)
                    progress = seeds.begin(
                        connection, key, size, modified, at, is_backfill=is_backfill
                    )
                    if not progress.is_finished:
                        begun.append(Begun(file=file, key=key, progress=progress))
        return begun

    def send(
        self, begun: Iterable[Begun], done: Callable[[Begun, Sent], None] = lambda *_: None
    ) -> Sent:
        """Send what is not done of files; give what was. `done` is called for each file that is.

        When told to stop, what was acked so far stays done. Raises `Unavailable` where Kafka or the
        store fails: what was acked so far stays done, too.
        """
        sent, batch = Sent(), _Batch()
        for file in begun:
            reading = _Reading(file)
            for found in reading.rest():
                if self._stop.is_set():
                    return sent
                batch.add(reading, found)
                if batch.is_full:
                    sent += self._publish(batch, done)
                    batch = _Batch()
            batch.end(reading)
        return sent if self._stop.is_set() else sent + self._publish(batch, done)

    def is_followed(self, folder: Path, at: datetime) -> bool:
        """Tell whether a folder has been followed before, and all that lay there then entered."""
        with writing(self._engine) as connection:
            return seeds.begin(connection, self.key_of(folder), 0, 0, at).is_finished

    def follow(self, folder: Path) -> None:
        """Note that all that lay in a folder when it was first followed is entered."""
        with writing(self._engine) as connection:
            seeds.finish(connection, self.key_of(folder))

    def key_of(self, path: Path) -> str:
        """Name a file or folder in the store: the topics that it goes to, and its place."""
        return f"{self._prefix}:{os.fsencode(path.absolute()).decode('utf-8', 'backslashreplace')}"

    def _publish(self, batch: "_Batch", done: Callable[[Begun, Sent], None]) -> Sent:
        """Send a batch, wait for its acks, and only then note how far its files are."""
        if batch.messages:
            self._produce(batch.messages)
            self._reach("produced")
        with writing(self._engine) as connection:
            for key, reading in batch.readings.items():
                seeds.advance(connection, key, reading.records, reading.digest)
            for reading in batch.ended:
                seeds.finish(connection, reading.begun.key)
        self._reach("saved")
        for reading in batch.ended:
            done(reading.begun, reading.sent)
        return batch.sent

    def _produce(self, messages: Sequence[Message]) -> None:
        """Send messages, and count them once they are acked."""
        try:
            self._sender.publish(messages)
        except Unavailable:
            metrics.PRODUCE_ERRORS.inc()
            raise
        metrics.PRODUCED.inc(len(messages))


class _Batch:
    """Messages of one file or many, and the readings that are so far when all of them are acked."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.readings: dict[str, _Reading] = {}
        self.ended: list[_Reading] = []
        self.sent = Sent()
        self._size = 0

    @property
    def is_full(self) -> bool:
        """Tell whether it is to be sent."""
        return len(self.messages) >= BATCH or self._size >= BATCH_BYTES

    def add(self, reading: "_Reading", found: Found) -> None:
        """Take in what was found."""
        if isinstance(found, Skipped):
            given = Sent(skipped=(found,))
        else:
            message = message_for(found, reading.begun.progress)
            self.messages.append(message)
            self._size += len(message.value)
            is_article = message.topic == "articles"
            given = Sent(articles=int(is_article), dead_letters=int(not is_article))
        self.sent += given
        reading.sent += given
        self.readings[reading.begun.key] = reading

    def end(self, reading: "_Reading") -> None:
        """Note that all of a file is in this batch, or in earlier ones."""
        reading.sent += Sent(files=1)
        self.sent += Sent(files=1)
        self.ended.append(reading)


class _Reading:
    """One reading of a file: how many records were taken from it, their digest, what was sent."""

    def __init__(self, begun: Begun) -> None:
        self.begun = begun
        self.records = 0
        self.sent = Sent()
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """Give the digest of the records taken so far."""
        return self._hash.hexdigest()

    def rest(self) -> Iterator[Found]:
        """Yield what is not done; all of it where the file no longer begins with what is done."""
        done = self.begun.progress
        taken = self._take()
        while self.records < done.records and next(taken, None) is not None:
            pass
        if done.records and (self.records, self.digest) != (done.records, done.digest):
            self._hash, self.records = hashlib.sha256(), 0
            taken = self._take()
        yield from taken

    def _take(self) -> Iterator[Found]:
        for found in read_file(self.begun.file):
            content = found.content if isinstance(found, Line) else encode(found)
            self._hash.update(len(content).to_bytes(8, "big") + content)
            self.records += 1
            yield found


def message_for(found: Line | DeadLetter, progress: Progress) -> Message:
    """Make the message of what was found: an article or a dead letter, first seen when stamped."""
    record = found if isinstance(found, DeadLetter) else read_line(found, extract_html=extract_page)
    if isinstance(record, Article):
        flags = (Flag.BACKFILL,) if progress.is_backfill else ()
        record = stamped(record, progress.stamp, flags=flags)
        try:
            return message_of(record)
        except Rejected as error:
            content, origin = encode(record), found.origin
            record = dead_letter(STAGE, error.code, error.reason, content, origin=origin)
    return message_of(replace(record, first_seen=progress.stamp))


def look(path: Path) -> tuple[int, int]:
    """Look at a file: its size in bytes, and when it was modified (nanoseconds); zeros for none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns
