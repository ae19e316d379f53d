"""Dead letters: records that could not be processed, with their original bytes."""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.article import EPOCH
from schemas.ids import dead_letter_id

KEPT_BYTES = 65536
"""A dead letter keeps this many of the original bytes; its reason says when there were more."""


_VERSION = re.compile(rb'\{"id":"([0-9a-f]{32})","version":"([0-9a-f]{32})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One record that failed at `stage`, why (`code` for machines, `reason` for people), its bytes.

    `origin` (where it lay) and `attempts` are kept out of replay files: they are not content.
    """

    id: str
    stage: str
    code: str
    reason: str
    origin: str = ""
    first_seen: datetime = EPOCH
    attempts: int = 0
    bytes_base64: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The bytes that failed: how they begin, how many they are, and the hex hash of all of them."""

    start: bytes
    size: int
    sha256: str


def original(chunks: Iterable[bytes]) -> Original:
    """Take bytes in, piece by piece; only their beginning is held."""
    start, size, hashed = b"", 0, hashlib.sha256()
    for chunk in chunks:
        start += chunk[: KEPT_BYTES - len(start)]
        size += len(chunk)
        hashed.update(chunk)
    return Original(start=start, size=size, sha256=hashed.hexdigest())


def dead_letter(
    stage: str, code: str, reason: str, content: bytes | Original, *, origin: str = ""
) -> DeadLetter:
    """Make the dead letter of `content`; equal content failing equally gives an equal id."""
    whole = original((content,)) if isinstance(content, bytes) else content
    if len(whole.start) < whole.size:
        reason = f"{reason} (first {len(whole.start)} of {whole.size} bytes kept)"
    return DeadLetter(
        id=dead_letter_id(stage, code, whole.sha256),
        stage=stage,
        code=code,
        reason=reason,
        origin=origin,
        bytes_base64=base64.b64encode(whole.start).decode("ascii"),
    )


def version_in(letter: DeadLetter) -> tuple[str, str] | None:
    """Name the article version (ids of article and version) whose record a letter keeps, if it is one.

    The beginning of the record is enough.
    """
    found = _VERSION.match(base64.b64decode(letter.bytes_base64))
    return (found[1].decode(), found[2].decode()) if found else None
