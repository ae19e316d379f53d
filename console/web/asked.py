"""What is asked: the parts of a request, read and checked, before anything is done."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import msgspec

from console.times import since_of
from console.web.refusals import Refused
from schemas import DeliveryState, InvalidSetting
from store.pages import Place
from store.redriving import FAILED
from tocsin.query.fields import nearest

LONGEST = 200
"""Characters of an id or a parameter."""

MOST = 500
"""Things on a page."""

ALL_FAILED = "failed"
"""Says all states of what failed."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that no text has: a terminal would obey some, and a database refuses others."""

_PLACE = re.compile(r"([0-9]{1,18})\.([0-9a-f]{1,32})\.([a-z0-9-]{1,64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: who asks, what its path names, its parameters and its body; tags as in the headers."""

    who: str
    id: str = ""
    channel: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    if_match: str | None = None
    if_none_match: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter behind the `?`: how it is called, what it says, its JSON Schema, and how it is read.

    `read` raises `InvalidSetting`.
    """

    name: str
    says: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]


def parameters_of(given: Iterable[tuple[str, str]], known: Iterable[Parameter]) -> dict[str, Any]:
    """Read the parameters of a request. Raises `InvalidSetting` with a line for every fault."""
    by_name = {each.name: each for each in known}
    found: dict[str, Any] = {}
    faults: list[str] = []
    for name, text in given:
        try:
            if name in found:
                raise InvalidSetting("stands there twice")
            found[name] = _parameter(name, text, by_name)
        except InvalidSetting as error:
            faults.append(f"{name[:LONGEST]!r}: {error}")
    if faults:
        raise InvalidSetting("\n".join(faults))
    return found


def _parameter(name: str, text: str, known: Mapping[str, Parameter]) -> Any:
    if name not in known:
        raise InvalidSetting(f"unknown parameter: {_nearest(name, known)}")
    if not text.isprintable() or len(text) > LONGEST:
        raise InvalidSetting(f"must be printable, and of {LONGEST} characters at most")
    return known[name].read(text)


def object_of(content: bytes) -> dict[str, Any]:
    """Read a body as a JSON object.

    Raises `Refused` where it is no JSON or has a key twice, `InvalidSetting` where it is no object.
    """
    try:
        found = msgspec.json.decode(content) if content else {}
        if content:  # msgspec takes the last of two keys, and does not tell
            json.loads(content, object_pairs_hook=_without_twice)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidSetting("the body must be a JSON object, as in {}")
    if _has_control(found):
        raise InvalidSetting("text has a control character: write none but tab and newline")
    return found


def _without_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its keys. Raises `Refused` where one stands there twice."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            name = key[:LONGEST]
            raise Refused(HTTPStatus.BAD_REQUEST, f"The body has the key {name!r} twice.")
        found[key] = value
    return found


def body_of(row: Mapping[str, Any], kind: type[msgspec.Struct]) -> Any:
    """Make of an object what a route takes. Raises `InvalidSetting`."""
    known = [each.encode_name for each in msgspec.structs.fields(kind)]
    faults = [f"unknown key {key!r}: {_nearest(key, known)}" for key in row if key not in known]
    if faults:
        raise InvalidSetting("\n".join(faults))
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        raise InvalidSetting(str(error)) from error


def cursor(place: Place) -> str:
    """Write a place as the parameter `after` takes it."""
    return ".".join(map(str, place))


def place(text: str) -> Place:
    """Read what `cursor` wrote. Raises `InvalidSetting`."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise InvalidSetting("must be the `next` of the page before")
    return Place(int(found[1]), found[2], found[3])


def limit(text: str) -> int:
    """Read how much may be on a page. Raises `InvalidSetting`."""
    if not re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) or not 1 <= int(text) <= MOST:
        raise InvalidSetting(f"must be a whole number from 1 to {MOST}")
    return int(text)


def since(text: str) -> datetime:
    """Read an instant, or how far back. Raises `InvalidSetting`."""
    found = since_of(text, datetime.now(UTC))
    if found is None:
        raise InvalidSetting("must be a time such as 2026-11-01T00:00:00Z, or a span such as 12h")
    return found


def states(text: str) -> tuple[DeliveryState, ...]:
    """Read how far deliveries are, or that they failed in one way or the other. Raises `InvalidSetting`."""
    if text == ALL_FAILED:
        return FAILED
    try:
        return (DeliveryState(text),)
    except ValueError:
        said = ", ".join((*DeliveryState, ALL_FAILED))
        raise InvalidSetting(f"must be one of {said}") from None


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = nearest(name[:LONGEST], names)
    return f"did you mean {near!r}?" if near else f"known are {', '.join(names) or 'none'}"


def _has_control(found: Any) -> bool:
    """Look for control characters in all texts and keys; JSON has no cycles, and its depth is bounded."""
    if isinstance(found, str):
        return bool(_CONTROL.search(found))
    if isinstance(found, dict):
        return any(_has_control(each) for pair in found.items() for each in pair)
    return isinstance(found, list) and any(map(_has_control, found))
