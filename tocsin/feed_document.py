"""Feed documents as bytes: what feedparser makes of them, and of what is mended in them.

The only place that knows feedparser, which in production runs in `connectors.sandbox` alone: some
feeds make it spin.
"""

import io
import re
from collections.abc import Mapping, Set
from typing import Any

from lxml import etree

from schemas import Rejected

LONGEST_AUTHOR = 1000
"""Bytes of an author; feedparser looks for an address in it in time quadratic in its length."""

LONGEST_TAG = 64 << 10
"""Bytes of the attributes of one tag; time is quadratic in their number. Longer ones are left out."""

MOST_COMMENTS = 1000
"""Comments, above which markup stays as it is: taking it apart takes time quadratic in them."""

MOST_OPEN = 50_000
"""Tags that nothing closes, from which on a document is cut where libxml2 finds it too deep."""

LONGEST_MENDED = 512 << 10
"""Bytes of a broken document that is read a second time, mended."""

_NAMESPACES: Mapping[bytes, bytes] = {
    b"atom": b"http://www.w3.org/2005/Atom",
    b"content": b"http://purl.org/rss/1.0/modules/content/",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"dcterms": b"http://purl.org/dc/terms/",
    b"feedburner": b"http://rssnamespace.org/feedburner/ext/1.0",
    b"georss": b"http://www.georss.org/georss",
    b"itunes": b"http://www.itunes.com/dtds/podcast-1.0.dtd",
    b"media": b"http://search.yahoo.com/mrss/",
    b"slash": b"http://purl.org/rss/1.0/modules/slash/",
    b"sy": b"http://purl.org/rss/1.0/modules/syndication/",
    b"thr": b"http://purl.org/syndication/thread/1.0",
    b"wfw": b"http://wellformedweb.org/CommentAPI/",
}
"""What feeds mean by the prefixes that they forget to declare."""

_READ = frozenset(
    (
        "",
        "http://www.w3.org/2005/Atom",
        "http://purl.org/atom/ns#",
        "http://purl.org/rss/1.0/",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://www.w3.org/1999/xhtml",
        *(
            _NAMESPACES[name].decode()
            for name in (b"content", b"dc", b"dcterms", b"feedburner", b"sy")
        ),
    )
)
"""Namespaces that are kept where feedparser stumbles over one of the others."""

_FAULTS = (ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError)
"""What feedparser raises over odd documents, though it promises not to."""

_XML = {"content-type": "application/xml"}
_HEADERS = ("content-type", "content-language")
_LONG_AUTHOR = re.compile(
    rb"(<(?:[A-Za-z_][\w.-]{0,40}:)?(?:author|creator|name|email|managingEditor|webMaster|publisher|contributor)"
    rb"(?:\s[^<>]{0,200})?>\s{0,50}(?:<!\[CDATA\[)?[^<]{%d})(?:[^<\]]++|\](?!\]>))++"
    % LONGEST_AUTHOR,
    re.IGNORECASE,
)
_LINK_URI = re.compile(rb"(<link\s)(?:uri=(?:\"[^\"<>]{0,2000}\"|'[^'<>]{0,2000}')\s*)(?=>[^<])")
_LONG_TAG = re.compile(rb"(<[A-Za-z_][\w.:-]{0,60})[^<>]{%d,}+" % LONGEST_TAG)
_PREFIX = re.compile(rb"</?([A-Za-z]{2,10}):[A-Za-z]")
_DECLARATION = re.compile(rb"\sxmlns:([A-Za-z]{2,10})\s*=")
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?(?:rss|feed|RDF)\b")
_SAID = ("title", "link", "id", "summary", "content", "author", "published", "updated")


def read_document(
    content: bytes, *, url: str = "", headers: Mapping[str, str] | None = None
) -> tuple[Any, int]:
    """Read RSS, RDF or Atom, mended where that shows more; also return how many authors were cut.

    `headers` are those of the response, if there was one, by lower-case name: type and language
    count. What feedparser answers keeps its complaint about a broken document, whichever reading is
    returned.
    """
    said = {name: value for name, value in (headers or {}).items() if name in _HEADERS}
    said["content-location"] = url
    whole, cut = _bounded(content)
    try:
        found = _parse(whole, {**_XML, **said})
    except _FAULTS as error:
        return _parse_recovered(whole, {**said, **_XML}, error), cut
    if _is_broken(found) and len(whole) <= LONGEST_MENDED:
        found = _mended(whole, {**said, **_XML}, found)
    return found, cut


def _bounded(content: bytes) -> tuple[bytes, int]:
    """Take out what feedparser would be slow or wrong about; return how many authors were cut."""
    content, cut = _LONG_AUTHOR.subn(rb"\1", content)
    content = _LONG_TAG.sub(rb"\1", content)
    content = _LINK_URI.sub(rb"\1", content)  # feedparser takes the attribute for the address
    if content.count(b"<") - 2 * content.count(b"</") > MOST_OPEN:
        content = _recovered(content)
    return content, cut


def _mended(content: bytes, headers: Mapping[str, str], found: Any) -> Any:
    """Read a broken document again, mended in two ways; return the reading that shows most."""
    ways = {_with_namespaces(content), _recovered(content)} - {content, b""}
    for mended in sorted(ways, key=len):
        try:
            again = _parse(mended, headers)
        except _FAULTS:
            continue
        if _count(again) > _count(found):
            again.update(bozo=found.bozo, bozo_exception=found.bozo_exception)
            found = again
    return found


def _parse(content: bytes, headers: Mapping[str, str]) -> Any:
    import feedparser

    return feedparser.parse(
        io.BytesIO(content),
        response_headers=dict(headers),
        sanitize_html=content.count(b"!--") <= MOST_COMMENTS,
    )


def _parse_recovered(content: bytes, headers: Mapping[str, str], error: Exception) -> Any:
    """Read a document over which feedparser stumbled, without what it stumbled over."""
    try:
        found = _parse(_recovered(content, only=_READ), headers)
    except _FAULTS:
        raise Rejected("not-a-feed", f"it cannot be read: {error}") from error
    found.update(bozo=True, bozo_exception=error)
    return found


def _is_broken(found: Any) -> bool:
    """Tell whether feedparser had to leave its XML parser for one that guesses."""
    return bool(found.bozo) and "SAX" in type(found.get("bozo_exception")).__name__


def _count(found: Any) -> int:
    """Count what a reading has found."""
    described = (found.feed, *found.entries)
    links = sum(len(dict.get(each, "links", ())) for each in described)
    return links + sum(bool(dict.get(each, field)) for each in described for field in _SAID)


def _with_namespaces(content: bytes) -> bytes:
    """Declare the prefixes that a document uses and forgot to declare."""
    used = set(_PREFIX.findall(content)) & _NAMESPACES.keys()
    declarations = set(_DECLARATION.findall(content))
    missing = sorted(used - declarations)
    declared = b"".join(b' xmlns:%b="%b"' % (prefix, _NAMESPACES[prefix]) for prefix in missing)
    return _ROOT.sub(lambda found: found.group() + declared, content, count=1)


def _recovered(content: bytes, only: Set[str] = frozenset()) -> bytes:
    """Close what was left open, as libxml2 does; nothing where it can't make a tree either.

    With `only`, elements of other namespaces are left out.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(_with_namespaces(content).strip(), parser)
    except (etree.LxmlError, ValueError):
        return b""
    if root is None:
        return b""
    for element in list(root.iter("{*}*")) if only else ():
        parent = element.getparent()
        if parent is not None and (etree.QName(element).namespace or "") not in only:
            parent.remove(element)
    return bytes(etree.tostring(root))
