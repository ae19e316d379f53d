"""Subscriptions as files: TOML that anyone can edit, read with the line of every fault.

    [[subscription]]
    id = "wagner-in-niger"
    query = "actor:wagner AND place:Niger"

What the keys mean is said in `schemas.Subscription`; instead of a `query` there may be `actors`, of which
any one will do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import msgspec

from schemas import InvalidSetting, QueryError, Subscription, WatchList
from tocsin.query.parse import parse as parse_query
from tocsin.query.resolve import actor_names, resolve
from tocsin.subscription_keys import asking_for, complaints, said_of
from tocsin.toml_lines import Fault, TomlLines, read, told

TABLE = "subscription"


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
    return [(lines.of_row(TABLE, at, key), said) for key, said in complaints(row)]


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


def made_of(row: Mapping[str, Any]) -> Subscription:
    """Make the record of the keys that people write, which are those of a file.

    Raises `InvalidSetting` with one line for every fault.
    """
    faults = [said for _, said in complaints(row)]
    if faults:
        raise InvalidSetting("\n".join(faults))
    return _subscription(row)


def _subscription(row: Mapping[str, Any]) -> Subscription:
    """Make the record of a row that has no fault."""
    content = dict(row)
    actors = content.pop("actors", ())
    if actors:
        content["query"] = asking_for(tuple(actors))
    return msgspec.convert(content, Subscription)


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
            faults.append(f"subscription {each.id}: query: {said_of(fault)}")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The subscriptions of files and those that are kept; `left_out` says of an id why it does not take part."""

    subscriptions: tuple[Subscription, ...]
    left_out: Mapping[str, str]


def joined(
    written: Iterable[Subscription],
    kept: Iterable[Subscription],
    watch_lists: Iterable[WatchList],
) -> Joined:
    """Add those that are kept to those of files, which come first; one that is wrong stops no other."""
    found = {each.id: each for each in written}
    from_files, actors = frozenset(found), actor_names(watch_lists)
    left_out: dict[str, str] = {}
    for each in kept:
        if each.id in from_files:
            left_out[each.id] = "it stands in the files, too, which go first"
        elif fault := unanswerable(each, actors):
            left_out[each.id] = f"query: {said_of(fault)}"
        else:
            found[each.id] = each
    return Joined(subscriptions=tuple(found.values()), left_out=left_out)
