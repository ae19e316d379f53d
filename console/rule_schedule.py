"""Rules on their way from files into the store: frozen, published, and published anew when files change."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine

from console.rules import load_rule_set, toml_files
from schemas import EPOCH, InvalidSetting, QueryError, RuleSet, Unavailable
from store import rules
from store.engine import reading, writing

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
    """The rule set that holds from an instant on; `is_new` says that it did not before."""

    id: str
    since: datetime
    is_new: bool


def publish(engine: Engine, rule_set: RuleSet, clock: Callable[[], datetime]) -> Published:
    """Bring a rule set into force a little later, unless it is the last one; the first holds for all.

    The clock is read when nobody else writes any more: to wait for that may take longer than `AHEAD`.
    Raises `Unavailable`.
    """
    with writing(engine) as connection:
        last = rules.schedule(connection)[-1:]
        since = max(clock() + AHEAD, last[0][0] + timedelta(milliseconds=1)) if last else EPOCH
        is_new = rules.publish(connection, rule_set, since)
    return Published(id=rule_set.id, since=since if is_new else last[0][0], is_new=is_new)


class Follower:
    """Publishes what the files say, now and whenever they change, until `stop` is set.

    Files that are wrong change nothing: what held before holds, and their faults are told once.
    They are looked at, not listened to: that works on every disk, and whatever replaces them.
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

    def run(self) -> None:
        """Follow the files."""
        done: _Look | None = None
        before = self._files.look()
        while not self._stop.is_set():
            seen = self._files.look()
            if seen == before != done:
                self._take()
                done = seen
            before = seen
            self._find_store()
            self._stop.wait(LOOK_SECONDS)

    def _find_store(self) -> None:
        """Raise `StoreLost` where rules must be published anew: nobody has them any more."""
        with suppress(Unavailable), reading(self._engine) as connection:
            connection.begin()

    def _take(self) -> None:
        """Publish what the files say, however long the store is away."""
        try:
            rule_set = self._files.load()
        except (InvalidSetting, QueryError) as error:
            _log.error("invalid", faults=str(error).splitlines(), hint=error.hint)
            return
        pause = 1.0
        while not self._stop.is_set():
            try:
                published = publish(self._engine, rule_set, self._clock)
            except Unavailable as error:
                _log.warning("store-unavailable", reason=str(error), next_try=pause)
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            _log.info(
                "published" if published.is_new else "in-force",
                rule_set=published.id,
                since=published.since.isoformat(),
                watch_lists=len(rule_set.watch_lists),
                subscriptions=len(rule_set.subscriptions),
            )
            return
