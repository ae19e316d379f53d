"""Commit offsets: a group goes on behind the records that all sinks have, and behind no other.

Every record that leaves the graph, by whichever door, brings its place in the log here. Places are
chained by partition: committed is the end of what is done without a gap, so that neither the order
in which workers finish nor their number matters. The chain begins where the group stands.

It is kept twice: as state of the runner, which carries it from worker to worker, and in the process.
Prism may run two bundles of one key side by side, each on the state from before, and lets the last one's
stand; what the other one had done would never be committed, nor anything behind it.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import apache_beam as beam
from apache_beam.coders import TupleCoder, VarIntCoder
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec
from apache_beam.transforms.window import GlobalWindow, WindowedValue
from apache_beam.utils.timestamp import MIN_TIMESTAMP

from pipelines.io import halting
from pipelines.io.log import KafkaLog, Share, leased
from pipelines.metrics import COMMITTED
from schemas import log_place

Done = tuple[int, tuple[int, int]]
"""(partition, (offset, offset)): done from the one to before the other."""


@dataclass(eq=False)
class CommitOffsets(beam.PTransform):
    """Commit for the log's group what is done. Takes origins of records and stretches without any."""

    log: KafkaLog

    def expand(
        self, pcolls: tuple[beam.PCollection[str], beam.PCollection[Done]]
    ) -> beam.PCollection[Done]:
        """Gather, chain, commit."""
        origins, passed = pcolls
        places = origins | "Places" >> beam.FlatMap(_places).with_output_types(Done)
        return (
            (places, passed)
            | "All done" >> beam.Flatten()
            | "Join" >> beam.ParDo(JoinFn()).with_output_types(Done)
            | "Commit" >> beam.ParDo(CommitFn(self.log)).with_output_types(Done)
        )


def _places(origin: str) -> Iterator[Done]:
    """Read the place out of an origin; articles out of memory have none."""
    place = log_place(origin)
    if place is not None:
        _, partition, offset = place
        yield partition, (offset, offset + 1)


class JoinFn(beam.DoFn):
    """Joins what a bundle has done, so that few stretches are chained."""

    def start_bundle(self) -> None:
        """Begin with nothing."""
        self._done: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)

    def process(self, element: Done) -> None:
        """Take a stretch in."""
        self._done[element[0]].append(element[1])

    def finish_bundle(self) -> Iterator[Any]:
        """Emit what is joined."""
        for partition, stretches in self._done.items():
            for stretch in joined(stretches):
                yield WindowedValue((partition, stretch), MIN_TIMESTAMP, (GlobalWindow(),))


class CommitFn(beam.DoFn):
    """Chains stretches by partition and commits where the chain ends."""

    END = ReadModifyWriteStateSpec("end", VarIntCoder())
    WAITING = BagStateSpec("waiting", TupleCoder((VarIntCoder(), VarIntCoder())))

    def __init__(self, log: KafkaLog) -> None:
        self._log = log

    def start_bundle(self) -> None:
        """Begin with nothing to commit."""
        self._moved: set[int] = set()

    def process(
        self,
        element: Done,
        end: Any = beam.DoFn.StateParam(END),
        waiting: Any = beam.DoFn.StateParam(WAITING),
    ) -> None:
        """Add a stretch to the chain of its partition."""
        partition, stretch = element
        before = end.read()
        if before is None:
            with leased(self._log, Share(), "commit") as reader:
                before = reader.committed_in(partition)
        held = list(waiting.read())
        reached, rest = chain_of(self._log, partition).add(before, [*held, stretch])
        if held:
            waiting.clear()
        for each in rest:
            waiting.add(each)
        end.write(reached)
        if reached != before:
            self._moved.add(partition)

    def finish_bundle(self) -> None:
        """Commit at once for all partitions; never less than another bundle has.

        Raises `Halted` where nothing but dead letters came, and all that is written of them is committed.
        """
        if not self._moved:
            return
        with _committing:
            chains = {each: chain_of(self._log, each) for each in self._moved}
            ends = {each: chain.reached for each, chain in chains.items()}
            with leased(self._log, Share(), "commit") as reader:
                reader.commit(ends)
            committed = sum(chain.commit(ends[each]) for each, chain in chains.items())
        COMMITTED.labels(self._log.group).inc(committed)
        halting.note_committed(ends)


class Chain:
    """What is known in this process to be done of one partition: it only grows."""

    def __init__(self) -> None:
        self.reached = 0
        self._waiting: list[tuple[int, int]] = []
        self._committed: int | None = None
        self._lock = threading.Lock()

    def add(
        self, before: int, stretches: list[tuple[int, int]]
    ) -> tuple[int, list[tuple[int, int]]]:
        """Add stretches, and all that is `before` an offset; say where it ends and what waits."""
        with self._lock:
            if self._committed is None:
                self._committed = before
            reached = max(before, self.reached)
            self.reached, self._waiting = chained(reached, [*self._waiting, *stretches])
            return self.reached, list(self._waiting)

    def commit(self, end: int) -> int:
        """Note what is committed; say how many offsets that is more than before."""
        more = max(end - (self._committed or 0), 0)
        self._committed = max(end, self._committed or 0)
        return more


_committing = threading.Lock()


@lru_cache(maxsize=4096)
def chain_of(log: KafkaLog, partition: int) -> Chain:
    """Get the process's chain of a partition."""
    return Chain()


def joined(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join stretches that touch or overlap; sorted."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def chained(reached: int, stretches: list[tuple[int, int]]) -> tuple[int, list[tuple[int, int]]]:
    """Say how far a chain reaches with these stretches, and which of them wait for others."""
    rest: list[tuple[int, int]] = []
    for start, end in joined(stretches):
        if start <= reached:
            reached = max(reached, end)
        else:
            rest.append((start, end))
    return reached, rest
