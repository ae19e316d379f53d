"""Where settings come from: defaults, then the file, then the environment. The only reader of both."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import click

from console.settings import Settings
from pipelines.secrets import content_of
from schemas import InvalidSetting
from tocsin.toml_lines import Fault, read, told

FILE = "tocsin.toml"
"""The settings file, where it lies in the working folder and no other one is named."""

DEFAULT = "default"

OTHERS = frozenset({"TOCSIN_KAFKA_JARS"})
"""Variables that look like settings and are read elsewhere."""

ALIASES: Mapping[str, str] = MappingProxyType({"TOCSIN_PRISM_LOCATION": "pipeline.prism_location"})
"""Variables with other names than those that their keys have; they go before them."""

SECTIONS: Mapping[str, type] = get_type_hints(Settings)

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_HEADER = re.compile(r"\s*\[+\s*[\"']?([^\]\"'\s]+)")
_WORD = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)")
_PASSWORD = re.compile(r"(?<=:)[^:@/]+(?=@)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One thing that can be set."""

    section: str
    name: str
    kind: Any
    default: Any
    is_secret: bool = False
    is_duration: bool = False

    @property
    def variable(self) -> str:
        """Name the variable of the environment that sets it."""
        return f"TOCSIN_{self.section}_{self.name}".upper()

    def __str__(self) -> str:
        return f"{self.section}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Settings in force, and where each comes from: `default`, `FILE:LINE`, or a variable."""

    settings: Settings
    origins: Mapping[Key, str]

    def shown(self) -> Iterator[tuple[Key, Any, str]]:
        """Give every key, its value with secrets masked, and its origin."""
        for key in KEYS.values():
            value = getattr(getattr(self.settings, key.section), key.name)
            yield key, masked(key, value), self.origins.get(key, DEFAULT)


def in_force() -> Settings:
    """Read the settings for the command that is running, with its `--config`. Raises `InvalidSetting`."""
    return loaded().settings


def loaded() -> Loaded:
    """Read the settings for the command that is running, and where each comes from."""
    context = click.get_current_context(silent=True)
    given = (context.find_root().obj or {}).get("config") if context else None
    return load(given, os.environ)


def load(path: Path | None, environment: Mapping[str, str]) -> Loaded:
    """Read the file (that of the working folder where none is named) and the environment.

    Raises `InvalidSetting` with `file:line: message` for every fault of the file, or with the
    variable that is wrong.
    """
    values: dict[Key, Any] = {}
    origins: dict[Key, str] = {}
    for key, value, origin in (*_from_file(path), *_from_environment(environment)):
        values[key], origins[key] = value, origin
    sections = {
        section: kind(**{key.name: values[key] for key in values if key.section == section})
        for section, kind in SECTIONS.items()
    }
    return Loaded(settings=Settings(**sections), origins=origins)


def masked(key: Key, value: Any) -> Any:
    """Hide a secret, and the password inside an address."""
    if key.is_secret:
        return "***" if value else ""
    return _PASSWORD.sub("***", value) if isinstance(value, str) and "://" in value else value


def _keys() -> Iterator[Key]:
    for section, kind in SECTIONS.items():
        types = get_type_hints(kind)
        for each in fields(kind):
            yield _key(section, each, types[each.name])


def _key(section: str, each: Field[Any], kind: Any) -> Key:
    return Key(
        section=section,
        name=each.name,
        kind=kind,
        default=each.default,
        is_secret=not each.repr,
        is_duration="seconds" in each.metadata,
    )


KEYS: Mapping[str, Key] = {str(key): key for key in _keys()}
"""Everything that can be set, by `section.key`, in the order of the sections."""


def _from_file(path: Path | None) -> Iterator[tuple[Key, Any, str]]:
    """Yield what the file sets. No file at all is no fault, unless it was named."""
    if path is None:
        path = Path(FILE)
        if not path.exists():
            return
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "not UTF-8"
        raise InvalidSetting(f"{path}: cannot be read: {reason}") from error
    faults: list[Fault] = []
    for section, name, value in _pairs(read(text, file=str(path))):
        line = _line_of(text, section, name)
        try:
            key = _known(section, name)
            yield key, _of_file(key, value), f"{path}:{line}"
        except InvalidSetting as error:
            faults.append((line, str(error)))
    if faults:
        raise told(faults, file=str(path))


