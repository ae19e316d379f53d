"""What a reader of files hands on: lines that hold records, and files that it passed over."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record as bytes, not yet decoded, and where it lay (`file` or `file:line`)."""

    content: bytes
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that is no input, named with the reason, so that nothing is passed over silently."""

    name: str
    reason: str
