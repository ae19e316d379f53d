"""Feed documents as a visit needs them: each entry with its text, its name and what it says now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from schemas import Article, Entry, Feed, decode
from tocsin import feeds
from tocsin.extract import Extracted
from tocsin.merging import entry_fingerprint, entry_key, merge


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry that a feed lists. Its markup is gone: `text` is what it says.

    `key` names it within its feed; another `fingerprint` under the same key is an edit.
    """

    entry: Entry
    text: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One part of a document, out of `parts`. `is_truncated` where entries of it were not read."""

    feed: Feed
    listed: tuple[Listed, ...]
    parts: int
    is_truncated: bool


def read_document(content: bytes, url: str, headers: dict[str, str], part: int = 0) -> Document:
    """Parse a part of a document that came from `url` with these headers. Runs in the sandbox.

    Documents of very many entries are cut into parts, so that each can be read in the time that the
    sandbox gives. Raises `Rejected`: it is no feed.
    """
    cut = list(feeds.parts(content))
    parsed = feeds.parse(cut[part], url=url, headers=headers)
    return Document(
        feed=parsed.feed,
        listed=tuple(_listed(entry, url) for entry in parsed.entries),
        parts=len(cut),
        is_truncated=parsed.is_truncated,
    )


def merge_page(
    feed: bytes,
    entry: bytes,
    text: str,
    page: bytes,
    feed_url: str,
    first_seen: datetime,
    flags: Iterable[str],
) -> Article:
    """Make the article of an entry and its page, records as bytes. Runs in the sandbox.

    Raises `Rejected` as `merge` does.
    """
    records = decode(Feed, feed), decode(Entry, entry), text, decode(Extracted, page)
    return merge(*records, feed_url=feed_url, first_seen=first_seen, flags=flags)


def _listed(entry: Entry, url: str) -> Listed:
    return Listed(
        entry=replace(entry, summary="", content=""),
        text=feeds.entry_text(entry),
        key=entry_key(url, entry),
        fingerprint=entry_fingerprint(entry),
    )
