from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from benchmarks import live_past
from benchmarks.live_past import remember_past
from store.engine import open_engine
from store.memory import SqlMemory
from store.ordinals import microseconds
from tocsin.articles import complete

NOW = datetime(2024, 5, 1, tzinfo=UTC)
SAMPLE = [complete(url=f"https://a.example/{n}", title=f"T{n}", text=f"text {n}") for n in range(3)]


def test_a_past_is_one_that_memory_reads_and_adds_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_past, "CHUNK", 40)
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    remember_past(engine, 100, SAMPLE, microseconds(NOW - timedelta(hours=1)), microseconds(NOW))
    memory = SqlMemory(engine, timedelta(days=3))
    assert memory.counts()["articles"] == 100
    with engine.connect() as connection:
        ids = connection.execute(text("SELECT id FROM memory_article ORDER BY seq")).scalars().all()
        bands = connection.execute(text("SELECT count(*) FROM memory_band")).scalar_one()
    roots = memory.roots(set(ids))
    assert len(set(roots.values())) == 90
    assert roots[ids[9]] == ids[0]
    assert bands == 100 * 33
    new = complete(url="https://new.example/", title="New", text="Something new.", first_seen=NOW)
    memory.remember([new])
    memory.link({new.id})
    assert memory.roots({new.id}) == {new.id: new.id}
    memory.close()
