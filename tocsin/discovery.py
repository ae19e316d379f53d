"""Where a page says that its feeds are, and where they often are though it does not say so.

Tags are read one by one, without a tree: neither depth nor broken markup costs anything, and a page
of megabytes takes milliseconds. In production this runs in `connectors.sandbox`.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from tocsin.encodings import decode
from tocsin.feed_urls import clean_feed_url, same_feed_key

MOST = 50
"""Candidates of one page."""

LONGEST_PAGE = 2 << 20
"""Bytes of a page that are looked at."""

_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<(link|a|base)\s([^<>]{1,4000})>([^<]{0,200})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_KINDS = {
    "application/rss+xml": "rss",
    "application/x-rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/rdf+xml": "rdf",
    "application/feed+json": "json",
    "application/json": "json",
    "application/xml": "",
    "text/xml": "",
}
_LOOKS_LIKE_ONE = re.compile(
    r"(?i)(?:^|[/._=-])(?:rss2?|atom|rdf|feeds?)(?:$|[/._?&-])|^https?://feeds?[.\d]|\bsyndication\b"
)
_NO_FEED = re.compile(r"(?i)feedback|\.(?:html?|png|jpe?g|svg|pdf|css|js)$|wp-json|oembed")
_COMMENTS = re.compile(r"(?i)comment|komment|коммент|commentaire|talkback|replies|\breplytocom")
_USUAL = (
    "feed/",
    "feed",
    "rss",
    "rss.xml",
    "feed.xml",
    "atom.xml",
    "index.xml",
    "feed.json",
    "feeds/posts/default",
    "?feed=rss2",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An address where a feed may be. `kind` is what the page says that it is, or `''`.

    `is_guess` tells that the page does not say so, `is_comments` that it lists what readers wrote.
    """

    url: str
    title: str = ""
    kind: str = ""
    is_guess: bool = False
    is_comments: bool = False


def find_candidates(content: bytes, url: str) -> list[Candidate]:
    """Return where the feeds of a page may be, the likeliest first; `url` is where it came from.

    First come the alternates that it names, then its links that look like feeds, feeds of comments
    after them, and at last the usual places: beside the page, then at the root of the site.
    """
    text = _HIDDEN.sub(" ", decode(content[:LONGEST_PAGE]))
    base, named, linked = url, [], []
    is_based = False
    for tag, said, label in _tags(text):
        if tag == "base" and said.get("href") and not is_based:
            base, is_based = _join(url, said["href"]), True
        elif tag == "link" and (kind := _alternate(said)) is not None:
            named.append((said["href"], said.get("title", ""), kind))
        elif tag == "a" and _is_like(said.get("href", "")):
            linked.append((said["href"], said.get("title") or label, ""))
    found = [_candidate(_join(base, href), title, kind) for href, title, kind in (*named, *linked)]
    found.sort(key=lambda each: each.is_comments)
    found += [Candidate(url=guess, is_guess=True) for guess in _guesses(url)]
    return _distinct(found, url)


def _tags(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Give the tags that matter: name, attributes, and the text that follows."""
    for found in _TAG.finditer(text):
        said = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(found.group(2))
        }
        yield found.group(1).lower(), said, html.unescape(found.group(3))


def _alternate(said: dict[str, str]) -> str | None:
    """Return the kind of feed that a `link` names, or `None` where it names none."""
    relations = said.get("rel", "").lower().split()
    kind = _KINDS.get(said.get("type", "").partition(";")[0].strip().lower())
    href = said.get("href", "").strip()
    if not href or not ({"alternate", "feed"} & {*relations}) or "stylesheet" in relations:
        return None
    if "feed" in relations:
        return kind or ""
    if said.get("type", "").lower().startswith("application/json") and not _is_like(href):
        return None  # what WordPress calls its programming interface
    return kind


def _is_like(href: str) -> bool:
    """Tell whether an address looks like that of a feed."""
    return bool(_LOOKS_LIKE_ONE.search(href)) and not _NO_FEED.search(href.partition("?")[0])


def _candidate(url: str, title: str, kind: str) -> Candidate:
    title = " ".join(title.split())[:200]
    is_comments = bool(_COMMENTS.search(title) or _COMMENTS.search(urlsplit(url).path))
    return Candidate(url=url, title=title, kind=kind, is_comments=is_comments)


def _guesses(url: str) -> Iterator[str]:
    """Give the usual places: below the page, then below the root of its site."""
    parts = urlsplit(clean_feed_url(url))
    folder = parts.path if parts.path.endswith("/") else parts.path + "/"
    root = f"{parts.scheme}://{parts.netloc}/"
    if not parts.netloc:
        return
    if folder != "/" and "." not in folder.rstrip("/").rpartition("/")[2]:
        yield from (root + folder.lstrip("/") + usual for usual in _USUAL[:1])
    yield from (root + usual for usual in _USUAL)


def _join(base: str, href: str) -> str:
    """Resolve an address; `''` where there is none. Browsers drop spaces and line breaks in it."""
    href = re.sub(r"[\t\r\n]", "", href).strip()
    try:
        return clean_feed_url(urljoin(base, re.sub(r"(?i)^feed:(?://)?(?=https?:)", "", href)))
    except ValueError:
        return ""


def _distinct(found: list[Candidate], url: str) -> list[Candidate]:
    """Leave out what is no address, the page itself, and what was there before."""
    by_key: dict[str, Candidate] = {}
    for each in found:
        if each.url and same_feed_key(each.url) != same_feed_key(url):
            by_key.setdefault(same_feed_key(each.url), each)
    return list(by_key.values())[:MOST]
