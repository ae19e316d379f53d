"""Runs: the files of a replay as tables, under the name of the run. Never the ledger or live memory.

Writing a run again leaves one set of rows, that of the files; mentions and near misses found under
another rule set stay beside it, so that two rule sets can be compared.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, select
from sqlalchemy.exc import DBAPIError

from schemas import InvalidSetting, Rejected, RuleSet, Unavailable, encode
from store.bulk import insert_rows
from store.engine import reading, writing
from store.run_rows import LIVE, put, row
from store.tables import RUN_TABLES, rule_set, run

BATCH = 500
"""Lines that are held at once."""

LONGEST_NAME = 200


def write_run(
    engine: Engine, *, run: str, rule_set: RuleSet, files: Mapping[str, Path]
) -> dict[str, int]:
    """Load the files of a replay (by kind: `articles`, `stories`, ...) as the run of this name.

    All or nothing. Returns how many rows each kind has. Raises `InvalidSetting` for a name or kind
    that there is none of, `Rejected` for a file that no replay wrote, `Unavailable` when the store
    fails.
    """
    if not run or len(run) > LONGEST_NAME:
        raise InvalidSetting(f"a run needs a name of 1 to {LONGEST_NAME} characters")
    if run == LIVE:
        raise InvalidSetting(
            f"{LIVE!r} is the name of what the stream keeps, not of a replay",
            hint="Choose another name for this run.",
        )
    unknown = sorted(set(files) - set(RUN_TABLES))
    if unknown:
        raise InvalidSetting(
            f"no table for {', '.join(unknown)}", hint=f"Known: {', '.join(RUN_TABLES)}."
        )
    try:
        with writing(engine) as connection:
            _write_head(connection, run, rule_set)
            return {
                kind: _write_kind(connection, RUN_TABLES[kind], run, rule_set.id, path)
                for kind, path in files.items()
            }
    except DBAPIError as error:
        raise Unavailable(f"the store refused the run {run!r}: {error.orig}") from error


def find(engine: Engine, run: str, id: str) -> dict[str, list[bytes]]:
    """Find what a run holds under an id: the records, by kind, that carry it or belong to it.

    An article's or story's id finds the article, its story, entities, mentions, near misses and
    alerts; the id of a mention, alert or dead letter finds that one. Kinds without records are left
    out; records are lines of JSON, in the order of their keys.
    """
    found: dict[str, list[bytes]] = {}
    with reading(engine) as connection:
        for kind, table in RUN_TABLES.items():
            columns = [table.c[name] for name in ("id", "article", "story") if name in table.c]
            if kind == "entities":  # there `id` is that of the thing named, not of the record
                columns = [table.c.article]
            belongs = columns[0] == id
            for column in columns[1:]:
                belongs = belongs | (column == id)
            query = select(table.c.record).where(table.c.run == run, belongs)
            rows = connection.scalars(query.order_by(*table.primary_key.columns)).all()
            if rows:
                found[kind] = [bytes(record) for record in rows]
    return found


def _write_head(connection: Connection, name: str, rules: RuleSet) -> None:
    insert_rows(connection, rule_set, [(rules.id, encode(rules))], replace=True)
    insert_rows(connection, run, [(name, rules.id)], replace=True)


def _write_kind(connection: Connection, table: Table, name: str, rules: str, path: Path) -> int:
    """Put the lines of a file in the place of what the run had; return the number of rows."""
    stale = table.c.run == name
    if "rule_set" in table.primary_key.columns:
        stale = stale & (table.c.rule_set == rules)
    connection.execute(delete(table).where(stale))
    for rows in _batches(_rows(table, name, path)):
        put(connection, table, rows)
    return connection.scalar(select(func.count()).select_from(table).where(stale)) or 0


def _rows(table: Table, name: str, path: Path) -> Iterator[tuple[Any, ...]]:
    """Read a file as rows of its table."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield row(table, name, line.rstrip(b"\n"))
            except Rejected as error:
                raise Rejected(error.code, f"{path.name}:{number}: {error.reason}") from error


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch
