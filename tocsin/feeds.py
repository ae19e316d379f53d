"""Feeds to entries: RSS, RDF, Atom, JSON Feed and news sitemaps, as they are and not as specified.

In production it runs in `connectors.sandbox` alone: some feeds make parsers spin. What is odd about
a feed is said in its `problems`, and never stops the reading.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from schemas import Entry, Feed, ParsedFeed, Rejected
from tocsin.dates import parse_instant
from tocsin.feed_document import LONGEST_AUTHOR, read_document
from tocsin.feed_hints import linked, wait_of
from tocsin.jsonfeed import json_parts, parse_json_feed
from tocsin.markup import text_of
from tocsin.merging import LEAD, with_lead
from tocsin.sitemaps import is_sitemap, parse_sitemap

MOST_ENTRIES = 1000
"""Entries read of one document; feedparser takes a millisecond or two for each. See `parts`."""

_KINDS = (("atom", "atom"), ("cdf", "rss"), ("rss090", "rdf"), ("rss10", "rdf"), ("rss", "rss"))
_ENTRY_END, _ENTRY_START = (
    rb"</(?:[A-Za-z_][\w.-]*:)?(?:%b)\s*>",
    rb"<(?:[A-Za-z_][\w.-]*:)?(?:%b)[\s>]",
)
_MAIL = re.compile(
    r"[^@\s]{1,64}@[^@\s]{1,255}\s*\(([^()]{1,100})\)|([^<>@]{1,100}?)\s*<[^<>\s]{1,320}>"
)
_WEB = ("http://", "https://")
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def parse(content: bytes, *, url: str = "", headers: Mapping[str, str] | None = None) -> ParsedFeed:
    """Read a feed document; `url` is where it came from, for relative links.

    `headers` are those of the response, if there was one, by lower-case name: the charset of its
    type counts, and its language where the feed names none.

    Raises `Rejected` with code `not-a-feed` where nothing of a feed is in it.
    """
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"[")):
        found = parse_json_feed(content, url=url)
    elif is_sitemap(content):
        found = parse_sitemap(content, url=url)
    else:
        found = _parse_xml(content, url, headers)
    if len(found.entries) > MOST_ENTRIES:
        excess = f"{len(found.entries)} entries, only the first {MOST_ENTRIES} are read"
        found = replace(
            found,
            entries=found.entries[:MOST_ENTRIES],
            problems=(*found.problems, excess),
            is_truncated=True,
        )
    return found


def parts(content: bytes, *, size: int = MOST_ENTRIES) -> Iterator[bytes]:
    """Cut a feed of very many entries into feeds of at most `size`, so that none of them is lost.

    Each part has the head and the foot of the whole. Small feeds stay in one part.
    """
    if content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        yield from json_parts(content, size=size)
        return
    names = b"url" if is_sitemap(content) else b"item|entry"
    ends = [found.end() for found in re.finditer(_ENTRY_END % names, content)]
    first = re.search(_ENTRY_START % names, content)
    if len(ends) <= size or first is None or first.start() > ends[0]:
        yield content
        return
    head, foot = content[: first.start()], content[ends[-1] :]
    cuts = [first.start(), *ends[size - 1 : -1 : size], ends[-1]]
    for start, end in itertools.pairwise(cuts):
        yield head + content[start:end] + foot


def entry_text(entry: Entry) -> str:
    """Return the text of an entry without its markup: the content, or a summary that says more.

    A lead that the content does not repeat stands before it.
    """
    content, summary = text_of(entry.content), text_of(entry.summary)
    if len(summary) > len(content):
        return summary
    return with_lead(summary, content) if len(summary) <= LEAD else content


def _parse_xml(content: bytes, url: str, headers: Mapping[str, str] | None) -> ParsedFeed:
    """Read RSS, RDF or Atom."""
    found, cut = read_document(content, url=url, headers=headers)
    if not found.get("version") and not found.entries:
        raise Rejected("not-a-feed", "neither RSS nor Atom, JSON Feed or a sitemap")
    about = found.feed
    own = _link(linked(about.get("links"), "self"), url)
    feed = Feed(
        url=url or own,
        title=_line(_text(about, "title")),
        link=_link(_address(about), url),
        language=_string(about.get("language")),
        description=_line(_text(about, "subtitle")),
        updated=_instant(about, "updated") or _instant(about, "published"),
        kind=next((kind for start, kind in _KINDS if found.version.startswith(start)), ""),
        ttl=wait_of(
            about.get("ttl"), about.get("sy_updateperiod"), about.get("sy_updatefrequency")
        ),
        hub=_link(linked(about.get("links"), "hub"), url),
        self_url=own,
    )
    entries = tuple(_entry(each, feed, url) for each in found.entries)
    problems = [*_problems(found, entries)]
    if cut:
        problems.append(f"{cut} authors of over {LONGEST_AUTHOR} characters are cut")
    return ParsedFeed(feed=feed, entries=entries, problems=tuple(problems))


def _entry(given: Any, feed: Feed, url: str) -> Entry:
    contents = [_string(each.get("value")) for each in given.get("content") or ()]
    language = next((each.get("language") for each in given.get("content") or ()), None)
    updated = _instant(given, "updated")
    published = _instant(given, "published") or _instant(given, "created")
    if published is None and feed.kind in ("rss", "rdf"):
        published = updated  # their dc:date, the only date they may have
    return Entry(
        title=_line(_text(given, "title")),
        link=_link(given.get("feedburner_origlink") or _address(given), feed.link or url),
        guid=_string(given.get("id")),
        summary=_string(given.get("summary")),
        content=max(contents, key=len, default=""),
        authors=_authors(given),
        published=published,
        updated=updated,
        language=_string(given.get("language") or language) or feed.language,
        tags=tuple(
            dict.fromkeys(
                filter(None, (_line(_string(tag.get("term"))) for tag in given.get("tags") or ()))
            )
        ),
    )


def _problems(found: Any, entries: tuple[Entry, ...]) -> Iterator[str]:
    """Say in words what is wrong with a feed."""
    if found.bozo:
        error = found.get("bozo_exception")
        yield _line(f"{type(error).__name__}: {error}")[:300] if error else "not well-formed"
    if not entries:
        yield "no entries"
    undated = sum(entry.published is None and entry.updated is None for entry in entries)
    if undated:
        yield f"{undated} of {len(entries)} entries have no date that can be read"
    unnamed = sum(not entry.link and not entry.guid for entry in entries)
    if unnamed:
        yield f"{unnamed} of {len(entries)} entries have neither link nor guid"


def _text(given: Any, field: str) -> str:
    """Return a field as text; markup is taken out where the feed says that there is some."""
    value = _string(given.get(field))
    kind = _string((given.get(f"{field}_detail") or {}).get("type"))
    return text_of(value) if kind.endswith(("html", "xml")) or "&" in value else value


def _authors(given: Any) -> tuple[str, ...]:
    """Return the names of the authors, each once; an address only where there is no name."""
    whole = _line(_string(given.get("author")))
    mail = _MAIL.fullmatch(whole)  # feedparser cuts addresses of unusual domains in the middle
    if mail is not None:
        return (mail.group(1) or mail.group(2),)
    named = [_string(each.get("name") or each.get("email")) for each in given.get("authors") or ()]
    cleaned = map(_line, named if any(named) else [whole])
    return tuple(dict.fromkeys(name for name in cleaned if name))


def _instant(given: Any, field: str) -> datetime | None:
    """Read a date as it is written; else as feedparser reads it, where that makes sense."""
    found = parse_instant(_string(dict.get(given, field)))  # its own `get` answers for others, too
    parsed = dict.get(given, f"{field}_parsed")
    if found is not None or not parsed:
        return found
    try:
        year, month, day, hour, minute, second = parsed[:6]
        read = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return parse_instant(read.isoformat())
    except (ValueError, TypeError, OverflowError):
        return None


def _address(given: Any) -> str:
    """Return the address of what a feed describes: the first on the web, where it names several."""
    link = _string(given.get("link"))
    if not link or link.lower().startswith(_WEB):
        return link or linked(given.get("links"), "alternate")
    others = (each for each in given.get("links") or () if each.get("rel") == "alternate")
    named = (_string(each.get("href")) for each in others)
    return next((each for each in named if each.lower().startswith(_WEB)), link)


def _link(given: Any, base: str) -> str:
    """Return an absolute address where one can be made."""
    link = _string(given).strip()
    try:
        return urljoin(base, link) if link and base else link
    except ValueError:
        return link


def _string(given: Any) -> str:
    return _CONTROLS.sub("", given) if isinstance(given, str) else ""


def _line(text: str) -> str:
    return " ".join(text.split())
