"""One byte form for every record: Kafka values, Beam elements and JSON lines are the same bytes."""

from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from schemas.errors import Rejected

Record = TypeVar("Record")

_encoder = msgspec.json.Encoder(order=None)


def encode(record: Any) -> bytes:
    """Encode a record as one line of JSON (no newline); keys in the order of the record's fields."""
    return _encoder.encode(record)


@lru_cache(maxsize=64)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def decode(kind: type[Record], line: bytes) -> Record:
    """Decode one line; unknown keys are ignored.

    Raises `Rejected` with code `invalid-json` or `invalid-record`.
    """
    decoder: msgspec.json.Decoder[Record] = _decoder(kind)  # type: ignore[arg-type]  # a type is hashable
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        raise Rejected("invalid-record", str(error)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Rejected("invalid-json", str(error) or type(error).__name__) from error
