"""The pages behind entries: asked for only where robots.txt allows, extracted in a killable child."""

from dataclasses import dataclass

from connectors import metrics
from connectors.feeds.fetch import Fetcher, FetchError, Response
from connectors.feeds.parsers import Parsers
from connectors.feeds.robots import Robots
from schemas import Rejected
from tocsin.extract import Extracted, extract

_HTML = ("text/html", "application/xhtml+xml", "text/plain", "application/octet-stream", "")
"""Media types that may hold a page: servers often say nothing, or something vague."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """What came of asking for a page: what it holds, or `problem`, a code."""

    page: Extracted | None = None
    problem: str = ""


class Pages:
    """Reads the pages of articles."""

    def __init__(self, fetcher: Fetcher, robots: Robots, parsers: Parsers) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._parsers = parsers

    async def read(self, url: str) -> PageRead:
        """Fetch a page and take the article out of it. No page is no error: the feed has a text, too."""
        try:
            found = await self._read(url)
        except FetchError as error:
            found = PageRead(problem=error.code)
        except Rejected as error:
            found = PageRead(problem=error.code)
        metrics.PAGES.labels(found.problem or "read").inc()
        return found

    async def _read(self, url: str) -> PageRead:
        if not await self._robots.allows(url):
            return PageRead(problem="robots")
        response = await self._fetcher.fetch(url, purpose="page")
        if response.status != 200:
            return PageRead(problem=f"http-{response.status}")
        if _media_type(response) not in _HTML:
            return PageRead(problem="no-page")
        return PageRead(page=await self._parsers.call(extract, response.body, url=response.url))


def _media_type(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()
