"""The one codec, as Beam coders: an element between stages is the bytes that a topic would hold."""

from typing import Any

import apache_beam as beam
from apache_beam import coders

from schemas import Alert, Article, ArticleVersion, DeadLetter, Line, Skipped, decode, encode

RECORDS = (Alert, Article, DeadLetter, ArticleVersion, Line, Skipped)
"""Every record that crosses a stage."""


class RecordCoder(coders.Coder):
    """Codes one kind of record by `schemas.codec`; deterministic, so it may code keys."""

    kind: type[Any] = object

    def encode(self, value: Any) -> bytes:
        """Turn a record into its line of JSON."""
        return encode(value)

    def decode(self, encoded: bytes) -> Any:
        """Turn a line of JSON back into the record."""
        return decode(self.kind, encoded)

    def is_deterministic(self) -> bool:
        """Equal records have equal bytes."""
        return True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(self.kind.__name__)


def register() -> None:
    """Make Beam code every record by the one codec, instead of pickling it."""
    for kind in RECORDS:
        coder = type(
            f"{kind.__name__}Coder", (RecordCoder,), {"kind": kind, "__module__": __name__}
        )
        globals()[coder.__name__] = coder
        beam.coders.registry.register_coder(kind, coder)


register()
