"""Too many dead letters stop a process when what it wrote is committed, and only then."""

import pytest

from pipelines.io import halting
from pipelines.io.halting import await_halt, note_committed, note_dead, note_good
from schemas import Halted
from tocsin.dead_letters import LONGEST_RUN, Limit


class Halting:
    """Somebody who halts, or does not, while others wait."""

    waits: list[float]

    def __init__(self) -> None:
        self.waits = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    def set(self) -> None:
        pass


@pytest.fixture(autouse=True)
def halt(monkeypatch: pytest.MonkeyPatch) -> Halting:
    """A process that has written nothing yet."""
    monkeypatch.setattr(halting, "_limit", Limit())
    monkeypatch.setattr(halting, "_written", {})
    monkeypatch.setattr(halting, "_committed", {})
    monkeypatch.setattr(halting, "_is_halted", made := Halting())
    return made


def origins(partition: int, start: int, end: int) -> list[str]:
    return [f"kafka:articles/{partition}@{offset}" for offset in range(start, end)]


def test_records_that_are_done_speak_against_dead_letters() -> None:
    note_dead(origins(0, 0, LONGEST_RUN))
    note_good()
    note_dead(origins(0, LONGEST_RUN + 1, 2 * LONGEST_RUN + 1))
    note_committed({0: 2 * LONGEST_RUN + 1})
    note_dead(origins(0, 2 * LONGEST_RUN + 1, 2 * LONGEST_RUN + 2))
    with pytest.raises(Halted, match=f"the last {LONGEST_RUN + 1} records"):
        note_committed({0: 2 * LONGEST_RUN + 2})


def test_it_halts_when_all_that_is_written_is_committed() -> None:
    note_dead(origins(0, 0, LONGEST_RUN))
    note_dead([*origins(3, 7, 9), ""])
    note_committed({0: LONGEST_RUN})
    note_committed({3: 8})
    with pytest.raises(Halted):
        note_committed({3: 9})


def test_who_would_write_more_waits_for_the_commit_and_then_halts_itself(halt: Halting) -> None:
    note_dead(origins(0, 0, LONGEST_RUN))
    await_halt()
    assert halt.waits == []
    note_dead(origins(0, LONGEST_RUN, LONGEST_RUN + 1))
    with pytest.raises(Halted):
        await_halt()
    assert halt.waits == [halting.LONGEST_WAIT]
