"""The keys of a subscription: what each of them takes, and what is wrong with what was given.

The same whether it is a table of a file or the options of a command: who asks knows where it was written.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from schemas import QueryError, Subscription
from tocsin.query.fields import nearest
from tocsin.query.leaves import LANGUAGE
from tocsin.query.parse import parse as parse_query
from tocsin.timetables import digest_faults, quiet_faults

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""How subscriptions, actors and channels are called."""

RESERVED = "kafka"
"""The channel that alerts have without being asked: the topic of all of them."""

MOST = 100_000
"""No number that is given to a throttle or a size of stories is greater."""

Complaint = tuple[str, str]
"""A key and what is wrong with it; the key is empty for what is not there."""

KEYS = (*(each.name for each in fields(Subscription)), "actors")

LONGEST_ID = 100
"""Characters of an id: it is part of keys and of addresses."""

_SCHEME = re.compile("[a-z]+://", re.IGNORECASE)

_NAMES_SAID = "only a-z, 0-9 and single hyphens between them"


def complaints(row: Mapping[str, Any]) -> Iterator[Complaint]:
    """Find everything that is wrong with one subscription, given as keys and values."""
    for key, value in row.items():
        for said in _of_key(key, value):
            yield key, said
    yield from _of_all(row)


def said_of(error: QueryError) -> str:
    """Say a query's fault on one line."""
    return f"column {error.column}: {error} {error.hint}".rstrip()


def asking_for(actors: tuple[str, ...]) -> str:
    """Write the query that any of these actors satisfies."""
    return " OR ".join(f"actor:{each}" for each in dict.fromkeys(actors))


def _of_key(key: str, value: Any) -> Iterator[str]:
    if key not in _KINDS:
        near = nearest(key, KEYS)
        hint = f"did you mean {near!r}?" if near else f"known are {', '.join(KEYS)}"
        yield f"unknown key {key!r}: {hint}"
        return
    is_right, wanted = _KINDS[key]
    if not is_right(value):
        yield f"{key} must be {wanted}"
    elif key in _LOOKS:
        yield from _LOOKS[key](value)


def _of_all(row: Mapping[str, Any]) -> Iterator[Complaint]:
    """Find keys that are missing, or do not go together."""
    if "id" not in row:
        yield "", "id is missing"
    if "query" not in row and "actors" not in row:
        yield "", "query is missing"
    if "query" in row and "actors" in row:
        yield "actors", "actors stand beside a query: write one of the two"
    if row.get("digest") and row.get("throttle"):
        yield "throttle", "throttle stands beside a digest, which bounds what is sent already"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("id", "query", "name", "owner"), (_is_text, "text in quotation marks")),
    **dict.fromkeys(("languages", "publishers"), (_is_texts, 'a list such as ["fr", "en"]')),
    "actors": (_is_texts, 'a list of ids such as ["wagner-group", "ecowas"]'),
    "channels": (_is_texts, 'a list of ids such as ["desk", "night-shift"]'),
    "min_confidence": (_is_share, "a number from 0 to 1"),
    "throttle": (_is_number, f"a whole number of messages an hour, up to {MOST}"),
    "grows_past": (_is_numbers, f"a list of numbers of publishers such as [5, 20], up to {MOST}"),
    **dict.fromkeys(("include_old", "edits", "paused"), (_is_truth, "true or false")),
    "digest": (_is_table, 'a table such as { cron = "0 7 * * *", timezone = "Europe/Paris" }'),
    "quiet": (_is_table, 'a table such as { start = "22:00", end = "07:00" }'),
}


def _id_faults(name: str) -> Iterator[str]:
    if not ID.fullmatch(name):
        yield f"id {name!r}: {_NAMES_SAID}"
    elif len(name) > LONGEST_ID:
        yield f"id {name[:20]!r}...: longer than {LONGEST_ID} characters"


def _query_faults(query: str) -> Iterator[str]:
    try:
        parse_query(query)
    except QueryError as error:
        yield f"query: {said_of(error)}"


def _language_faults(languages: list[str]) -> Iterator[str]:
    for each in languages:
        if not LANGUAGE.fullmatch(each):
            yield f"{each!r} is no language code: fr, pt-BR"


def _publisher_faults(publishers: list[str]) -> Iterator[str]:
    """Refuse what no publisher is called: it would let nothing through, and nobody would know."""
    for each in publishers:
        host = _SCHEME.sub("", each.strip()).partition("/")[0].lstrip("*.").strip()
        if each != host or not each:
            yield f"{each!r} is no publisher: write its domain, such as {host or 'press.example'!r}"


def _actor_faults(actors: list[str]) -> Iterator[str]:
    if not actors:
        yield "actors: name one at least"
    for each in actors:
        if not ID.fullmatch(each):
            yield f"actor {each!r}: {_NAMES_SAID}"


def _channel_faults(channels: list[str]) -> Iterator[str]:
    for at, each in enumerate(channels):
        if not ID.fullmatch(each):
            yield f"channel {each!r}: {_NAMES_SAID}"
        elif each == RESERVED:
            yield f"channel {each!r}: every alert goes there already; name others"
        elif each in channels[:at]:
            yield f"channel {each!r} stands there twice"


def _growth_faults(sizes: list[int]) -> Iterator[str]:
    if any(later <= earlier for earlier, later in zip([0, *sizes], sizes, strict=False)):
        yield f"grows_past: {sizes} must be over 0, and each number greater than the one before"


_LOOKS: dict[str, Callable[[Any], Iterator[str]]] = {
    "id": _id_faults,
    "query": _query_faults,
    "languages": _language_faults,
    "publishers": _publisher_faults,
    "actors": _actor_faults,
    "channels": _channel_faults,
    "grows_past": _growth_faults,
    "digest": digest_faults,
    "quiet": quiet_faults,
}
