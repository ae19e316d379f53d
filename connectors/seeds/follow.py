"""Following folders: files that appear or change are sent once they are complete.

The kernel tells when something happens (watchfiles); what then lies there is listed anew, so that
nothing hangs on the kinds of events. Every minute it is listed without any event, too.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import structlog

from connectors.seeds.folder import SeedFile, list_files
from connectors.seeds.produce import Begun, SeedProducer, Sent, look
from schemas import InvalidSetting, Unavailable

LOOK_SECONDS = 2.0
"""Time between two looks. A file that is the same at both is complete."""

LIST_SECONDS = 60.0
"""How often folders are listed when nothing is heard of them."""

LONGEST_PAUSE = 30.0
"""Seconds between two tries while Kafka or the store cannot be had."""

Look = tuple[int, int]
"""Size and time of modification."""

_log = structlog.get_logger("seeds")


class Settling:
    """Tells which files are complete: the same at two looks in a row, and not taken as they are."""

    def __init__(self) -> None:
        self._seen: dict[Path, Look] = {}
        self._taken: dict[Path, Look] = {}

    @property
    def is_waiting(self) -> bool:
        """Tell whether there are files that have not been taken as they are."""
        return self._seen != self._taken

    def take(self, looks: Mapping[Path, Look]) -> list[Path]:
        """Give the files that have become complete by this look, in its order."""
        ready = [
            path
            for path, found in looks.items()
            if self._seen.get(path) == found and self._taken.get(path) != found
        ]
        self._seen = dict(looks)
        self._taken = {path: found for path, found in self._taken.items() if path in looks}
        self._taken.update((path, looks[path]) for path in ready)
        return ready

    def give_back(self, path: Path) -> None:
        """Let a file be taken again at the next look."""
        self._taken.pop(path, None)


class Follower:
    """Follows folders until `stop` is set, and sends what becomes complete in them."""

    def __init__(
        self,
        folders: Sequence[Path],
        producer: SeedProducer,
        *,
        clock: Callable[[], datetime],
        stop: threading.Event,
    ) -> None:
        self._folders = folders
        self._producer = producer
        self._clock = clock
        self._stop = stop
        self._settling = Settling()
        self._told: set[str] = set()
        self._pause = 0.0

    def run(self, *, is_ringing: bool = False) -> Sent:
        """Send what is there, then what arrives; give what was sent when told to stop.

        What lies there when a folder is followed for the first time is backfill, unless
        `is_ringing`; what arrives later is not, even while nobody followed.
        """
        from watchfiles import watch

        sent = Sent()
        self._patiently(lambda: self._enter(is_backfill=not is_ringing))
        looked = listed = -LIST_SECONDS
        is_due = True
        for changes in watch(
            *self._folders,
            watch_filter=None,
            stop_event=self._stop,
            rust_timeout=int(LOOK_SECONDS * 500),
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            is_due = is_due or bool(changes)
            now = time.monotonic()
            wants = is_due or self._settling.is_waiting or now - listed >= LIST_SECONDS
            if wants and now - looked >= LOOK_SECONDS:
                looked = listed = now
                is_due = False
                sent += self._look()
        return sent

    def _enter(self, *, is_backfill: bool) -> None:
        """Enter what lies in folders that were never followed before, as what was there already."""
        for folder in self._folders:
            if not self._producer.is_followed(folder, self._clock()):
                files = list_files([folder]).files
                self._producer.begin(files, self._clock(), is_backfill=is_backfill)
                self._producer.follow(folder)

    def _look(self) -> Sent:
        """List the folders, and send what has become complete."""
        try:
            listing = list_files(self._folders)
        except InvalidSetting as error:  # it was there when we began; a mount may be gone
            _log.warning("folder-unavailable", reason=str(error))
            return Sent()
        for each in listing.skipped:
            if each.name not in self._told:
                self._told.add(each.name)
                _log.info("file-skipped", file=each.name, reason=each.reason)
        files = {file.path: file for file in listing.files}
        ready = self._settling.take({path: look(path) for path in files})
        return self._send([files[path] for path in ready])

    def _send(self, files: Sequence[SeedFile]) -> Sent:
        """Send files; those that cannot be sent now are taken again after a pause."""
        undone = {file.path for file in files}

        def done(begun: Begun, sent: Sent) -> None:
            undone.discard(begun.file.path)
            self._pause = 0.0
            _tell(begun.file, sent)

        try:
            begun = self._producer.begin(files, self._clock(), is_backfill=False)
            undone = {each.file.path for each in begun}
            return self._producer.send(begun, done)
        except Unavailable as error:
            for path in undone:
                self._settling.give_back(path)
            self._rest(error)
            return Sent()

    def _patiently(self, action: Callable[[], None]) -> None:
        """Do something that needs the store, as soon as it can be had."""
        while not self._stop.is_set():
            try:
                action()
                break
            except Unavailable as error:
                self._rest(error)

    def _rest(self, error: Unavailable) -> None:
        """Wait, longer each time, and say why."""
        if self._stop.is_set():
            return
        self._pause = min(2 * self._pause or 1.0, LONGEST_PAUSE)
        _log.warning("unavailable", reason=str(error), next_try=self._pause)
        self._stop.wait(self._pause)


def _tell(file: SeedFile, sent: Sent) -> None:
    """Say what became of a file."""
    counts = {"articles": sent.articles, "dead_letters": sent.dead_letters}
    _log.info("file-sent", file=file.name, **counts)
    for each in sent.skipped:
        _log.info("file-skipped", file=each.name, reason=each.reason)
