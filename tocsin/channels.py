"""Channels as a file: TOML that anyone can edit, read with the line of every fault; no secret stands in it.

    [[channel]]
    id = "desk"
    kind = "email"
    to = "desk@example.org"

What the keys mean is said in `schemas.Channel`.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from schemas import Channel, ChannelKind
from tocsin.query.fields import nearest
from tocsin.subscription_keys import ID, RESERVED
from tocsin.toml_lines import Fault, TomlLines, read, told

TABLE = "channel"

MARK = "whsec_"
"""What the secrets of webhooks begin with (Standard Webhooks); base64 of the key follows."""

KEY_BYTES = range(24, 65)
"""How long the key of a webhook may be."""

_KEYS = ("id", "kind", "to", "fallback")
_LONGEST_TARGET = 2_000

TargetFault = Callable[[ChannelKind, str], str]
"""Says what is wrong with the `to` of a channel of some kind; empty where nothing is."""


def parse(text: str, *, file: str, target_fault: TargetFault) -> tuple[Channel, ...]:
    """Read a file of channels, in the order of writing; `to` may still be missing.

    Raises `InvalidSetting` with one `file:line: message` a line, for every fault of the file.
    """
    content = read(text, file=file)
    lines = TomlLines(text)
    faults: list[Fault] = [
        (lines.of_key(key), f"unknown key {key!r}: channels begin with [[{TABLE}]]")
        for key in content
        if key != TABLE
    ]
    rows = content.get(TABLE, [])
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        faults.append((lines.of_key(TABLE), f"write [[{TABLE}]] with two brackets on each side"))
        raise told(faults, file=file)
    for at, row in enumerate(rows):
        faults += [
            (lines.of_row(TABLE, at, key), words) for key, words in _row_faults(row, target_fault)
        ]
    if not faults:
        faults += [
            (lines.of_row(TABLE, at, key), words)
            for at, key, words in _faults_together(rows, lines)
        ]
    if faults:
        raise told(faults, file=file)
    return tuple(_channel(row) for row in rows)


def url_fault(kind: ChannelKind, to: str, *, allow_private: bool = False) -> str:
    """Say what is wrong with the target of a webhook or of Apprise; empty where nothing is."""
    if len(to) > _LONGEST_TARGET or not to.isprintable() or " " in to:
        return "to: there is a space in it, or what cannot be printed, or it is too long"
    if kind is ChannelKind.APPRISE:
        is_url = bool(to.partition("://")[1])
        return "" if is_url else "to must be a URL of Apprise, such as slack://..."
    if kind is not ChannelKind.WEBHOOK:
        return ""
    try:
        parts = urlsplit(to)
        is_address = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return "to must be a URL such as https://example.org/hook"
    if parts.scheme not in ("http", "https") or not is_address:
        return "to must be a URL such as https://example.org/hook"
    if "@" in parts.netloc:
        return "to holds a user or a password: what proves that we sent it is the signature"
    if parts.scheme == "http" and not allow_private:
        return "to must be https: without TLS only with [delivery] allow_private = true"
    return ""


def is_secret(text: str) -> bool:
    """Tell whether a text is a secret of Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes."""
    if not text.startswith(MARK):
        return False
    try:
        key = base64.b64decode(text.removeprefix(MARK), validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(key) in KEY_BYTES


def secret_of(key: bytes) -> str:
    """Write a key as a secret of Standard Webhooks."""
    return MARK + base64.b64encode(key).decode()


def missing_channels(wanted: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Say of each channel that is wanted and that there is not, which one may have been meant."""
    ids = sorted(known)
    for each in wanted:
        if each not in ids:
            near = nearest(each, ids)
            hint = f"did you mean {near}?" if near else f"known are {', '.join(ids) or 'none'}"
            yield f"there is no channel {each!r}: {hint}"


def _row_faults(row: Mapping[str, Any], target_fault: TargetFault) -> Iterator[tuple[str, str]]:
    """Find what is wrong with one channel by itself: the key, and words."""
    for key, value in row.items():
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            hint = f"did you mean {near!r}?" if near else f"known are {', '.join(_KEYS)}"
            if "secret" in key.lower():
                hint = "secrets stand in the environment, as TOCSIN_CHANNEL_<ID>_SECRET"
            yield key, f"unknown key {key!r}: {hint}"
        elif not isinstance(value, str):
            yield key, f"{key} must be text in quotation marks"
        elif key in ("id", "fallback") and not ID.fullmatch(value):
            yield key, f"{key} {value!r}: only a-z, 0-9 and single hyphens between them"
        elif key == "id" and value == RESERVED:
            yield key, f"id {value!r}: so the topic of all alerts is called; take another name"
    for key in ("id", "kind"):
        if key not in row:
            yield "", f"{key} is missing"
    kind, to = row.get("kind"), row.get("to")
    if isinstance(kind, str) and kind not in list(ChannelKind):
        yield "kind", f"kind {kind!r}: write one of {', '.join(ChannelKind)}"
    elif isinstance(kind, str) and isinstance(to, str):
        yield from (("to", said) for said in _target_faults(ChannelKind(kind), to, target_fault))


def _target_faults(kind: ChannelKind, to: str, target_fault: TargetFault) -> Iterator[str]:
    if kind is ChannelKind.FEED:
        yield "a feed is sent nowhere: leave `to` out"
    elif kind is ChannelKind.APPRISE:
        yield "a URL of Apprise holds a secret: set TOCSIN_CHANNEL_<ID>_TO instead"
    elif said := target_fault(kind, to):
        yield said


def _faults_together(
    rows: Sequence[Mapping[str, Any]], lines: TomlLines
) -> Iterator[tuple[int, str, str]]:
    """Find what is wrong with the channels beside each other: the row, the key, and words."""
    known: dict[str, int] = {}
    for at, row in enumerate(rows):
        if row["id"] in known:
            line = lines.of_row(TABLE, known[row["id"]], "id")
            yield at, "id", f"id {row['id']!r} stands in line {line} already"
        known.setdefault(row["id"], at)
    by_id = {row["id"]: row for row in rows}
    for at, row in enumerate(rows):
        said = _fallback_fault(row, by_id) if "fallback" in row else ""
        if said:
            yield at, "fallback", said


def _fallback_fault(row: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> str:
    fallback = row["fallback"]
    for said in missing_channels([fallback], by_id):
        return f"fallback: {said}"
    if ChannelKind.FEED in (row["kind"], by_id[fallback]["kind"]):
        return "fallback: a feed tells nobody, and has nobody to be told of"
    way = [row["id"]]
    while fallback:
        if fallback == row["id"]:
            return f"fallback goes in a circle: {' -> '.join([*way, fallback])}"
        if fallback in way:
            return ""  # a circle that others are in: it is told of them
        way.append(fallback)
        fallback = by_id.get(fallback, {}).get("fallback", "")
    return ""


def _channel(row: Mapping[str, Any]) -> Channel:
    """Make the record of a row that has no fault."""
    return Channel(
        id=row["id"],
        kind=ChannelKind(row["kind"]),
        to=row.get("to", ""),
        fallback=row.get("fallback", ""),
    )
