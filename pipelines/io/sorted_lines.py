"""Sort any number of lines on disk, holding a few megabytes: how a replay's files get their order.

Writers append keyed lines to run files; each run is ascending. `merge` walks all runs in order
(external merge sort, Knuth, The Art of Computer Programming, vol. 3, section 5.4). Input that
comes in order costs one run and no sorting.
"""

import heapq
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

BUFFER_BYTES = 8 << 20
"""A writer holds this much before it sorts and writes."""

FAN_IN = 200
"""So many runs are merged at once; more are merged in rounds, to stay within open files."""

SEPARATOR = b"\t"
"""Between key and line; keys hold no control characters, JSON lines no raw ones."""


@dataclass
class RunWriter:
    """Appends keyed lines as ascending runs `<name>.<writer>.<n>.run` under `folder`."""

    folder: Path
    name: str
    writer: str
    _waiting: list[bytes] = field(default_factory=list)
    _bytes: int = 0
    _last: bytes = b""
    _runs: int = 0

    def add(self, key: str, line: bytes) -> None:
        """Keep one line under its key."""
        self._waiting.append(key.encode() + SEPARATOR + line + b"\n")
        self._bytes += len(line) + len(key)
        if self._bytes >= BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Sort what is held and append it: to the current run if it continues it, else to a new one."""
        if not self._waiting:
            return
        self._waiting.sort()
        if self._runs == 0 or self._waiting[0] < self._last:
            self._runs += 1
        with (self.folder / f"{self.name}.{self.writer}.{self._runs}.run").open("ab") as run:
            run.writelines(self._waiting)
        self._last = self._waiting[-1]
        self._waiting = []
        self._bytes = 0


def merge(folder: Path, name: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield (key, line) of all runs of `name`, ascending by key, then by line."""
    runs = sorted(folder.glob(f"{name}.*.run"))
    round_number = 0
    while len(runs) > FAN_IN:
        round_number += 1
        merged = []
        for first in range(0, len(runs), FAN_IN):
            target = folder / f"{name}.merged{round_number}-{first}.run"
            with target.open("wb") as out:
                out.writelines(_merged(runs[first : first + FAN_IN]))
            for run in runs[first : first + FAN_IN]:
                run.unlink()
            merged.append(target)
        runs = merged
    for keyed in _merged(runs):
        key, _, line = keyed.partition(SEPARATOR)
        yield key, line


def _merged(runs: list[Path]) -> Iterator[bytes]:
    with ExitStack() as stack:
        yield from heapq.merge(*(stack.enter_context(run.open("rb")) for run in runs))


def write_atomically(path: Path, lines: Iterator[bytes]) -> int:
    """Write lines (each with its newline) to `path`, all or nothing; returns how many."""
    partial = path.with_name(path.name + ".partial")
    count = 0
    with partial.open("wb") as out:
        for line in lines:
            out.write(line)
            count += 1
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)
    return count
