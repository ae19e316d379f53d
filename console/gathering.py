"""Metrics of many processes as those of one: what the roles of `tocsin run` count, served at one place.

Each process writes what it counts into files of its own, named by its id (prometheus_client's
multiprocess mode). What a process has counted outlives it here: its files are folded into one file of
each kind, so that counters go on where they were and files do not pile up. What it has set, gauges,
goes with it.
"""

import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from console import metrics
from console.machine import lives

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Tells prometheus_client, before it is imported, where its process writes what it counts."""

GONE = "0"
"""Stands for all processes that are gone: none has this id."""

# They have no types.
_values: Any = MmapedDict
_merge: Any = MultiProcessCollector.merge


class Gathering(Collector):
    """What is counted by the processes that write into `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def registry(self) -> CollectorRegistry:
        """Give what is to be served: the metrics of the roles, and those of `tocsin run` itself."""
        registry = CollectorRegistry()
        for each in (self, metrics.ROLE_UP, metrics.ROLE_RESTARTS, metrics.ROLE_MEMORY):
            registry.register(each)
        return registry

    def collect(self) -> Iterable[Metric]:
        """Read the files of all processes."""
        with self._lock:
            written = [path for path in sorted(self.folder.glob("*.db")) if path.stat().st_size]
            return list(_merge(list(map(str, written))))

    def fold(self) -> None:
        """Take over the files of processes that are gone."""
        with self._lock:
            for path in sorted(self.folder.glob("*.db")):
                kind, _, pid = path.stem.rpartition("_")
                if pid == GONE or lives(int(pid)):
                    continue
                if not kind.startswith("gauge"):
                    self._add(path, self.folder / f"{kind}_{GONE}.db")
                path.unlink()

    def _add(self, path: Path, total: Path) -> None:
        """Add the values of one file to those of another."""
        sums = _values(str(total))
        try:
            # A file that its process had no time to write holds nothing.
            with suppress(RuntimeError, struct.error):
                for key, value, _, _ in _values.read_all_values_from_file(str(path)):
                    before, _ = sums.read_value(key)
                    sums.write_value(key, before + value, 0.0)
        finally:
            sums.close()
