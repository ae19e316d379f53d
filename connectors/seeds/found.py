"""What the readers of seed files hand on: lines, dead letters, and reasons why there are none."""

from schemas import DeadLetter, Line, Rejected, Skipped, dead_letter
from schemas.dead_letter import Original

Found = Line | DeadLetter | Skipped

STAGE = "read"
"""The stage that dead letters of this package name."""


def letter(error: Rejected, content: bytes | Original, origin: str) -> DeadLetter:
    """Make the dead letter of a record, or of a whole file, that was refused."""
    return dead_letter(STAGE, error.code, error.reason, content, origin=origin)