def _pairs(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield section, key and value; of what is no section, the name alone."""
    for section, table in content.items():
        if section not in SECTIONS or not isinstance(table, dict):
            yield section, "", table
            continue
        for name, value in table.items():
            yield section, name, value


def _known(section: str, name: str) -> Key:
    """Find a key. Raises `InvalidSetting` that names the nearest known one."""
    if section not in SECTIONS or not name:
        near = get_close_matches(section, SECTIONS, n=1)
        sections = ", ".join(f"[{each}]" for each in SECTIONS)
        hint = f"did you mean [{near[0]}]?" if near else f"known are {sections}"
        raise InvalidSetting(f"unknown section {section!r}: {hint}")
    key = KEYS.get(f"{section}.{name}")
    if key is None:
        known = [each.name for each in KEYS.values() if each.section == section]
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise InvalidSetting(f"unknown key {name!r} in [{section}]: {hint}")
    return key


def _of_file(key: Key, value: Any) -> Any:
    """Take a value of the file. Raises `InvalidSetting`."""
    if key.is_secret or (isinstance(value, str) and _has_password(value)):
        raise InvalidSetting(
            f"{key.name} holds a password, which does not belong into a file of settings:"
            f" set {key.variable}, or name a file of its own by {key.variable}_FILE"
        )
    if key.is_duration and isinstance(value, str):
        return _of_text(key, value)
    is_text = isinstance(value, str)
    if key.kind == tuple[str, ...]:
        value = [value] if is_text else value
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
    elif key.kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif type(value) is key.kind:
        return value
    raise InvalidSetting(f"{key.name} must be {_wanted(key)}")


def _has_password(text: str) -> bool:
    try:
        return "://" in text and bool(urlsplit(text).password)
    except ValueError:  # no address at all, as will be said where it is wanted
        return False


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[Key, Any, str]]:
    """Yield what the environment sets. Raises `InvalidSetting` for a variable that sets nothing."""
    by_variable = {key.variable: key for key in KEYS.values()}
    ours = tuple(f"TOCSIN_{section}_".upper() for section in SECTIONS)
    for variable, text in sorted(environment.items()):
        if not variable.startswith(ours) or variable in OTHERS:
            continue
        key = by_variable.get(variable)
        if key is not None:
            yield key, _of_variable(key, text, variable), variable
            continue
        key = by_variable.get(variable.removesuffix("_FILE"))
        if key is None:
            near = get_close_matches(variable, by_variable, n=1)
            hint = f"did you mean {near[0]}?" if near else "`tocsin config show` lists all"
            raise InvalidSetting(f"{variable}: sets nothing: {hint}")
        if key.variable in environment:
            raise InvalidSetting(f"{variable}: {key.variable} is set, too; only one may be")
        yield key, _of_variable(key, content_of(variable, text), variable), f"{variable}={text}"
    for variable, name in ALIASES.items():
        if environment.get(variable):
            yield KEYS[name], environment[variable], variable


def _of_variable(key: Key, text: str, variable: str) -> Any:
    try:
        return _of_text(key, text)
    except (InvalidSetting, ValueError):
        shown = "what it holds" if key.is_secret else repr(text)
        raise InvalidSetting(f"{variable}: {shown} is not {_wanted(key)}") from None


def _of_text(key: Key, text: str) -> Any:
    """Read a value that is written as text. Raises `InvalidSetting` or `ValueError`."""
    if key.is_duration:
        found = _DURATION.fullmatch(text.strip())
        if found is None:
            raise InvalidSetting(f"{key.name} must be {_wanted(key)}")
        return float(found[1]) * _UNITS[found[2]]
    if key.kind is bool:
        if text.strip().lower() not in _TRUTH:
            raise InvalidSetting(f"{key.name} must be {_wanted(key)}")
        return _TRUTH[text.strip().lower()]
    readers: Mapping[Any, Callable[[str], Any]] = {int: int, float: float, str: str}
    reader = readers.get(key.kind)
    return reader(text) if reader else tuple(filter(None, map(str.strip, text.split(","))))


def _wanted(key: Key) -> str:
    """Say what a key takes."""
    if key.is_duration:
        return "a number of seconds, or text such as 90s, 5m, 24h"
    wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return wanted.get(key.kind, 'a list such as ["a", "b"]')


def _line_of(text: str, section: str, name: str) -> int:
    """Find the line of a key, counted from 1; of its section where it does not stand by itself."""
    within, found = "", 1
    for number, line in enumerate(text.splitlines(), start=1):
        header, word = _HEADER.match(line), _WORD.match(line)
        if header:
            within = header[1]
            found = number if within == section else found
        elif word and (
            (within == section and word[1] == name) or (not within and word[1] == section)
        ):
            return number
    return found
