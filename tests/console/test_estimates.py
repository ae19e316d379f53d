"""An estimate ends when its time is over, and is then of what was looked at."""

from datetime import timedelta
from pathlib import Path

from console.estimates import last_week
from schemas import Subscription
from store.engine import open_engine, writing
from store.results import write
from tests.console.cli.test_explain_store import SEEN, an_article
from tocsin.query.parse import parse


def test_what_was_looked_at_until_then_is_what_it_is_of(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    articles = [an_article(n, minutes=n, text=f"Mali, day {n}.") for n in range(5)]
    with writing(engine) as connection:
        write(connection, "articles", articles)
    query, left = Subscription(id="q", query="mali"), iter([False, False, True])
    part = last_week(engine, query, parse("mali"), is_over=lambda: next(left))
    assert (part.versions, part.alerts) == (2, 2)
    assert (part.since, part.until) == (SEEN, SEEN + timedelta(minutes=1))
    assert last_week(engine, query, parse("mali")).versions == 5
    engine.dispose()
