import asyncio
import time
from itertools import pairwise

import pytest

from connectors.feeds import hosts as module
from connectors.feeds.hosts import Hosts, Resting

GAP = 0.05


def begins(hosts: Hosts, urls: list[str], *, seconds: float = 0.0) -> list[tuple[str, float]]:
    """Ask for all turns at once; return who began when."""
    began: list[tuple[str, float]] = []

    async def one(url: str) -> None:
        async with hosts.turn(url):
            began.append((url, time.monotonic()))
            await asyncio.sleep(seconds)

    async def all_of_them() -> None:
        await asyncio.gather(*map(one, urls))

    asyncio.run(all_of_them())
    return began


def test_one_domain_is_asked_with_a_gap_in_the_order_of_asking() -> None:
    urls = [f"https://{name}.river.example/{n}" for n, name in enumerate("abcd")]
    began = begins(Hosts(GAP), urls)
    assert [url for url, _ in began] == urls
    times = [at for _, at in began]
    assert all(late - early >= GAP for early, late in pairwise(times))


def test_the_gap_begins_when_an_answer_has_come() -> None:
    began = begins(Hosts(GAP), ["http://river.example/"] * 3, seconds=GAP)
    times = [at for _, at in began]
    assert all(late - early >= 2 * GAP for early, late in pairwise(times))


def test_domains_do_not_wait_for_each_other() -> None:
    began = begins(Hosts(30.0), [f"https://river{n}.example/" for n in range(50)])
    assert began[-1][1] - began[0][1] < 5


def test_there_is_one_request_at_a_time_however_long_it_takes() -> None:
    began = begins(Hosts(0.0), ["http://river.example/"] * 3, seconds=GAP)
    times = [at for _, at in began]
    assert all(late - early >= GAP for early, late in pairwise(times))


def test_a_turn_that_fails_or_is_called_off_is_given_on() -> None:
    hosts = Hosts(0.0)

    async def run() -> None:
        with pytest.raises(KeyError):
            async with hosts.turn("http://river.example/"):
                raise KeyError
        async with hosts.turn("http://river.example/"):
            waiting = asyncio.create_task(hosts.turn("http://river.example/").__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(5), hosts.turn("http://river.example/"):
            pass

    asyncio.run(run())
    assert hosts.waits.waiting == 0


def test_a_domain_that_asked_for_rest_is_waited_for_or_said_to_rest() -> None:
    hosts = Hosts(0.0, patience=1.0)
    hosts.rest("http://a.river.example/", GAP)
    early = time.monotonic()
    ((_, at),) = begins(hosts, ["http://b.river.example/"])
    assert at - early >= GAP
    hosts.rest("http://river.example/", 1000)
    hosts.rest("http://river.example/", 5)
    assert 990 < hosts.rests_for("http://river.example/") <= 1000
    with pytest.raises(Resting):
        begins(hosts, ["http://river.example/"])


@pytest.mark.parametrize(("asked", "most"), [(1e9, 86_400), (-5, 0)])
def test_nobody_can_ask_for_more_rest_than_a_day_or_less_than_none(
    asked: float, most: float
) -> None:
    hosts = Hosts(clock=lambda: 100.0)
    hosts.rest("http://river.example/", asked)
    assert hosts.rests_for("http://river.example/") == most


def test_a_crawl_delay_widens_the_gap_up_to_a_minute() -> None:
    hosts = Hosts(0.0)
    hosts.slow_down("http://river.example/", GAP)
    (_, early), (_, late) = begins(hosts, ["http://river.example/"] * 2)
    assert late - early >= GAP
    hosts.slow_down("http://river.example/", 1e9)
    assert hosts._domains["river.example"].gap == module.LONGEST_GAP


def test_domains_are_forgotten_when_nobody_waits_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DOMAINS", 10)
    hosts = Hosts(0.0)
    hosts.rest("http://river.example/", 1000)
    begins(hosts, [f"http://river{n}.example/" for n in range(100)])
    begins(hosts, ["http://lake.example/"])
    assert set(hosts._domains) == {"river.example", "lake.example"}


def test_waits_are_counted_and_told() -> None:
    told: list[float] = []
    hosts = Hosts(GAP, observe=told.append)
    begins(hosts, ["http://river.example/"] * 3)
    assert (hosts.waits.turns, len(told)) == (3, 3)
    assert hosts.waits.longest == max(told) >= 2 * GAP
