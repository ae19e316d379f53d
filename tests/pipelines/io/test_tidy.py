from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.io.tidy import tidy
from pipelines.memory import MemoryAt
from schemas import Article
from tocsin.memory import WHOLE, Part

HOUR = timedelta(hours=1)


def seen(name: str, at: datetime) -> Article:
    return Article(id=name.ljust(32, "0"), version=name.ljust(32, "1"), title=name, first_seen=at)


def test_what_nobody_can_copy_any_more_is_forgotten_and_a_record_from_the_future_makes_nothing_old(
    tmp_path: Path,
) -> None:
    memory, now = (
        MemoryAt(f"sqlite:///{tmp_path / 'tocsin.db'}", time_to_live=HOUR),
        datetime.now(UTC),
    )
    articles = [
        seen("a", now - 3 * HOUR),
        seen("b", now - HOUR),
        seen("c", now),
        seen("d", now + 1000 * HOUR),
    ]
    opened = memory.open()
    opened.remember(articles)
    opened.link({each.id for each in articles})
    tidy(memory, keep=HOUR)
    assert [each.title for each in opened.articles()] == ["b", "c", "d"]
    horizon = opened.horizon()
    assert horizon is not None
    assert horizon < now - HOUR


def test_what_a_part_has_not_finished_is_kept_twice_as_long_and_no_longer(tmp_path: Path) -> None:
    memory, now = (
        MemoryAt(f"sqlite:///{tmp_path / 'tocsin.db'}", time_to_live=HOUR),
        datetime.now(UTC),
    )
    opened = memory.open()
    articles = [seen(f"{hours}", now - hours * HOUR) for hours in (5, 3, 0)]
    opened.remember(articles)
    opened.link({each.id for each in articles})
    keys = [(each.id, each.version) for each in articles]

    def left() -> list[str]:
        tidy(memory, keep=HOUR)
        return [each.title for each in opened.articles()]

    opened.begin(Part.ALERTS)
    opened.begin(Part.ENTITIES)
    opened.finish(keys, Part.ALERTS)
    assert left() == ["3", "0"]
    opened.finish(keys, WHOLE)
    assert left() == ["0"]
