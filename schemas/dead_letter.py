"""Dead letters: records that could not be processed, with their original bytes."""

import base64
from dataclasses import dataclass
from datetime import datetime

from schemas.article import EPOCH
from schemas.ids import dead_letter_id

KEPT_BYTES = 65536
"""A dead letter keeps this many of the original bytes; its reason says when there were more."""


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


def dead_letter(
    stage: str, code: str, reason: str, content: bytes, *, origin: str = ""
) -> DeadLetter:
    """Make the dead letter of `content`; equal content failing equally gives an equal id."""
    kept = content[:KEPT_BYTES]
    if len(kept) < len(content):
        reason = f"{reason} (first {KEPT_BYTES} of {len(content)} bytes kept)"
    return DeadLetter(
        id=dead_letter_id(stage, code, content),
        stage=stage,
        code=code,
        reason=reason,
        origin=origin,
        bytes_base64=base64.b64encode(kept).decode("ascii"),
    )
