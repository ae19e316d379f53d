"""TOML files that people write: their content, and for messages the line on which a key stands.

The parser itself does not tell lines. What finds them reads headers and the beginnings of keys, and
steps over strings of several lines. What it cannot place (keys inside braces) it places at the line
of what holds them.
"""

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from schemas import InvalidSetting

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*[.=]""")
_LONG = re.compile(r'"""|\'\'\'')
_AT = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")

Fault = tuple[int, str]
"""A line, counted from 1, and what is wrong with it."""


def read(text: str, *, file: str) -> dict[str, Any]:
    """Read TOML. Raises `InvalidSetting` with `file:line: message`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _AT.search(str(error))
        line = int(place[1]) if place and place[1] else len(text.splitlines()) or 1
        raise told([(line, f"not TOML: {_AT.sub('', str(error))}")], file=file) from None


def told(faults: Iterable[Fault], *, file: str) -> InvalidSetting:
    """Make the error that tells all faults of a file, `file:line: message` each."""
    said = "\n".join(f"{file}:{line}: {message}" for line, message in sorted(faults))
    return InvalidSetting(said)


class TomlLines:
    """The lines of the keys of one file, counted from 1."""

    def __init__(self, text: str) -> None:
        self._top: dict[str, int] = {}
        self._rows: dict[str, list[dict[str, int]]] = {}
        self._headers: dict[str, list[int]] = {}
        self._read(text)

    def of_key(self, key: str) -> int:
        """Give the line of a key, or of a table, outside of all others."""
        return self._top.get(key, 1)

    def of_row(self, table: str, at: int, key: str = "") -> int:
        """Give the line of a key of the `at`-th `[[table]]`; of its header where there is no key."""
        rows, headers = self._rows.get(table, []), self._headers.get(table, [])
        if at >= len(rows):
            return self.of_key(table)
        return rows[at].get(key, headers[at])

    def _read(self, text: str) -> None:
        keys = self._top
        inside = ""
        for number, line in enumerate(text.split("\n"), start=1):
            if inside:
                inside = "" if inside in line else inside
                continue
            header, key = _HEADER.match(line), _KEY.match(line)
            if header:
                keys = self._enter(header[2].strip(" \"'"), header[1] == "[[", number)
            elif key:
                keys.setdefault(key[1] or key[2] or key[3], number)
            opened = _LONG.findall(line)
            inside = opened[-1] if len(opened) % 2 else ""

    def _enter(self, name: str, is_row: bool, number: int) -> dict[str, int]:
        """Begin a table; give where its keys are to be noted."""
        self._top.setdefault(name.partition(".")[0], number)
        if not is_row:
            table, _, key = name.rpartition(".")
            for row in self._rows.get(table, [])[-1:]:
                row.setdefault(key, number)
            return {}
        self._rows.setdefault(name, []).append({})
        self._headers.setdefault(name, []).append(number)
        return self._rows[name][-1]
