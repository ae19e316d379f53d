"""Sitemaps to entries: those of news (title, date, language) and plain ones (an address and a date)."""

import re
from typing import Any

from lxml import etree

from schemas import Entry, Feed, ParsedFeed, Rejected
from tocsin.dates import parse_instant

_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:urlset|sitemapindex)[\s>]")
_OTHER_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|RDF|channel|html|item|entry)[\s>]")


def is_sitemap(content: bytes) -> bool:
    """Tell whether a document is a sitemap, or an index of them."""
    start = content[:4096]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", "ignore").encode()
    root, other = _ROOT.search(start), _OTHER_ROOT.search(start)
    return root is not None and (other is None or root.start() < other.start())


def parse_sitemap(content: bytes, *, url: str = "") -> ParsedFeed:
    """Read a sitemap. Raises `Rejected` with code `not-a-feed` where no XML can be made out."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, recover=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Rejected("not-a-feed", f"no XML: {error}") from error
    if root is None:
        raise Rejected("not-a-feed", "no XML")
    problems = [_said(error) for error in list(parser.error_log)[:1]]
    if _local(root) == "sitemapindex":
        problems.append("an index of sitemaps: it lists no articles itself")
    pages = [each for each in root if _local(each) == "url"]
    return ParsedFeed(
        feed=Feed(url=url, kind="sitemap"),
        entries=tuple(map(_entry, pages)),
        problems=tuple(problems),
    )


def _entry(page: Any) -> Entry:
    """Read one `url`; of `news:news` inside it, title, date, language and keywords."""
    said: dict[str, str] = {}
    for element in page.iter():
        name, text = _local(element), " ".join((element.text or "").split())
        if text and name not in said:
            said[name] = text
    return Entry(
        title=said.get("title", ""),
        link=said.get("loc", ""),
        guid=said.get("loc", ""),
        published=parse_instant(said.get("publication_date")),
        updated=parse_instant(said.get("lastmod")),
        language=said.get("language", ""),
        tags=tuple(filter(None, (word.strip() for word in said.get("keywords", "").split(",")))),
    )


def _local(element: Any) -> str:
    """Return the name of an element without its namespace; `''` for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _said(error: Any) -> str:
    return f"line {error.line}: {error.message}"
