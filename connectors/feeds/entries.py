"""The entries of a feed: those that are new or were edited become articles, and are published.

The page behind an entry is read first; without it, the feed's own text is the article's.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.feeds.documents import Document, Listed, merge_page
from connectors.feeds.tools import Tools
from connectors.kafka import Message, message_of
from schemas import Article, Entry, Feed, FeedState, Flag, Rejected, dead_letter, encode
from store import feeds
from store.outbox import OutboxRow
from tocsin.extract import Extracted
from tocsin.merging import is_touched, merge

MOST_TOUCHED = 3
"""Entries that may be dated anew at once without another word, however few there are."""

STAGE = "poll"
"""The stage that dead letters of entries name."""


@dataclass(slots=True)
class Taken:
    """What became of the entries of one document."""

    listed: int = 0
    new: int = 0
    edited: int = 0
    rejected: int = 0
    pages_failed: int = 0
    keys: set[str] = field(default_factory=set)
    published: list[datetime] = field(default_factory=list)
    sending: list[asyncio.Task[None]] = field(default_factory=list)

    def note(self, listed: Listed) -> None:
        """Count an entry that is listed."""
        self.listed += 1
        self.keys.add(listed.key)
        if said := listed.entry.published or listed.entry.updated:
            self.published.append(said)


async def take_in(
    state: FeedState, tools: Tools, document: Document, at: datetime, taken: Taken
) -> None:
    """Publish the entries that are new or say something else than before."""
    entries = {each.key: each for each in document.listed}
    known = await tools.ledger.do(feeds.known, state.url, tuple(entries))
    batch: list[OutboxRow] = []
    for listed in entries.values():
        taken.note(listed)
    for listed in changed(tuple(entries.values()), known):
        taken.new += listed.key not in known
        taken.edited += listed.key in known
        page = await _page(state, tools, listed.entry, taken)
        sent = await _message(state, tools, document.feed, listed, page, at)
        if sent.topic == "articles" and tools.archive is not None:
            tools.archive.write_article(sent.value, listed.entry.link)
        taken.rejected += sent.topic != "articles"
        batch.append(_row(sent, state, listed))
        if page is not None:
            taken.sending.append(asyncio.create_task(tools.publisher.publish(batch)))
            batch = []
    taken.sending.append(asyncio.create_task(tools.publisher.publish(batch)))


def changed(listed: Sequence[Listed], known: Mapping[str, str]) -> list[Listed]:
    """Choose the entries that are new, or say something else than is known of them.

    Where a feed dates half of what we know anew without another word, its dates say nothing: some
    feeds give every entry the time of the request.
    """
    touched = {each.key for each in listed if is_touched(known.get(each.key, ""), each.fingerprint)}
    is_noise = len(touched) > max(MOST_TOUCHED, len(known) // 2)
    return [
        each
        for each in listed
        if known.get(each.key) != each.fingerprint and not (is_noise and each.key in touched)
    ]


async def _page(state: FeedState, tools: Tools, entry: Entry, taken: Taken) -> Extracted | None:
    """Read the page of an entry; not those that a new feed has listed before we knew it."""
    if tools.pages is None or not entry.link or _is_first(state):
        return None
    found = await tools.pages.read(entry.link)
    tools.reach("paged")
    taken.pages_failed += found.page is None
    return found.page


def _is_first(state: FeedState) -> bool:
    """Tell whether a feed has never been read: what it lists then is backfill."""
    return state.last_success is None


async def _message(
    state: FeedState, tools: Tools, feed: Feed, listed: Listed, page: Extracted | None, at: datetime
) -> Message:
    """Make what is published of an entry: an article, or a dead letter where it says nothing.

    A page that cannot be merged, or makes an article longer than there may be, is left out.
    """
    for shown in (None,) if page is None else (page, None):
        try:
            return message_of(await _merged(state, tools, feed, listed, shown, at))
        except Rejected as error:
            why = error
    letter = dead_letter(STAGE, why.code, why.reason, encode(listed.entry), origin=state.url)
    return message_of(replace(letter, first_seen=at))


async def _merged(
    state: FeedState, tools: Tools, feed: Feed, listed: Listed, page: Extracted | None, at: datetime
) -> Article:
    """Make the article of an entry; with its page in the sandbox, for pages may be made to be slow."""
    flags = (Flag.BACKFILL,) if _is_first(state) else ()
    if page is None:
        return merge(
            feed, listed.entry, listed.text, feed_url=state.url, first_seen=at, flags=flags
        )
    given = (encode(feed), encode(listed.entry), listed.text, encode(page))
    return await tools.parsers.call(merge_page, *given, state.url, at, flags)


def _row(sent: Message, state: FeedState, listed: Listed) -> OutboxRow:
    return OutboxRow(
        topic=sent.topic,
        key=sent.key,
        value=sent.value,
        headers=sent.headers,
        feed=state.url,
        entry=listed.key,
        fingerprint=listed.fingerprint,
    )
