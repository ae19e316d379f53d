"""Every kind of memory, empty, so that one set of tests holds them all to one behaviour."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from store.engine import open_engine, writing
from store.memory import SqlMemory
from store.segments import SIZE
from store.tables import metadata
from tests.memories import TIME_TO_LIVE
from tocsin.memory import Memory
from tocsin.process_memory import ProcessMemory

Opener = Callable[[], Memory]


SMALL = 3
"""Articles in a segment of bands that is so small that most of memory lies in sealed ones."""


@pytest.fixture(
    params=[
        "process",
        "sqlite",
        "sqlite in small segments",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
    ]
)
def empty_memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """A function that gives an empty memory each time."""
    if request.param == "process":
        yield lambda: ProcessMemory(TIME_TO_LIVE)
        return
    engine = open_engine(_url(request, tmp_path))
    size = SIZE if request.param == "sqlite" else SMALL
    yield lambda: SqlMemory(emptied(engine), TIME_TO_LIVE, segment=size)
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """A function that gives an empty store each time, in each database."""
    engine = open_engine(_url(request, tmp_path))
    yield lambda: emptied(engine)
    engine.dispose()


@pytest.fixture
def connection(empty_store: Callable[[], Engine]) -> Iterator[Connection]:
    """A transaction of an empty store, in each database."""
    with writing(empty_store()) as opened:
        yield opened


def emptied(engine: Engine) -> Engine:
    """Take everything out of a store."""
    with engine.begin() as connection:
        for table in metadata.tables:
            connection.execute(text(f"DELETE FROM {table}"))
    return engine


def _url(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return f"sqlite:///{folder / 'store.sqlite'}"
