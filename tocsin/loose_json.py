"""JSON as it really comes: one object out of bytes that a strict decoder refuses. Bounded and total.

It is the slow way behind `tocsin.articles.read`. Mended are what has one plain meaning: a byte order
mark, bytes that are no UTF-8 (`tocsin.encodings` says what they are), lone surrogates (U+FFFD takes
their place), raw control characters, `NaN`, `Infinity` and integers of absurd length (which become
`null`). Of equal keys the last counts.
Broken syntax is refused, and nesting that no record of ours has.
"""

import codecs
import json
import re
from collections.abc import Mapping
from typing import Any

from schemas import Rejected
from tocsin.encodings import decode

LONGEST_NUMBER = 40
"""Digits. Longer numbers mean nothing in a record, and reading them costs quadratic time."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def load_object(line: bytes) -> tuple[Mapping[str, Any], bool]:
    """Read one JSON object; tell too whether its bytes had to be mended.

    Raises `Rejected` with code `invalid-json` where it is no JSON, `invalid-record` where it is JSON
    but not an object.
    """
    text, mended = _text(line)
    unread: list[str] = []
    try:
        found = json.loads(
            text,
            strict=False,
            parse_constant=unread.append,
            parse_int=lambda digits: _number(int, digits, unread),
            parse_float=lambda digits: _number(float, digits, unread),
        )
    except RecursionError as error:
        raise Rejected("invalid-json", "nested too deeply") from error
    except ValueError as error:
        raise Rejected("invalid-json", str(error)) from error
    if not isinstance(found, dict):
        raise Rejected("invalid-record", f"expected an object, found {_kind(found)}")
    return found, mended or bool(unread)


def whole_characters(text: str) -> str:
    """Put U+FFFD where half of a surrogate pair stands alone: such text cannot be written as UTF-8."""
    return _SURROGATE.sub("\ufffd", text)


def _text(line: bytes) -> tuple[str, bool]:
    """Decode by byte order mark, else as UTF-8; tell whether bytes were lost."""
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return line.decode("utf-16", "replace"), True
    line = line.removeprefix(codecs.BOM_UTF8)
    try:
        return line.decode("utf-8"), False
    except UnicodeDecodeError:
        return decode(line), True


def _number(kind: type[int] | type[float], digits: str, unread: list[str]) -> int | float | None:
    if len(digits) <= LONGEST_NUMBER:
        return kind(digits)
    unread.append(digits[:LONGEST_NUMBER])
    return None


def _kind(found: object) -> str:
    """Say in JSON's words what a value is."""
    names: dict[type, str] = {list: "an array", str: "a string", bool: "a boolean"}
    if found is None:
        return "null"
    return names.get(type(found), "a number")
