"""Rules on their way into the store: frozen, published, and published anew when they change.

They come from files, and from the subscriptions that are kept in the store.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine

from console.rules import load_rule_set, toml_files
from schemas import EPOCH, InvalidSetting, QueryError, RuleSet, Unavailable, freeze
from store import changes, rules
from store.engine import reading, writing
from tocsin.subscriptions import joined

AHEAD = timedelta(seconds=5)
"""How far ahead a rule set comes into force, so that every worker has read it by then."""

LOOK_SECONDS = 0.5
"""Time between two looks at the files. What is the same at both is complete."""

LONGEST_PAUSE = 30.0
"""Seconds between two tries while the store cannot be had: doubled up to this."""

_Look = tuple[tuple[str, int, int, int], ...]
"""Name, file number, size and time of modification of every file."""

_log = structlog.get_logger("rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFiles:
    """Where rules are written: files or folders, `None` for the shipped ones.

    `entities` says whether the stream recognises entities: the models are a part of the rule set.
    """

    watch_lists: Path | None = None
    subscriptions: Path | None = None
    entities: bool = True

    def load(self) -> RuleSet:
        """Freeze what is there. Raises `InvalidSetting` or `QueryError` where it is wrong."""
        from pipelines.models import recogniser

        name = recogniser(enabled=self.entities).name
        return load_rule_set(self.watch_lists, self.subscriptions, recogniser=name)

    def look(self) -> _Look:
        """Look at the files without reading them; what is not there is left out."""
        found = []
        for path in filter(None, (self.watch_lists, self.subscriptions)):
            try:
                for file in toml_files(path):
                    seen = file.stat()
                    found.append((str(file), seen.st_ino, seen.st_size, seen.st_mtime_ns))
            except (InvalidSetting, OSError):
                continue
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The rule set that holds from an instant on; `is_new` says that it did not before.

    `left_out` says of kept subscriptions that do not take part, by id, why.
    """

    rule_set: RuleSet
    since: datetime
    is_new: bool
    left_out: Mapping[str, str]

    @property
    def id(self) -> str:
        """Name the rule set."""
        return self.rule_set.id


def publish(engine: Engine, written: RuleSet, clock: Callable[[], datetime]) -> Published:
    """Bring the rules of files, with the subscriptions that are kept in the store, into force.

    They hold a little later, unless they are the last ones already; the first hold for all. The clock is
    read when nobody else writes any more: to wait for that may take longer than `AHEAD`.
    Raises `Unavailable`.
    """
    with writing(engine) as connection:
        kept = changes.kept(connection).values()
        found = joined(written.subscriptions, kept, written.watch_lists)
        rule_set = freeze(written.watch_lists, found.subscriptions, written.versions)
        last = rules.schedule(connection)[-1:]
        since = max(clock() + AHEAD, last[0][0] + timedelta(milliseconds=1)) if last else EPOCH
        is_new = rules.publish(connection, rule_set, since)
    return Published(
        rule_set=rule_set,
        since=since if is_new else last[0][0],
        is_new=is_new,
        left_out=found.left_out,
    )


class Follower:
    """Publishes what files and store say, now and whenever that changes, until `stop` is set.

    Files that are wrong change nothing: what held before holds, and their faults are told once.
    Both are looked at, not listened to: that works on every disk and in every database.
    """

    def __init__(
        self,
        engine: Engine,
        files: RuleFiles,
        *,
        clock: Callable[[], datetime],
        stop: threading.Event,
    ) -> None:
        self._engine = engine
        self._files = files
        self._clock = clock
        self._stop = stop
        self._written: RuleSet | None = None
        self._told: Mapping[str, str] = {}

    def run(self) -> None:
        """Follow the rules."""
        read: _Look | None = None
        taken: int | None = None
        before = self._files.look()
        while not self._stop.is_set():
            seen, changed = self._files.look(), self._changes(taken)
            is_read = seen == before != read and self._read()
            read = seen if seen == before else read
            if self._written and (is_read or changed != taken):
                self._take(self._written)
                taken = changed
            before = seen
            self._stop.wait(LOOK_SECONDS)

    def _changes(self, last: int | None) -> int | None:
        """Look whether other subscriptions are kept now; the last answer while the store is away.

        Raises `StoreLost` where rules must be published anew: nobody has them any more.
        """
        with suppress(Unavailable), reading(self._engine) as connection:
            return changes.rule_changes(connection)
        return last

    def _read(self) -> bool:
        """Read the files; tell what is wrong with them, and leave the rules as they were."""
        try:
            self._written = self._files.load()
        except (InvalidSetting, QueryError) as error:
            _log.error("invalid", faults=str(error).splitlines(), hint=error.hint)
            return False
        return True

    def _take(self, written: RuleSet) -> None:
        """Publish what files and store say, however long the store is away."""
        pause = 1.0
        while not self._stop.is_set():
            try:
                published = publish(self._engine, written, self._clock)
            except Unavailable as error:
                _log.warning("store-unavailable", reason=str(error), next_try=pause)
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            self._tell(published)
            return

    def _tell(self, published: Published) -> None:
        _log.info(
            "published" if published.is_new else "in-force",
            rule_set=published.id,
            since=published.since.isoformat(),
            watch_lists=len(published.rule_set.watch_lists),
            subscriptions=len(published.rule_set.subscriptions),
        )
        for name, why in published.left_out.items():
            if self._told.get(name) != why:
                _log.error("left-out", subscription=name, reason=why)
        self._told = published.left_out
