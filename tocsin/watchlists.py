"""Watch lists as files: TOML text in, `WatchList` out, with errors that name the file and the line."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import lru_cache, partial
from importlib.resources import files
from itertools import count
from typing import Any

from schemas import Actor, Alias, MentionKind, WatchList
from tocsin.aliases import is_territory
from tocsin.toml_lines import Fault, TomlLines, read, told

SHIPPED = ("russia", "wagner", "ecowas")
"""The watch lists that come with Tocsin, in `tocsin/lists/`."""

_LIST_KEYS: dict[str, type] = {"name": str, "actor": list}
_ACTOR_KEYS: dict[str, type] = {
    "id": str, "name": str, "type": str, "short": list, "wikidata": str, "territory": str,
    "needs": list, "hints": list, "against": list, "alias": list,
}  # fmt: skip
_ALIAS_KEYS: dict[str, type] = {
    "text": str, "texts": list, "language": str, "kind": str, "alone": bool, "needs": list,
    "against": list, "case": bool, "inflect": bool, "since": str, "until": str, "local": bool,
    "source": str,
}  # fmt: skip
_TYPE_WORDS = {str: "a text in quotes", list: "a list", bool: "true or false"}

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LANGUAGE = re.compile(r"\*|[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_ITEM = re.compile(r"Q[1-9][0-9]*")
_TYPES = ("organisation", "person", "place")
_KINDS = tuple(kind.value for kind in MentionKind)

_LineOf = Callable[[str], int]
"""Gives the line of a key of one table; without a line of its own a key has that of its table."""


def parse(text: str, *, file: str) -> WatchList:
    """Read a watch list.

    Raises `InvalidSetting` with one `file:line: message` a line, for every fault of the file.
    """
    table = read(text, file=file)
    faults = list(_faults(table, TomlLines(text)))
    if faults:
        raise told(faults, file=file)
    actors = tuple(_actor(each) for each in table["actor"])
    return WatchList(name=table.get("name") or actors[0].id, actors=actors)


def names_of(lists: Iterable[WatchList]) -> dict[str, str]:
    """List the names of all actors of some watch lists, by id."""
    return {actor.id: actor.name for each in lists for actor in each.actors}


def _faults(table: Mapping[str, Any], lines: TomlLines) -> Iterator[Fault]:
    """Find what is wrong with a watch list."""
    yield from _key_faults(table, _LIST_KEYS, lines.of_key)
    actors = table.get("actor")
    if not actors:
        yield 1, "no [[actor]] in this watch list"
    if not isinstance(actors, list):
        return
    known: set[str] = set()
    aliases = count()
    for number, actor in enumerate(actors):
        line_of = partial(lines.of_row, "actor", number)
        faults = list(_key_faults(actor, _ACTOR_KEYS, line_of))
        yield from faults or _actor_faults(actor, line_of, known)
        if isinstance(actor, dict) and isinstance(actor.get("alias"), list):
            for alias in actor["alias"]:
                line_of = partial(lines.of_row, "actor.alias", next(aliases))
                faults = list(_key_faults(alias, _ALIAS_KEYS, line_of))
                yield from faults or _alias_faults(alias, actor, line_of)


def _key_faults(table: Any, known: Mapping[str, type], line_of: _LineOf) -> Iterator[Fault]:
    """Find unknown keys, naming the nearest known one, and values of another type."""
    if not isinstance(table, dict):
        yield line_of(""), "expected a table with keys"
        return
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            yield line_of(key), f"unknown key '{key}'; did you mean '{near[0]}'?"
        elif not isinstance(value, known[key]):
            yield line_of(key), f"'{key}' must be {_TYPE_WORDS[known[key]]}"
        elif isinstance(value, list) and key not in ("actor", "alias"):
            yield from ((line_of(key), said) for said in _text_faults(key, value))


def _text_faults(key: str, values: list[Any]) -> Iterator[str]:
    """Find what is wrong with a list of texts."""
    if not all(isinstance(value, str) and value.strip("* ") for value in values):
        yield f"'{key}' must be a list of texts in quotes, none of them empty"
        return
    for value in values:
        if "*" in value.removesuffix("*"):
            yield f"'{value}' in '{key}': a * can stand only at the end"


def _actor_faults(actor: Mapping[str, Any], line_of: _LineOf, known: set[str]) -> Iterator[Fault]:
    """Find what is wrong with the values of an actor; `known` are the names in use, and grow."""
    name = actor.get("id", "")
    if not _ID.fullmatch(name):
        yield line_of("id"), "an actor needs an 'id' of small letters, digits and hyphens"
    for each in dict.fromkeys((name, *actor.get("short", ()))):
        if each in known:
            key, noun = ("id", "actor id") if each == name else ("short", "short name")
            yield line_of(key), f"{noun} '{each}' is used twice"
        known.add(each)
    if actor.get("type", _TYPES[0]) not in _TYPES:
        yield line_of("type"), f"'type' must be one of {', '.join(_TYPES)}"
    if not _ITEM.fullmatch(actor.get("wikidata", "Q1")):
        yield line_of("wikidata"), "'wikidata' must be an item such as \"Q159\""
    if "territory" in actor and not is_territory(actor["territory"]):
        yield line_of("territory"), "'territory' must be an ISO 3166 code such as \"RU\""
    for word in actor.get("hints", ()):
        if word in actor.get("needs", ()):
            yield line_of("hints"), f"'{word}' stands in 'needs' and in 'hints'"
    if not actor.get("alias") and "territory" not in actor:
        yield line_of(""), "this actor has no [[actor.alias]]"


def _alias_faults(
    alias: Mapping[str, Any], actor: Mapping[str, Any], line_of: _LineOf
) -> Iterator[Fault]:
    """Find what is wrong with the values of an alias."""
    texts = _texts(alias)
    if not texts or not all(text.strip() for text in texts):
        yield line_of("text"), "an alias needs a 'text', or several as 'texts'"
    for text in filter(str.strip, texts):
        key = "text" if text == alias.get("text") else "texts"
        if not any(map(str.isalnum, text)):
            yield line_of(key), f"'{text}' has no letter and no digit"
        elif text.endswith("*"):
            yield line_of(key), f"'{text}': a name takes no *, its forms are found by rule"
    if not _LANGUAGE.fullmatch(alias.get("language", "")):
        yield line_of("language"), 'an alias needs a \'language\' such as "fr", or "*" for any'
    if alias.get("kind", _KINDS[0]) not in _KINDS:
        yield line_of("kind"), f"'kind' must be one of {', '.join(_KINDS)}"
    if not alias.get("alone", True) and not alias.get("needs") and not actor.get("needs"):
        message = "an alias with alone = false needs words in 'needs', here or at its actor"
        yield line_of("alone"), message
    days = {key: alias[key] for key in ("since", "until") if key in alias}
    for key, day in days.items():
        if not _is_day(day):
            yield line_of(key), f"'{key}' must be a day as \"2023-11-20\""
    if list(days.values()) != sorted(days.values()) and all(map(_is_day, days.values())):
        yield line_of("until"), "'until' is before 'since'"


def _is_day(text: str) -> bool:
    """Tell whether a text is a day of the calendar."""
    with suppress(ValueError):
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    return False


def _texts(alias: Mapping[str, Any]) -> list[str]:
    return [*alias.get("texts", ()), *([alias["text"]] if "text" in alias else ())]


def _actor(table: Mapping[str, Any]) -> Actor:
    """Make the record of an [[actor]] that has no fault."""
    return Actor(
        id=table["id"],
        name=table.get("name") or table["id"],
        type=table.get("type", _TYPES[0]),
        short=tuple(table.get("short", ())),
        wikidata=table.get("wikidata", ""),
        territory=table.get("territory", ""),
        needs=tuple(table.get("needs", ())),
        hints=tuple(table.get("hints", ())),
        against=tuple(table.get("against", ())),
        aliases=tuple(
            _alias(text, each) for each in table.get("alias", ()) for text in _texts(each)
        ),
    )


def _alias(text: str, table: Mapping[str, Any]) -> Alias:
    """Make the record of one text of an [[actor.alias]] that has no fault."""
    return Alias(
        text=text,
        language=table["language"],
        kind=MentionKind(table.get("kind", _KINDS[0])),
        alone=table.get("alone", True),
        needs=tuple(table.get("needs", ())),
        against=tuple(table.get("against", ())),
        case=table.get("case", False),
        inflect=table.get("inflect", True),
        since=table.get("since", ""),
        until=table.get("until", ""),
        local=table.get("local", False),
        source=table.get("source", ""),
    )


@lru_cache(maxsize=1)
def shipped() -> tuple[WatchList, ...]:
    """Read the watch lists that come with Tocsin."""
    folder = files("tocsin.lists")
    return tuple(
        parse(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"), file=f"{name}.toml")
        for name in SHIPPED
    )
