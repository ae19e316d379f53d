"""Every kind of memory, empty, so that one set of tests holds them all to one behaviour."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from store.engine import open_engine, writing
from store.memory import SqlMemory
from store.tables import metadata
from tests.memories import TIME_TO_LIVE
from tocsin.memory import Memory
from tocsin.process_memory import ProcessMemory

Opener = Callable[[], Memory]


@pytest.fixture(
    params=["process", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def empty_memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """A function that gives an empty memory each time."""
    if request.param == "process":
        yield lambda: ProcessMemory(TIME_TO_LIVE)
        return
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    else:
        url = f"sqlite:///{tmp_path / 'memory.sqlite'}"
    engine = open_engine(url)

    def emptied() -> Memory:
        with engine.begin() as connection:
            for table in metadata.tables:
                connection.execute(text(f"DELETE FROM {table}"))
        return SqlMemory(engine, TIME_TO_LIVE)

    yield emptied
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A transaction of an empty store, in each database."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    engine = open_engine(url)
    with writing(engine) as opened:
        for table in metadata.tables:
            opened.execute(text(f"DELETE FROM {table}"))
        yield opened
    engine.dispose()
