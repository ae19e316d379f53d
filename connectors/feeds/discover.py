"""Finding the feed that is meant: the address itself, or what its page names, by as few requests as do.

Nothing is kept and nothing is polled: this is for `tocsin feeds add` and `check`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from connectors.feeds.fetch import FetchError, Purpose, Response
from connectors.feeds.parsers import Parsers
from schemas import ParsedFeed, Rejected
from tocsin import feeds
from tocsin.discovery import Candidate, find_candidates

MOST_NAMED = 5
"""Addresses named by a page that are asked, until one is a feed."""

MOST_GUESSED = 6
"""Usual places that are asked where a page names no feed."""


class CanFetch(Protocol):
    """What asks: `connectors.feeds.fetch.Fetcher`."""

    async def fetch(self, url: str, *, purpose: Purpose) -> Response:
        """GET a URL. Raises `FetchError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that was found, as it came and as it reads.

    `others` are what else its page names, `page` that page where there was one.
    """

    response: Response
    feed: ParsedFeed
    parts: int = 1
    page: str = ""
    others: tuple[Candidate, ...] = ()

    @property
    def url(self) -> str:
        """Return the address to poll: where the feed was asked for, or where that moved for good."""
        return self.response.moved_to or self.response.requested


async def find_feed(url: str, fetcher: CanFetch, parsers: Parsers) -> Found:
    """Find the feed at an address, or the first good one that the page there names.

    Raises `FetchError` where the address gives no answer, `Rejected` where it gives one in which, or
    beside which, there is no feed (`no-feed`) or an error (`status`).
    """
    response = await fetcher.fetch(url, purpose="discover")
    _check(response)
    try:
        return await _read(response, parsers)
    except Rejected:
        found = await parsers.call(find_candidates, response.body, response.url)
    named = [each for each in found if not each.is_guess]
    guessed = [each for each in found if each.is_guess]
    for chosen in (named[:MOST_NAMED], [] if named else guessed[:MOST_GUESSED]):
        for each in chosen:
            one = await _try(each, fetcher, parsers)
            if one is not None:
                others = tuple(other for other in named if other.url != each.url)
                return replace(one, page=response.url, others=others)
    raise Rejected("no-feed", _nothing(response, named))


async def _try(candidate: Candidate, fetcher: CanFetch, parsers: Parsers) -> Found | None:
    """Ask for a candidate; `None` where it is no feed, or cannot be had."""
    try:
        response = await fetcher.fetch(candidate.url, purpose="feed")
        _check(response)
        return await _read(response, parsers)
    except (FetchError, Rejected):
        return None


async def _read(response: Response, parsers: Parsers) -> Found:
    """Read the first part of a document as a feed. Raises `Rejected`."""
    feed, count = await parsers.call(read_first_part, response.body, response.url)
    return Found(response=response, feed=feed, parts=count)


def read_first_part(content: bytes, url: str) -> tuple[ParsedFeed, int]:
    """Parse the first part of a document, and count its parts. Runs in the sandbox."""
    cut = list(feeds.parts(content))
    return feeds.parse(cut[0], url=url), len(cut)


def _check(response: Response) -> None:
    if response.status != 200:
        raise Rejected("status", f"{response.url} answered {response.status}")


def _nothing(response: Response, named: Sequence[Candidate]) -> str:
    if named:
        tried = ", ".join(each.url for each in named[:MOST_NAMED])
        return f"{response.url} is no feed, and of those it names none could be read: {tried}"
    return f"{response.url} is no feed, names none, and none is where feeds usually are"
