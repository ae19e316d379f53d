"""A large JSON array as a stream of its items. Not a parser: it only tells where items begin and end.

Whether an item is JSON is the decoder's affair, so this never refuses; it needs the memory of one item.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator

from connectors.seeds.streams import CHUNK, Readable

# A string with all of it, or one mark. Possessive: a string without end costs one pass.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)


class ItemTooLong(Exception):
    """An item is over the limit; `args[0]` is how it begins."""


def items(stream: Readable, *, limit: int) -> Iterator[bytes]:
    """Yield the items of an array, as they stand; what is left of a damaged one comes last.

    The stream must begin with the bracket of the array. Raises `ItemTooLong`.
    """
    buffer = stream.read(CHUNK).removeprefix(BOM_UTF8).lstrip()[1:]
    start = at = depth = 0
    while True:
        found = _TOKEN.search(buffer, at)
        mark = found.group() if found else b""
        if found is None or mark == b'"':  # no mark, or a string that goes on
            at = found.start() if found else len(buffer)
            buffer, at, start = buffer[start:], at - start, 0
            more = stream.read(CHUNK)
            if not more:
                break
            if len(buffer) > limit:
                raise ItemTooLong(buffer)
            buffer += more
            continue
        at = found.end()
        if depth == 0 and mark in (b",", b"]"):
            if item := buffer[start : found.start()].strip():
                yield item
            start = at
            if mark == b"]":
                break
        elif mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
    rest = (buffer[start:] + stream.read(CHUNK)).strip()
    if rest:
        yield rest
