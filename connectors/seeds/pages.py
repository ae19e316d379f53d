"""Saved pages: one article each, extracted in the sandbox."""

from collections.abc import Iterator
from datetime import datetime

from connectors.sandbox import shared_sandbox
from connectors.seeds.found import Found
from connectors.seeds.streams import Opened
from schemas import Article, Line, Via, encode
from tocsin import articles
from tocsin.extract import Extracted, extract


def read_page(opened: Opened, name: str) -> Iterator[Found]:
    """Yield the article of a page. Raises `Rejected` where there is none in it."""
    article = article_of(extract_page(opened.whole()))
    yield Line(content=encode(article), origin=name)


def extract_page(page: str | bytes, url: str = "") -> Extracted:
    """Extract a page in the sandbox. Raises `Rejected`. For records that bring HTML, too."""
    return shared_sandbox().call(extract, page, url=url)


def article_of(
    page: Extracted, *, url: str = "", first_seen: datetime | None = None, via: Via = Via.SEED
) -> Article:
    """Make an article of what a page holds. Raises `Rejected`."""
    return articles.complete(
        url=url,
        canonical_url=page.canonical_url,
        title=page.title,
        text=page.text,
        language=page.language,
        authors=page.authors,
        published=page.published,
        first_seen=first_seen,
        via=via,
        extractor=page.extractor,
        flags=page.flags,
    )
