"""Subscriptions as files: TOML that anyone can edit, read with the line of every fault.

    [[subscription]]
    id = "wagner-in-niger"
    query = "actor:wagner AND place:Niger"

What the keys mean is said in `schemas.Subscription`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from importlib.resources import files
from typing import Any

import msgspec

from schemas import InvalidSetting, QueryError, Subscription, WatchList
from tocsin.query.fields import nearest
from tocsin.query.leaves import LANGUAGE
from tocsin.query.parse import parse as parse_query
from tocsin.query.resolve import actor_names, resolve
from tocsin.toml_lines import Fault, TomlLines, read, told

TABLE = "subscription"
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEYS = tuple(each.name for each in fields(Subscription))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("id", "query", "name", "owner"), (_is_text, "text in quotation marks")),
    **dict.fromkeys(("languages", "publishers"), (_is_texts, 'a list such as ["fr", "en"]')),
    "min_confidence": (_is_share, "a number from 0 to 1"),
    "include_old": (lambda value: isinstance(value, bool), "true or false"),
}


def parse(text: str, *, file: str) -> tuple[Subscription, ...]:
    """Read one file of subscriptions, in the order of writing.

    Raises `InvalidSetting` with one `file:line: message` a line, for every fault of the file.
    """
    content = read(text, file=file)
    lines = TomlLines(text)
    faults = _top_faults(content, lines)
    tables = content.get(TABLE)
    rows = tables if isinstance(tables, list) else []
    for at, row in enumerate(rows):
        faults += _row_faults(row, at, lines) if isinstance(row, dict) else []
    if not faults:
        faults = _repeated(rows, lines)
    if faults:
        raise told(faults, file=file)
    return tuple(_subscription(row) for row in rows)


def _top_faults(content: Mapping[str, Any], lines: TomlLines) -> list[Fault]:
    """Find what is wrong outside of the subscriptions."""
    faults = [
        (lines.of_key(key), f"unknown key {key!r}: subscriptions begin with [[{TABLE}]]")
        for key in content
        if key != TABLE
    ]
    rows = content.get(TABLE)
    is_list = isinstance(rows, list) and all(isinstance(each, dict) for each in rows)
    if rows is not None and not is_list:
        faults.append((lines.of_key(TABLE), f"write [[{TABLE}]] with two brackets on each side"))
    return faults


def _row_faults(row: Mapping[str, Any], at: int, lines: TomlLines) -> list[Fault]:
    """Find what is wrong with one subscription."""
    faults: list[Fault] = []
    for key, value in row.items():
        line = lines.of_row(TABLE, at, key)
        if key not in _KINDS:
            near = nearest(key, _KEYS)
            hint = f"did you mean {near!r}?" if near else f"known are {', '.join(_KEYS)}"
            faults.append((line, f"unknown key {key!r}: {hint}"))
        elif not _KINDS[key][0](value):
            faults.append((line, f"{key} must be {_KINDS[key][1]}"))
        elif key == "id" and not _ID.fullmatch(value):
            faults.append((line, f"id {value!r}: only a-z, 0-9 and single hyphens between them"))
        elif key == "languages":
            wrong = [each for each in value if not LANGUAGE.fullmatch(each)]
            faults += [(line, f"{each!r} is no language code: fr, pt-BR") for each in wrong]
        elif key == "query":
            faults += _query_fault(value, line)
    for key in ("id", "query"):
        if key not in row:
            faults.append((lines.of_row(TABLE, at), f"{key} is missing"))
    return faults


def _query_fault(query: str, line: int) -> list[Fault]:
    try:
        parse_query(query)
    except QueryError as error:
        return [(line, f"query: {_said(error)}")]
    return []


def _said(error: QueryError) -> str:
    """Say a query's fault on one line."""
    return f"column {error.column}: {error} {error.hint}".rstrip()


def _repeated(rows: Iterable[Mapping[str, Any]], lines: TomlLines) -> list[Fault]:
    """Find ids that stand twice in a file."""
    known: dict[str, int] = {}
    faults: list[Fault] = []
    for at, row in enumerate(rows):
        line = lines.of_row(TABLE, at, "id")
        if row["id"] in known:
            faults.append((line, f"id {row['id']!r} stands in line {known[row['id']]} already"))
        known.setdefault(row["id"], line)
    return faults


def _subscription(row: Mapping[str, Any]) -> Subscription:
    """Make the record of a row that has no fault."""
    return msgspec.convert(dict(row), Subscription)


def shipped() -> tuple[Subscription, ...]:
    """Read the subscriptions that come with Tocsin."""
    name = "subscriptions.toml"
    return parse(files("tocsin.lists").joinpath(name).read_text(encoding="utf-8"), file=name)


def check_against(subscriptions: Iterable[Subscription], watch_lists: Iterable[WatchList]) -> None:
    """Check that every subscription has its own id, and asks only for actors that are watched.

    Raises `InvalidSetting` with one line for every fault.
    """
    actors = actor_names(watch_lists)
    known: set[str] = set()
    faults: list[str] = []
    for each in subscriptions:
        if each.id in known:
            faults.append(f"subscription {each.id}: there are two of this id")
        known.add(each.id)
        fault = unanswerable(each, actors)
        if fault:
            faults.append(f"subscription {each.id}: query: {_said(fault)}")
    if faults:
        raise InvalidSetting("\n".join(faults))


def unanswerable(subscription: Subscription, actors: Mapping[str, str]) -> QueryError | None:
    """Give what is wrong with a subscription's query, if anything; `actors` as of `actor_names`."""
    try:
        resolve(parse_query(subscription.query), actors, subscription.query)
    except QueryError as error:
        return error
    return None


def answerable(
    subscriptions: Iterable[Subscription], watch_lists: Iterable[WatchList]
) -> tuple[Subscription, ...]:
    """Keep those that ask only for actors that are watched: other lists, other shipped ones."""
    actors = actor_names(watch_lists)
    return tuple(each for each in subscriptions if unanswerable(each, actors) is None)
