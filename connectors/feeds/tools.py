"""What the parts of the RSS connector have in common: what a visit works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from connectors.feeds.fetch import Fetcher
from connectors.feeds.ledger import Ledger
from connectors.feeds.pages import Pages
from connectors.feeds.parsers import Parsers
from connectors.feeds.publisher import Publisher
from tocsin.poll import Schedule


class Keeper(Protocol):
    """What keeps the articles that were made of what was fetched."""

    def write_article(self, article: bytes, url: str) -> None:
        """Keep the record of an article, and the address of its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a visit works with. `pages` is None where only the text of feeds is wanted.

    `announced` holds the addresses of feeds whose hubs tell of what is new.
    """

    ledger: Ledger
    fetcher: Fetcher
    parsers: Parsers
    publisher: Publisher
    pages: Pages | None
    archive: Keeper | None = None
    schedule: Schedule
    clock: Callable[[], datetime]
    reach: Callable[[str], None] = lambda _: None
    announced: set[str] = field(default_factory=set)
