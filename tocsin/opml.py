"""Lists of feeds as OPML 1 and 2: what other readers export, as it is and not as specified; and ours.

Folders are tags: a feed within `Africa`, within `News`, has the tag `News/Africa`. Reading goes as far
as the bytes allow, in production in `connectors.sandbox`, and says what it could not read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from schemas import FeedState, Rejected
from tocsin.encodings import decode
from tocsin.feed_urls import clean_feed_url, same_feed_key
from tocsin.loose_opml import addresses, with_attributes, with_references

LONGEST_TEXT = 300
"""Characters that are kept of a title or a folder's name."""


_CONTROLS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """A feed as a list names it. `tags` are the folders it lies in, sorted."""

    url: str
    title: str = ""
    site: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """A list of feeds, each once, in its order; `problems` says in words what could not be read."""

    title: str = ""
    feeds: tuple[ListedFeed, ...] = ()
    problems: tuple[str, ...] = ()


def read_feed_list(content: bytes) -> FeedList:
    """Read a list of feeds: OPML, or plain lines with an address each (`#` begins a comment).

    Raises `Rejected` with code `not-a-feed-list` where it is neither.
    """
    text = decode(content)
    if re.search(r"<(?:\w+:)?(?:opml|outline)\b", text, re.IGNORECASE):
        return _read_opml(text)
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    found = [(number, line) for number, line in enumerate(lines, 1) if line]
    if found and all(clean_feed_url(line) for _, line in found[:1]):
        reading = _Reading()
        for number, line in found:
            reading.add(line, number)
        return reading.result("")
    raise Rejected("not-a-feed-list", "neither OPML nor lines with an address each")


def write_opml(feeds: Iterable[FeedState | ListedFeed], *, title: str = "Feeds") -> bytes:
    """Write OPML 2: a folder for each tag (`a/b` within `a`), feeds with several tags in each of them.

    Read again it gives the same feeds with the same tags. The bytes depend on the feeds alone.
    """
    root = _Folder({}, [])
    for feed in sorted(feeds, key=lambda each: each.url):
        for tag in sorted(set(feed.tags)) or [""]:
            folder = root
            for name in filter(None, tag.split("/")):
                folder = folder.folders.setdefault(name, _Folder({}, []))
            folder.feeds.append(feed)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head>\n    <title>{quoteattr(_legal(title))[1:-1]}</title>\n  </head>",
        "  <body>",
        *_written(root, "    "),
        "  </body>",
        "</opml>\n",
    ]
    return "\n".join(lines).encode()


@dataclass(frozen=True, slots=True)
class _Folder:
    folders: dict[str, "_Folder"]
    feeds: list[Any]


def _written(folder: _Folder, indent: str) -> Iterable[str]:
    """Write what is in a folder. Folders are no deeper than a tag is long."""
    for name in sorted(folder.folders):
        label = quoteattr(_legal(name))
        yield f"{indent}<outline text={label} title={label}>"
        yield from _written(folder.folders[name], indent + "  ")
        yield f"{indent}</outline>"
    for feed in folder.feeds:
        said = {
            "type": "rss",
            "text": feed.title or feed.url,
            "title": feed.title,
            "xmlUrl": feed.url,
            "htmlUrl": feed.site,
        }
        given = (f"{name}={quoteattr(_legal(text))}" for name, text in said.items() if text)
        yield f"{indent}<outline {' '.join(given)}/>"


class _Reading:
    """What has been read of a list so far: feeds that are named twice are one, with all their tags."""

    def __init__(self) -> None:
        self._feeds: dict[str, ListedFeed] = {}
        self.problems: list[str] = []

    def add(
        self, address: str, line: int, title: str = "", site: str = "", tags: Iterable[str] = ()
    ) -> None:
        url = clean_feed_url(address)
        if not url:
            shown = " ".join(address.split())[:80]
            self.problems.append(f"line {line}: {shown!r} is no address of a feed")
            return
        title = "" if title in (address, url) else title
        known = self._feeds.setdefault(same_feed_key(url), ListedFeed(url=url))
        self._feeds[same_feed_key(url)] = ListedFeed(
            url=known.url,
            title=known.title or title,
            site=known.site or site,
            tags=tuple(sorted({*known.tags, *tags})),
        )

    def has(self, address: str) -> bool:
        return same_feed_key(clean_feed_url(address) or address) in self._feeds

    def result(self, title: str) -> FeedList:
        feeds = tuple(self._feeds.values())
        return FeedList(title=title, feeds=feeds, problems=tuple(self.problems))


def _read_opml(text: str) -> FeedList:
    """Read OPML as far as XML can be made of it, and then look for addresses that were lost."""
    mended = with_references(text)
    reading = _Reading()
    root = _tree(mended, reading, recover=False)
    if root is None:
        root = _tree(with_attributes(mended), reading, recover=True)
    title = ""
    if root is not None:
        title = next((_line(each.text) for each in root.iter() if _local(each) == "title"), "")
        _walk(root, reading)
    _salvage(mended, reading)
    return reading.result(title[:LONGEST_TEXT])


def _tree(text: str, reading: _Reading, *, recover: bool) -> Any:
    """Make a tree; `None`, and a problem noted, where the text is no XML."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        if not recover:
            reading.problems.append(f"no XML, read as far as it goes: {_line(error.msg)}")
        return None


def _walk(root: Any, reading: _Reading) -> None:
    """Add the feeds of a tree, with the path of folders that each lies in as its tag."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, path = waiting.pop()
        if _local(element) == "outline":
            said = {name.rpartition("}")[2].lower(): text for name, text in element.attrib.items()}
            name = _line(said.get("title") or said.get("text"))[:LONGEST_TEXT]
            kind = said.get("type", "").strip().lower()
            address = said.get("xmlurl") or (said.get("url") if kind in ("rss", "atom") else "")
            if address and address.strip():
                tags = {*filter(None, ["/".join(path)]), *_categories(said.get("category", ""))}
                site = clean_feed_url(said.get("htmlurl", ""))
                reading.add(address, element.sourceline or 0, name, site, tags)
            elif kind == "include" and said.get("url"):
                reading.problems.append(
                    f"line {element.sourceline}: the list {said['url']!r} that it includes is not read"
                )
            elif len(element) and (tag := name.replace("/", " ").strip()):
                path = (*path, " ".join(tag.split()))
        waiting += [(child, path) for child in reversed(element) if isinstance(child.tag, str)]


def _categories(given: str) -> Iterable[str]:
    """Read the tags of OPML 2's `category`: `/News/Africa, sahel`."""
    for each in given.split(","):
        tag = "/".join(filter(None, map(_line, each.split("/"))))[:LONGEST_TEXT]
        if tag:
            yield tag


def _salvage(text: str, reading: _Reading) -> None:
    """Take over the addresses in outlines that are too broken to be XML, without names and folders."""
    lost = 0
    for line, address in addresses(text):
        if clean_feed_url(address) and not reading.has(address):
            reading.add(address, line)
            lost += 1
    if lost:
        reading.problems.append(
            f"{lost} addresses are read from broken outlines, without their names and folders"
        )


def _legal(text: str) -> str:
    return _CONTROLS.sub("", text)


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
