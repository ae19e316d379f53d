"""Every way to answer wrongly comes to a word, soon, in little memory, and harms nobody else."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.feeds.failures import SENTENCES
from connectors.feeds.fetch import FetchError, Limits
from tests.connectors.feeds.hostile_server import CASES, FOREVER, running
from tests.connectors.feeds.web import fetcher

MOST_SECONDS = 6.0
MOST_GROWTH_MB = 64.0
HOPS = [name for name in CASES if name.startswith("hops-")]
TRIED = [name for name in CASES if name not in HOPS or name in ("hops-0", "hops-25", "hops-24")]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running() as found:
        yield found


def peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def come_to(base: str, name: str, seconds: float) -> tuple[str | int, float, float]:
    """Fetch a case, then something ordinary; what it came to, the seconds, the growth in MB."""
    async with fetcher(limits=Limits(total_seconds=seconds, connect_seconds=2.0)) as fetching:
        assert (await fetching.fetch(f"{base}/plain")).status == 200
        Path("/proc/self/clear_refs").write_text("5")
        before, began = peak_mb(), time.monotonic()
        try:
            outcome: str | int = (await fetching.fetch(f"{base}/{name}")).status
        except FetchError as error:
            outcome = error.code if error.reason else "no reason"
        took, growth = time.monotonic() - began, peak_mb() - before
        if outcome not in (503, 429):
            assert (await fetching.fetch(f"{base}/plain")).status == 200
        return outcome, took, growth


@pytest.mark.parametrize("name", TRIED)
def test_a_wrong_answer_comes_to_a_word(base: str, name: str) -> None:
    seconds = 0.5 if name in FOREVER else 5.0
    outcome, took, growth = asyncio.run(come_to(base, name, seconds))
    assert outcome in CASES[name][1]
    assert isinstance(outcome, int) or outcome in SENTENCES
    assert took <= MOST_SECONDS
    assert growth <= MOST_GROWTH_MB


def test_what_never_ends_is_ended_by_the_clock_and_not_by_luck(base: str) -> None:
    _, took, _ = asyncio.run(come_to(base, "drip-body", 1.0))
    assert 0.9 <= took <= 2.0


def test_neighbours_of_a_hostile_server_are_served_meanwhile(base: str) -> None:
    async def run() -> float:
        async with fetcher() as fetching:
            hostile = [
                asyncio.create_task(fetching.fetch(f"{base.replace('.1:', f'.{n}:')}/{name}"))
                for n, name in enumerate(("drip-body", "silence", "chunks-of-one-byte"), 2)
            ]
            await asyncio.sleep(0)
            began = time.monotonic()
            for _ in range(20):
                assert (await fetching.fetch(f"{base}/plain")).status == 200
            took = time.monotonic() - began
            for task in hostile:
                task.cancel()
            await asyncio.gather(*hostile, return_exceptions=True)
            return took

    assert asyncio.run(run()) < 3.0


def test_there_are_more_than_sixty_cases() -> None:
    assert len(TRIED) >= 120
