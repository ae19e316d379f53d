"""`tocsin match`: which articles match which queries, at full speed, without the pipeline."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.paths import EXISTING, existing
from schemas import ArticleVersion, InvalidSetting, QueryError, encode

if TYPE_CHECKING:
    from console.preparation import ArticleFile, Prepare
    from tocsin.query.index import Queries

    Answer = Callable[[Queries, ArticleVersion], list[tuple[str, bytes]]]

EXAMPLE = """\b
Examples:
  tocsin match 'wagner AND (niger OR mali)' articles.jsonl
  tocsin match 'actor:wagner AND place:Niger' articles.jsonl
  tocsin match --queries queries.jsonl articles.jsonl --no-evidence > matches.jsonl
"""


@click.command(epilog=EXAMPLE)
@click.argument("arguments", nargs=-1, required=True, metavar="['QUERY'] FILE.jsonl")
@click.option(
    "--queries",
    "queries_file",
    type=EXISTING,
    help="Queries, one {id, query} a line, instead of 'QUERY'.",
)
@click.option("--no-evidence", is_flag=True, help="Only say what matches: much faster.")
@click.option("--strict", is_flag=True, help="Exit with 1 if any line was no article.")
@click.option("--no-entities", is_flag=True, help="Leave the entity models out.")
@click.option(
    "--watch-lists",
    type=EXISTING,
    help="Folder (or file) of watch lists instead of the shipped ones.",
)
def command(
    arguments: tuple[str, ...],
    queries_file: Path | None,
    no_evidence: bool,
    no_entities: bool,
    strict: bool,
    watch_lists: Path | None,
) -> None:
    """Print one line of JSON for each article that matches a query: {article, line, query, evidence}.

    `line` is the article's line in the file; `query` is the id of the query, or the query itself.
    Seconds of building and of matching (both of processor time) stand on standard error,
    and so do lines that are no articles: exit 1 where all are, or with --strict any.
    """
    queries, file = _asked(arguments, queries_file)
    from console.preparation import ArticleFile, preparation
    from console.rules import load_watch_lists
    from tocsin.query.resolve import actor_names

    started = time.process_time()
    lists = load_watch_lists(watch_lists) if _names_actors(queries) else ()
    compiled = _compiled(queries, actor_names(lists), is_file=queries_file is not None)
    built = time.process_time() - started
    prepare = preparation(compiled.fields, lists, models=not no_entities)
    read = ArticleFile(file)
    _match(compiled, read, prepare, _ids_alone if no_evidence else _with_evidence, built)
    read.finish(is_strict=strict)


def _match(
    compiled: "Queries", file: "ArticleFile", prepare: "Prepare", answer: "Answer", built: float
) -> None:
    """Write a line for each match, and then say how long it took."""
    out, matching, count, matches = sys.stdout.buffer, 0.0, 0, 0
    labels = {each: json.dumps(each, ensure_ascii=False).encode() for each in compiled.ids}
    for line, article in file:
        article_version = prepare(article)
        before = time.process_time()
        found = answer(compiled, article_version)
        matching += time.process_time() - before
        count, matches = count + 1, matches + len(found)
        head = b'{"article":"%s","line":%d,"query":' % (article.id.encode(), line)
        out.write(b"".join(head + labels[name] + tail for name, tail in found))
    out.flush()
    _report(count, matches, len(compiled), built, matching)


def _asked(arguments: tuple[str, ...], queries_file: Path | None) -> tuple[dict[str, str], Path]:
    """Sort the arguments into queries by id and the file of articles."""
    wanted = 1 if queries_file else 2
    if len(arguments) != wanted:
        given = "FILE.jsonl" if queries_file else "'QUERY' FILE.jsonl"
        raise click.UsageError(f"Give {given}: {len(arguments)} arguments, not {wanted}.")
    if queries_file:
        return _read_queries(queries_file), existing(arguments[0])
    return {arguments[0]: arguments[0]}, existing(arguments[1])


def _read_queries(path: Path) -> dict[str, str]:
    """Read `{id, query}` lines. Raises `InvalidSetting` with file and line."""
    queries: dict[str, str] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InvalidSetting(f"{path}: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
            name, query = str(row["id"]), row["query"]
        except (ValueError, TypeError, KeyError):
            raise InvalidSetting(f'{path}:{number}: not {{"id": ..., "query": ...}}') from None
        if name in queries or not isinstance(query, str):
            fault = "query must be text" if name not in queries else f"id {name} stands twice"
            raise InvalidSetting(f"{path}:{number}: {fault}")
        queries[name] = query
    if not queries:
        raise InvalidSetting(f"{path}: no queries")
    return queries


def _names_actors(queries: dict[str, str]) -> bool:
    """Tell whether watch lists are needed at all; reading them takes longer than a small run."""
    return any("actor:" in query.lower() for query in queries.values())


def _compiled(queries: dict[str, str], actors: dict[str, str], *, is_file: bool) -> "Queries":
    """Compile the queries; of a file of them, the error says which one is wrong."""
    from tocsin.query.index import Queries
    from tocsin.query.parse import parse
    from tocsin.query.resolve import resolve

    try:
        return Queries(queries, actors)
    except QueryError:
        if not is_file:
            raise
    for name, query in sorted(queries.items()):
        try:
            resolve(parse(query), actors, query)
        except QueryError as found:
            said = f"query {name}: {found}"
            raise QueryError(said, query=query, column=found.column, hint=found.hint) from None
    raise AssertionError("a set of queries is wrong, and none of them")


def _ids_alone(compiled: "Queries", article_version: "ArticleVersion") -> list[tuple[str, bytes]]:
    return [(name, b"}\n") for name in compiled.match_ids(article_version)]


def _with_evidence(
    compiled: "Queries", article_version: "ArticleVersion"
) -> list[tuple[str, bytes]]:
    return [
        (name, b',"evidence":' + encode(evidence) + b"}\n")
        for name, evidence in compiled.match(article_version)
    ]


def _report(articles: int, matches: int, queries: int, built: float, matched: float) -> None:
    """Say on standard error how long it took."""
    rate = f", {articles / matched:,.0f} articles/s" if matched else ""
    click.echo(
        f"{queries:,} queries built in {built:.3f} s; {articles:,} articles matched in "
        f"{matched:.3f} s{rate}; {matches:,} matches",
        err=True,
    )
