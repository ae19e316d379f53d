import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from connectors.feeds.ledger import Ledger
from store.engine import open_engine


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'tocsin.db'}")


def _note(connection: Connection, word: str) -> str:
    connection.execute(text("INSERT INTO run VALUES (:word, '')"), {"word": word})
    return word


def _noted(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT name FROM run ORDER BY name")).scalars())


def _stumble(_: Connection) -> None:
    raise LookupError("nothing there")


def test_jobs_are_done_in_order_and_answered_each(engine: Engine) -> None:
    async def work() -> list[str]:
        return await asyncio.gather(*(ledger.do(_note, f"{n:03}") for n in range(500)))

    ledger = Ledger(engine)
    assert asyncio.run(work()) == [f"{n:03}" for n in range(500)]
    ledger.close()
    with engine.connect() as connection:
        assert len(_noted(connection)) == 500


def test_a_job_that_fails_costs_those_beside_it_nothing(engine: Engine) -> None:
    async def work() -> list[object]:
        jobs = [ledger.do(_note, "a"), ledger.do(_stumble), ledger.do(_note, "b")]
        return await asyncio.gather(*jobs, return_exceptions=True)

    ledger = Ledger(engine)
    first, fault, last = asyncio.run(work())
    ledger.close()
    assert (first, last) == ("a", "b")
    assert isinstance(fault, LookupError)
    with engine.connect() as connection:
        assert _noted(connection) == ["a", "b"]


def test_what_was_given_before_the_end_is_done(engine: Engine) -> None:
    async def work() -> None:
        jobs = [asyncio.create_task(ledger.do(_note, str(number))) for number in range(50)]
        await asyncio.sleep(0)
        ledger.close()
        await asyncio.gather(*jobs)

    ledger = Ledger(engine)
    asyncio.run(work())
    with engine.connect() as connection:
        assert len(_noted(connection)) == 50


@pytest.mark.parametrize("others", [0, 1])
def test_whoever_is_cancelled_while_waiting_ends_nobody_elses_work(
    engine: Engine, others: int
) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        begun.set()
        let_go.wait(10)

    async def work() -> str:
        first = asyncio.create_task(ledger.do(hold))
        await asyncio.to_thread(begun.wait, 10)
        cancelled = asyncio.create_task(ledger.do(_note, "cancelled"))
        beside = [asyncio.create_task(ledger.do(_note, "beside")) for _ in range(others)]
        await asyncio.sleep(0)
        first.cancel()
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        let_go.set()
        await asyncio.gather(*beside)
        return await asyncio.wait_for(ledger.do(_note, "later"), 10)

    ledger = Ledger(engine)
    assert asyncio.run(work()) == "later"
    ledger.close()
    with engine.connect() as connection:
        assert "cancelled" not in _noted(connection)
