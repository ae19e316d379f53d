"""One visit to a feed, in the order that loses nothing.

    fetch → parse → read the pages → publish → all acks → only then remember validators and entries

Killed anywhere, the next visit does the rest again, and what is sent again has the same ids.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy import Connection

from connectors import metrics
from connectors.feeds.documents import read_document
from connectors.feeds.entries import Taken, take_in
from connectors.feeds.fetch import FetchError, Response
from connectors.feeds.tools import Tools
from schemas import FeedState, PollOutcome, Rejected, Unavailable
from store import coverage, feeds
from tocsin.feed_urls import without_secrets
from tocsin.poll import Report, after_poll, validators

ACCEPT = (
    "application/rss+xml,application/atom+xml,application/rdf+xml,application/feed+json,"
    "application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5"
)

REFUSALS = (401, 402, 403, 407, 429, 451, 503)
"""Statuses of servers that do not want to answer us, at least not now."""

TELLING = ("content-type", "content-language")
"""Headers that say something of a document."""

MOST_PARTS = 20
"""Parts of a document that are read, of a thousand entries each. No honest feed has more."""

KEPT = timedelta(days=90)
"""How long an entry is remembered that its feed lists no more."""

_log = structlog.get_logger("feeds")


async def visit(state: FeedState, tools: Tools) -> FeedState:
    """Poll a feed once, publish what is new, and save how it went; returns the new state.

    Raises `Unavailable` where the store fails; then the feed is as it was.
    """
    at, taken = tools.clock(), Taken()
    try:
        report = await _look(state, tools, at, taken)
    except FetchError as error:
        if error.code == "resting":
            return await _put_off(state, tools, at, error.retry_after or 0.0)
        outcome = PollOutcome.REFUSED if error.refused else PollOutcome.FAILED
        report = Report(at=at, outcome=outcome, reason=error.reason, retry_after=error.retry_after)
    except Rejected as error:
        # What a parser says of its own fault may quote the document; which fault it was is enough.
        reason = ":".join(error.reason.split(":")[:2]) if error.code == "crash" else error.reason
        report = Report(at=at, outcome=PollOutcome.FAILED, status=200, reason=reason)
    except Unavailable:
        raise
    except Exception as error:  # a fault of ours: told aloud, and the other feeds go on
        _log.exception("fault", feed=without_secrets(state.url))
        reason = f"a fault of Tocsin: {type(error).__name__}"
        report = Report(at=at, outcome=PollOutcome.FAILED, reason=reason)
    is_announced = state.url in tools.announced
    schedule = tools.schedule.relaxed() if is_announced else tools.schedule
    after = after_poll(state, report, schedule)
    await tools.ledger.do(_save, state.url, after, report, taken)
    tools.reach("saved")
    _tell(state, after, report, taken)
    return after


async def _put_off(state: FeedState, tools: Tools, at: datetime, seconds: float) -> FeedState:
    """Wait until the domain wants to be asked again: that is no failure of this feed."""
    after = replace(state, next_poll=at + timedelta(seconds=max(seconds, 1.0)))
    await tools.ledger.do(feeds.save_poll, state.url, after)
    _log.info("put-off", feed=without_secrets(state.url), seconds=round(seconds))
    return after


async def _look(state: FeedState, tools: Tools, at: datetime, taken: Taken) -> Report:
    """Fetch a feed and publish what is new in it; returns what the visit showed."""
    etag, last_modified = validators(state)
    response = await tools.fetcher.fetch(
        state.url, etag=etag, last_modified=last_modified, accept=ACCEPT, purpose="feed"
    )
    tools.reach("fetched")
    seen = _seen(response, at)
    if response.status == 304:
        return replace(seen, outcome=PollOutcome.UNCHANGED)
    if response.status != 200:
        return _no_answer(seen)
    seen = replace(seen, body_hash=sha256(response.body).hexdigest())
    if seen.body_hash == state.body_hash:
        return replace(seen, outcome=PollOutcome.UNCHANGED)
    return await _read(state, tools, response, seen, taken)


def _seen(response: Response, at: datetime) -> Report:
    """Note what the head of a response says."""
    return Report(
        at=at,
        outcome=PollOutcome.FAILED,
        status=response.status,
        retry_after=response.retry_after,
        max_age=response.max_age,
        moved_to=response.moved_to,
        etag=response.headers.get("etag", ""),
        last_modified=response.headers.get("last-modified", ""),
    )


def _no_answer(seen: Report) -> Report:
    """Say how a visit ended whose answer is no feed."""
    if seen.status == 410:
        return replace(seen, outcome=PollOutcome.GONE, reason="the server says: gone for good")
    outcome = PollOutcome.REFUSED if seen.status in REFUSALS else PollOutcome.FAILED
    return replace(seen, outcome=outcome, reason=f"the server answered {seen.status}")


async def _read(
    state: FeedState, tools: Tools, response: Response, seen: Report, taken: Taken
) -> Report:
    """Parse a feed document and publish what is new; returns when all of it is in Kafka."""
    said = {name: response.headers[name] for name in TELLING if name in response.headers}
    given = (response.body, state.url, said)
    first = await tools.parsers.call(read_document, *given)
    others = [
        await tools.parsers.call(read_document, *given, part)
        for part in range(1, min(first.parts, MOST_PARTS))
    ]
    documents = [first, *others]
    tools.reach("parsed")
    try:
        for document in documents:
            await take_in(state, tools, document, seen.at, taken)
        await asyncio.gather(*taken.sending)
    finally:
        for task in taken.sending:
            task.cancel()
    about = first.feed
    fresh = taken.new + taken.edited
    return replace(
        seen,
        outcome=PollOutcome.NEW if fresh else PollOutcome.UNCHANGED,
        fresh=fresh,
        listed=taken.listed,
        published=tuple(taken.published),
        truncated=first.parts > MOST_PARTS or any(it.is_truncated for it in documents),
        ttl=about.ttl,
        title=about.title,
        site=about.link,
        kind=about.kind,
        hub=about.hub,
        hub_topic=about.self_url,
    )


def _save(connection: Connection, url: str, after: FeedState, report: Report, taken: Taken) -> None:
    """Remember how a visit went, and count it for the feed's day."""
    feeds.save_poll(connection, url, after)
    if taken.new:
        feeds.forget_entries(connection, after.url, taken.keys, report.at - KEPT)
    outcome = "refused" if report.outcome is PollOutcome.GONE else str(report.outcome)
    coverage.add(
        connection,
        after.url,
        report.at.date().isoformat(),
        polled=1,
        truncated=int(report.truncated),
        entries=taken.new + taken.edited,
        pages_failed=taken.pages_failed,
        **{outcome: 1},
    )


def _tell(before: FeedState, after: FeedState, report: Report, taken: Taken) -> None:
    """Count a visit, and log it in one line: without any text, and with no secret of its address."""
    metrics.POLLS.labels(str(report.outcome)).inc()
    metrics.TRUNCATED.inc(int(report.truncated))
    known = taken.listed - taken.new - taken.edited
    fates = {
        "known": known,
        "new": taken.new,
        "edited": taken.edited,
        "rejected": taken.rejected,
    }
    for fate, number in fates.items():
        metrics.ENTRIES.labels(fate).inc(number)
    _log.info(
        "polled",
        feed=without_secrets(before.url),
        outcome=str(report.outcome),
        status=report.status,
        reason=report.reason,
        late=round((report.at - (before.next_poll or report.at)).total_seconds(), 3),
        listed=taken.listed,
        new=taken.new,
        edited=taken.edited,
        rejected=taken.rejected,
        feed_status=str(after.status),
        next_poll=after.next_poll.isoformat() if after.next_poll else "",
    )
