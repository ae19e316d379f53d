"""Pages to articles: HTML to title, text, authors, date. The only place that knows trafilatura.

In production it runs in `connectors.sandbox` alone: any HTML parser can be made to spin or to crash.
The answer is a function of the page: no clock is read, no date is relative to today.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas import Flag, Rejected
from tocsin import encodings
from tocsin.dates import parse_instant
from tocsin.markup import depth_of, text_of
from tocsin.page_metadata import PageMetadata, read_metadata
from tocsin.stubs import REASONS, STUB, wall_of, without_paywall

DEEPEST = 240
"""Levels. libxml2 drops what is nested more deeply (256), so such pages are read without a tree."""

SHORT = 200
"""Characters. A text shorter than this may be a miss, and other extractors are asked."""

LATEST_DATE = "2199-12-31"
"""A constant, where htmldate would take today."""

_REFRESH = re.compile(
    r"<meta[^>]{0,200}http-equiv\s*=\s*[\"']?refresh[^>]{0,300}?content\s*=\s*[\"']?\s*(\d{0,5})[^>]{0,20}?url\s*=\s*[\"']?([^\"'>\s]{1,500})",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What a page holds. `extractor` names who found the text: for comparison, not for identity."""

    title: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    language: str = ""
    canonical_url: str = ""
    site: str = ""
    extractor: str = ""
    flags: tuple[str, ...] = ()


def extract(html: str | bytes, *, url: str = "") -> Extracted:
    """Take the article out of a page. Relative addresses are resolved against `url`.

    Raises `Rejected`: `stub` for a page that only forwards or asks for consent, `no-text` where
    nothing can be read.
    """
    page = encodings.decode(html) if isinstance(html, bytes) else html
    page = page.replace("\0", "\ufffd")
    if depth_of(page) > DEEPEST:
        return _checked(_from_words(page), page)
    tree = _load(page)
    if tree is None:
        return _checked(_from_words(page), page)
    about = read_metadata(tree, url=url)
    published = about.published or _date(tree, url)
    text, extractor = _text(tree, page, about)
    text = _without_title(text, about.title)
    found = Extracted(
        title=about.title,
        text=text,
        authors=about.authors,
        published=published,
        language=about.language,
        canonical_url=about.canonical_url,
        site=about.site,
        extractor=extractor,
    )
    return _checked(found, page)


def _load(page: str) -> Any:
    """Parse a page, or return `None` where lxml makes nothing of it."""
    from trafilatura import load_html

    return load_html(page)


def _date(tree: Any, url: str) -> datetime | None:
    """Look for a date in places where pages do not say that they say it."""
    from htmldate import find_date

    try:
        found = find_date(
            tree, extensive_search=False, original_date=True, url=url or None, max_date=LATEST_DATE
        )
    except (ValueError, TypeError, AttributeError, OverflowError):  # its own faults on odd pages
        return None
    return parse_instant(found)


def _text(tree: Any, page: str, about: PageMetadata) -> tuple[str, str]:
    """Ask the extractors in turn, until one finds more than a short text."""
    from trafilatura import bare_extraction, baseline

    found = bare_extraction(tree, fast=True, include_comments=False, include_tables=True)
    text = _tidy(found.text or "") if found is not None else ""
    if len(text) >= SHORT and len(about.body) < 2 * len(text):
        return text, "trafilatura"
    if len(about.body) > len(text):
        return about.body, "json-ld"
    _, plain, _ = baseline(page)
    plain = _tidy(plain or "")
    if len(plain) > 2 * len(text):
        return plain, "baseline"
    return (text, "trafilatura") if text else (text_of(page), "words")


def _without_title(text: str, title: str) -> str:
    """Take the headline off the beginning of a text: it stands in the title already."""
    first, _, rest = text.partition("\n")
    is_title = rest and first.casefold().split() == title.casefold().split()
    return rest if is_title else text


def _from_words(page: str) -> Extracted:
    """Read a page that no tree can hold: all of its words, and a flag that says so."""
    title, _, text = text_of(page).partition("\n")
    return Extracted(
        title=title if len(title) <= 300 else "",
        text=text if len(title) <= 300 else f"{title}\n{text}".strip(),
        extractor="words",
        flags=(Flag.REPAIRED,),
    )


def _checked(found: Extracted, page: str) -> Extracted:
    """Refuse a page that is no article, and cut off what a paywall says. Raises `Rejected`."""
    if len(found.text) < STUB:
        refresh = _REFRESH.search(page[:65536])
        if refresh is not None and int(refresh.group(1) or 0) <= 30:
            raise Rejected("stub", f"the page only forwards to {refresh.group(2)}")
    shown = text_of(page) if not found.text.strip() else found.text
    wall = wall_of(found.title, shown)
    if wall is not None:
        raise Rejected("stub", REASONS[wall])
    text, is_walled = without_paywall(found.text)
    if not text.strip():
        raise Rejected("no-text", "no text was found in the page")
    return replace(found, text=text, flags=(*found.flags, Flag.TRUNCATED)) if is_walled else found


def _tidy(text: str) -> str:
    """One line break between paragraphs, no spaces and no borders of table cells around it."""
    return "\n".join(line for each in text.splitlines() if (line := each.strip(" \t\xa0|")))
