"""Watch lists as files: TOML text in, `WatchList` out, with errors that name the file and the line."""

import difflib
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import count
from typing import Any

from schemas import Actor, Alias, InvalidSetting, MentionKind, WatchList
from tocsin.toml_lines import TomlLines

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
_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


_Place = tuple[int, int]
"""Which table: number of the actor, number of the alias in the whole file; -1 where there is none."""

_TOP: _Place = (-1, -1)


class _Lines:
    """Makes errors that name the file and the line of a table or key."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._lines = TomlLines(text)

    def error(self, message: str, place: _Place = _TOP, key: str = "") -> InvalidSetting:
        """Make the error for a place; without a line of its own a key has that of its table."""
        actor, alias = place
        if alias >= 0:
            line = self._lines.of_row("actor.alias", alias, key)
        elif actor >= 0:
            line = self._lines.of_row("actor", actor, key)
        else:
            line = self._lines.of_key(key)
        return InvalidSetting(f"{self._file}:{line}: {message}")


def parse(text: str, *, file: str) -> WatchList:
    """Read a watch list. Raises `InvalidSetting` with `file:line: message`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = place.group(1) if place and place.group(1) else len(text.splitlines()) or 1
        raise InvalidSetting(f"{file}:{line}: {_TOML_PLACE.sub('', str(error))}") from error
    lines = _Lines(text, file)
    _check(table, _LIST_KEYS, lines, _TOP)
    if not table.get("actor"):
        raise lines.error("no [[actor]] in this watch list")
    aliases = count()
    actors = tuple(
        _actor(each, lines, number, aliases) for number, each in enumerate(table["actor"])
    )
    names = [actor.id for actor in actors]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise lines.error(f"actor id '{name}' is used twice", (number, -1), "id")
    return WatchList(name=table.get("name") or names[0], actors=actors)


def _check(table: Any, known: dict[str, type], lines: _Lines, place: _Place) -> None:
    """Refuse unknown keys, naming the nearest known one, and values of another type."""
    if not isinstance(table, dict):
        raise lines.error("expected a table with keys", place)
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            message = f"unknown key '{key}'; did you mean '{near[0]}'?"
            raise lines.error(message, place, key)
        if not isinstance(value, known[key]):
            raise lines.error(f"'{key}' must be {_TYPE_WORDS[known[key]]}", place, key)
        if known[key] is list and key not in ("actor", "alias"):
            _check_texts(key, value, lines, place)


def _check_texts(key: str, values: Any, lines: _Lines, place: _Place) -> None:
    for value in values:
        if not isinstance(value, str) or not value.strip("* "):
            message = f"'{key}' must be a list of texts in quotes, none of them empty"
            raise lines.error(message, place, key)


def _actor(table: Any, lines: _Lines, number: int, numbers: Iterator[int]) -> Actor:
    """Read one [[actor]]; `numbers` counts the aliases of the file."""
    place = (number, -1)
    _check(table, _ACTOR_KEYS, lines, place)
    if not _ID.fullmatch(table.get("id", "")):
        message = "an actor needs an 'id' of small letters, digits and hyphens"
        raise lines.error(message, place, "id")
    for word in table.get("hints", ()):
        if word in table.get("needs", ()):
            raise lines.error(f"'{word}' stands in 'needs' and in 'hints'", place, "hints")
    aliases = [
        alias
        for each in table.get("alias", ())
        for alias in _aliases(each, table, lines, (number, next(numbers)))
    ]
    if not aliases and not table.get("territory"):
        raise lines.error(f"actor '{table['id']}' has no [[actor.alias]]", place)
    return Actor(
        id=table["id"],
        name=table.get("name") or table["id"],
        type=table.get("type", "organisation"),
        short=tuple(table.get("short", ())),
        wikidata=table.get("wikidata", ""),
        territory=table.get("territory", ""),
        needs=tuple(table.get("needs", ())),
        hints=tuple(table.get("hints", ())),
        against=tuple(table.get("against", ())),
        aliases=tuple(aliases),
    )


def _aliases(table: Any, actor: dict[str, Any], lines: _Lines, place: _Place) -> list[Alias]:
    """Read one [[actor.alias]]: one alias, or as many as `texts` has, alike in all else."""
    _check(table, _ALIAS_KEYS, lines, place)
    texts = table.get("texts", []) + ([table["text"]] if "text" in table else [])
    if not texts or not all(text.strip() for text in texts):
        raise lines.error("an alias needs a 'text', or several as 'texts'", place, "text")
    if not _LANGUAGE.fullmatch(table.get("language", "")):
        message = 'an alias needs a \'language\' such as "fr", or "*" for any'
        raise lines.error(message, place, "language")
    if not table.get("alone", True) and not table.get("needs") and not actor.get("needs"):
        message = "an alias with alone = false needs words in 'needs', here or at its actor"
        raise lines.error(message, place, "alone")
    for key in ("since", "until"):
        if key in table and not _DAY.fullmatch(table[key]):
            raise lines.error(f"'{key}' must be a day as \"2023-11-20\"", place, key)
    return [_alias(text, table, lines, place) for text in texts]


def _alias(text: str, table: dict[str, Any], lines: _Lines, place: _Place) -> Alias:
    kinds = [kind.value for kind in MentionKind]
    kind = table.get("kind", "name")
    if kind not in kinds:
        raise lines.error(f"'kind' must be one of {', '.join(kinds)}", place, "kind")
    return Alias(
        text=text,
        language=table["language"],
        kind=MentionKind(kind),
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
