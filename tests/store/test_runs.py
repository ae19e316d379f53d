import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from schemas import InvalidSetting, Rejected, RuleSet, encode, freeze
from schemas.watchlist import WatchList
from store.runs import find, write_run
from store.tables import RUN_TABLES, rule_set, run
from tests.memories import an_article, prose

ONE, TWO = an_article("one", prose(1)), an_article("two", prose(2), 1)
RULES, OTHER_RULES = freeze((), ()), freeze((WatchList(name="other"),), ())

NAMED = {
    "id": "", "article": "", "version": "", "story": "", "actor": "wagner-group", "alias": "Wagner",
    "surface": "Wagner", "kind": "name", "field": "text", "start": 0, "end": 6, "sentence": "Wagner.",
    "language": "en", "confidence": 0.9, "because": [], "rule_set": "",
}  # fmt: skip


@pytest.fixture
def engine(empty_store: Callable[[], Engine]) -> Engine:
    return empty_store()


@pytest.fixture
def files(tmp_path: Path) -> Callable[[RuleSet], dict[str, Path]]:
    """Write what a replay under some rule set would write."""

    def write(rules: RuleSet) -> dict[str, Path]:
        place = {"article": ONE.id, "version": ONE.version, "story": ONE.id}
        mention = NAMED | place | {"id": "a" * 32, "rule_set": rules.id}
        entity = {
            "type": "place",
            "text": "Niger",
            "start": 3,
            "end": 8,
            "field": "text",
            "name": "Niger",
        }
        alert = {
            "id": "c" * 32, "subscription": "wagner", **place, "title": "", "url": ONE.url,
            "publisher": ONE.publisher, "language": "", "first_seen": "2023-08-01T00:00:00Z",
            "mentions": [], "evidence": [], "rule_set": rules.id,
        }  # fmt: skip
        story = {
            "id": ONE.id, "title": "", "url": ONE.url, "publisher": ONE.publisher, "publishers": 2,
            "first_seen": "2023-08-01T00:00:00Z", "language": "", "copies": [], "names": [],
        }  # fmt: skip
        lines = {
            "articles": [ONE, TWO],
            "stories": [story],
            "entities": [
                place | entity | {"id": "", "model": "x"},
                place | entity | {"id": "", "start": 9},
            ],
            "mentions": [mention, mention | {"id": "b" * 32, "article": TWO.id}],
            "near-misses": [mention | {"id": "d" * 32}],
            "alerts": [alert],
            "dead-letters": [
                {"id": "e" * 32, "stage": "decode", "code": "empty", "reason": "NUL \0"}
            ],
        }
        paths = {}
        for kind, records in lines.items():
            paths[kind] = tmp_path / f"{kind}.jsonl"
            paths[kind].write_bytes(b"".join(encode(record) + b"\n" for record in records))
        return paths

    return write


COUNTS = {
    "articles": 2, "stories": 1, "entities": 2, "mentions": 2, "near-misses": 1, "alerts": 1,
    "dead-letters": 1,
}  # fmt: skip


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            kind: connection.scalar(select(func.count()).select_from(table)) or 0
            for kind, table in RUN_TABLES.items()
        }


def test_two_replays_leave_one_set_of_rows(engine: Engine, files: Callable) -> None:
    for _ in range(2):
        assert write_run(engine, run="june", rule_set=RULES, files=files(RULES)) == COUNTS
    assert rows(engine) == COUNTS


def test_a_run_holds_what_its_last_files_hold(engine: Engine, files: Callable) -> None:
    paths = files(RULES)
    write_run(engine, run="june", rule_set=RULES, files=paths)
    paths["articles"].write_bytes(encode(ONE) + b"\n")
    assert write_run(engine, run="june", rule_set=RULES, files=paths)["articles"] == 1


def test_runs_of_different_names_stay_apart(engine: Engine, files: Callable) -> None:
    for name in ("june", "july"):
        write_run(engine, run=name, rule_set=RULES, files=files(RULES))
    assert rows(engine) == {kind: 2 * count for kind, count in COUNTS.items()}


def test_mentions_under_another_rule_set_stay_beside(engine: Engine, files: Callable) -> None:
    write_run(engine, run="june", rule_set=RULES, files=files(RULES))
    write_run(engine, run="june", rule_set=OTHER_RULES, files=files(OTHER_RULES))
    assert rows(engine) == COUNTS | {"mentions": 4, "near-misses": 2}
    with engine.connect() as connection:
        of_run = select(rule_set.c.record).join(run, run.c.rule_set == rule_set.c.id)
        stored = connection.scalar(of_run.where(run.c.name == "june"))
    assert bytes(stored or b"") == encode(OTHER_RULES)


def test_records_are_found_by_what_they_belong_to(engine: Engine, files: Callable) -> None:
    paths = files(RULES)
    write_run(engine, run="june", rule_set=RULES, files=paths)
    found = find(engine, "june", ONE.id)
    assert {kind: len(records) for kind, records in found.items()} == {
        "articles": 1, "stories": 1, "entities": 2, "mentions": 2, "near-misses": 1, "alerts": 1,
    }  # fmt: skip
    assert found["articles"] == [encode(ONE)]
    assert list(find(engine, "june", "c" * 32)) == ["alerts"]
    assert json.loads(find(engine, "june", "e" * 32)["dead-letters"][0])["code"] == "empty"
    assert find(engine, "june", "0" * 32) == find(engine, "other", ONE.id) == {}


def test_a_file_that_no_replay_wrote_leaves_the_run_as_it_was(
    engine: Engine, files: Callable
) -> None:
    paths = files(RULES)
    write_run(engine, run="june", rule_set=RULES, files=paths)
    for broken in (b"{\n", b'{"id": "x"}\n', b"[]\n"):
        paths["alerts"].write_bytes(broken)
        with pytest.raises(Rejected, match=r"alerts\.jsonl:1"):
            write_run(engine, run="june", rule_set=RULES, files=paths)
    assert rows(engine) == COUNTS


def test_names_of_runs_and_kinds_are_checked(
    engine: Engine, files: Callable, tmp_path: Path
) -> None:
    for name in ("", "x" * 201):
        with pytest.raises(InvalidSetting, match="name"):
            write_run(engine, run=name, rule_set=RULES, files={})
    with pytest.raises(InvalidSetting, match="name of what the stream keeps"):
        write_run(engine, run="live", rule_set=RULES, files={})
    with pytest.raises(InvalidSetting, match="no table for ghosts"):
        write_run(engine, run="june", rule_set=RULES, files={"ghosts": tmp_path})
