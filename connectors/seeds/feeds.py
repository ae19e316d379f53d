"""Saved feeds: one article for each entry, with the text that the feed gives."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.sandbox import shared_sandbox
from connectors.seeds.found import Found, letter
from connectors.seeds.streams import Opened
from schemas import Line, ParsedFeed, Rejected, Skipped, encode
from tocsin import feeds
from tocsin.merging import merge


@dataclass(frozen=True, slots=True, kw_only=True)
class WithTexts:
    """A feed, and the text of each of its entries."""

    feed: ParsedFeed
    texts: tuple[str, ...]


def parse_with_texts(content: bytes) -> WithTexts:
    """Parse a feed and take the markup out of its entries. Runs in the sandbox."""
    parsed = feeds.parse(content)
    return WithTexts(feed=parsed, texts=tuple(map(feeds.entry_text, parsed.entries)))


def read_feed_file(opened: Opened, name: str) -> Iterator[Found]:
    """Yield the entries of a feed file as articles."""
    yield from read_feed(opened.whole(), name)


def read_feed(content: bytes, name: str) -> Iterator[Found]:
    """Yield the entries of a feed as articles; those that say nothing are counted in a dead letter.

    So are those that stand in an encoding in which a long feed cannot be cut. Raises `Rejected` where the document is no feed, or cannot be parsed in time.
    """
    number = silent = 0
    reason = ""
    for part in feeds.parts(content):
        parsed = shared_sandbox().call(parse_with_texts, part)
        reason = "; ".join(parsed.feed.problems)
        if parsed.feed.is_truncated:
            yield letter(Rejected("too-many-entries", reason), part, name)
        for entry, text in zip(parsed.feed.entries, parsed.texts, strict=True):
            number += 1
            try:
                article = merge(parsed.feed.feed, entry, text)
            except Rejected:
                silent += 1
            else:
                yield Line(content=encode(article), origin=f"{name}:{number}")
    if silent:
        error = Rejected(
            "silent-entries", f"{silent} of {number} entries have no title and no text"
        )
        yield letter(error, content, name)
    if not number:
        yield Skipped(name=name, reason=f"a feed without entries; {reason}".rstrip("; "))
