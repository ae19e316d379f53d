"""JSON Feed (jsonfeed.org, versions 1 and 1.1) to entries. Lenient: one bad item costs that item."""

import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

import msgspec

from schemas import Entry, Feed, ParsedFeed, Rejected
from tocsin.dates import parse_instant
from tocsin.loose_json import load_object, whole_characters


def parse_json_feed(content: bytes, *, url: str = "") -> ParsedFeed:
    """Read a JSON Feed. Raises `Rejected` with code `not-a-feed` where it is none."""
    found = _load(content)
    items = found.get("items")
    if not isinstance(items, list):
        raise Rejected("not-a-feed", "JSON, but no JSON Feed")
    feed = Feed(
        url=url or _link(found.get("feed_url"), ""),
        title=_line(found.get("title")),
        link=_link(found.get("home_page_url"), url),
        language=_line(found.get("language")),
        description=_line(found.get("description")),
        kind="json",
        hub=_hub(found.get("hubs")),
        self_url=_link(found.get("feed_url"), url),
    )
    # An item that is no object becomes an entry that says nothing, so that it is counted as one.
    objects = [item if isinstance(item, dict) else {} for item in items]
    entries = tuple(_entry(item, found, feed, url) for item in objects)
    problems = []
    if "jsonfeed.org/version/" not in str(found.get("version")):
        problems.append("does not name its version of JSON Feed")
    strange = sum(not isinstance(item, dict) for item in items)
    if strange:
        problems.append(f"{strange} of {len(items)} items are no objects")
    said = [date for each in entries if (date := each.updated or each.published) is not None]
    feed = replace(feed, updated=max(said, default=None))  # it has no date of its own
    return ParsedFeed(feed=feed, entries=entries, problems=tuple(problems))


def json_parts(content: bytes, *, size: int) -> Iterator[bytes]:
    """Cut a JSON Feed of very many items into feeds of at most `size`; what is none stays as it is."""
    try:
        found = _load(content)
    except Rejected:
        found = {}
    items = found.get("items")
    if not isinstance(items, list) or len(items) <= size:
        yield content
        return
    for start in range(0, len(items), size):
        yield json.dumps({**found, "items": items[start : start + size]}).encode("ascii")


def _load(content: bytes) -> Mapping[str, Any]:
    """Read a JSON object, if need be the slow way. Raises `Rejected` with code `not-a-feed`."""
    try:
        found = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
        if isinstance(found, dict):
            return found
        raise Rejected("not-a-feed", "JSON, but no JSON Feed")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return load_object(content)[0]
    except Rejected as error:
        raise Rejected("not-a-feed", f"no JSON: {error.reason}") from error


def _entry(item: Mapping[str, Any], whole: Mapping[str, Any], feed: Feed, url: str) -> Entry:
    plain = html.escape(_string(item.get("content_text")), quote=False).replace("\n", "<br>")
    tags = item.get("tags")
    return Entry(
        title=_line(item.get("title")),
        link=_link(item.get("url") or item.get("external_url"), feed.link or url),
        guid=_identifier(item.get("id")),
        summary=html.escape(_string(item.get("summary")), quote=False),
        content=_string(item.get("content_html")) or plain,
        authors=_authors(item) or _authors(whole),
        published=parse_instant(_string(item.get("date_published"))),
        updated=parse_instant(_string(item.get("date_modified"))),
        language=_line(item.get("language")) or feed.language,
        tags=tuple(filter(None, map(_line, tags))) if isinstance(tags, list) else (),
    )


def _authors(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Read `authors` (1.1) or `author` (1.0)."""
    authors = given.get("authors")
    people = authors if isinstance(authors, list) else [given.get("author")]
    named = (_line(each.get("name")) for each in people if isinstance(each, dict))
    return tuple(dict.fromkeys(filter(None, named)))


def _hub(given: Any) -> str:
    """Return the address of the first WebSub hub."""
    hubs = given if isinstance(given, list) else ()
    named = (each for each in hubs if isinstance(each, dict))
    return next((_string(each.get("url")) for each in named if _is_websub(each)), "")


def _is_websub(hub: dict[str, Any]) -> bool:
    return _string(hub.get("type")).lower() in ("websub", "pubsubhubbub")


def _identifier(given: Any) -> str:
    """Read an id: text by the specification, a number all too often."""
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else _string(given)


def _link(given: Any, base: str) -> str:
    try:
        return urljoin(base, _string(given).strip())
    except ValueError:
        return _string(given)


def _string(given: Any) -> str:
    return whole_characters(given.replace("\0", "")) if isinstance(given, str) else ""


def _line(given: Any) -> str:
    return " ".join(_string(given).split())
