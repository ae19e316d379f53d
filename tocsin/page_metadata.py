"""What a page says of itself: title, authors, dates, language, canonical URL, site.

Sources, by how often they are right: JSON-LD (schema.org), Open Graph and its kin in `meta`, then
elements of the page. Nothing is guessed from the text; instants are read without a clock.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import msgspec

from tocsin.dates import parse_instant
from tocsin.markup import text_of

ARTICLE_TYPES = ("Article", "NewsArticle", "BlogPosting", "Posting", "Report")
"""Ends of the names of schema.org types that are articles (`ReportageNewsArticle`, ...)."""

MOST_NODES = 2000
"""Nodes of JSON-LD that are looked at."""

_PUBLISHED = (
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished",
    "date.published", "parsely-pub-date", "sailthru.date", "publishdate", "pubdate", "publish-date",
    "publication_date", "article.published", "dc.date.issued", "dcterms.issued", "dc.date",
    "dcterms.date", "dcterms.created", "dc.date.created", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime", "article_date_original", "originalpublicationdate", "iso-8601-publish-date",
    "date",
)  # fmt: skip
_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "headline", "sailthru.title")
_AUTHORS = (
    "author", "article:author", "article:author_name", "parsely-author", "sailthru.author",
    "dc.creator", "dcterms.creator", "byl", "byline", "twitter:data1",
)  # fmt: skip
_LANGUAGES = ("og:locale", "content-language", "dc.language", "language")
_BY = re.compile(r"(?i)^(?:written\s+)?(?:by|par|von|por|di|door|автор:?)\s+")
_SPLIT = re.compile(r"\s*(?:;|\||\s(?:and|et|und|y)\s)\s*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_DASHES = re.compile(r"\s+(?:--|[|–—·•»-])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMetadata:
    """What a page says of itself; `body` is the text of the article where JSON-LD holds it."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    language: str = ""
    canonical_url: str = ""
    site: str = ""
    body: str = ""


def read_metadata(tree: Any, *, url: str = "") -> PageMetadata:
    """Read the metadata of a parsed page (an lxml tree). Raises nothing for odd pages."""
    metas = _metas(tree)
    article = _article(tree)
    site = metas.get("og:site_name", [""])[0]
    return PageMetadata(
        title=_title(tree, metas, article, site),
        authors=_authors(tree, metas, article),
        published=_published(tree, metas, article),
        language=_language(tree, metas, article),
        canonical_url=_canonical(tree, metas, url),
        site=site or _name_of(article.get("publisher")),
        body=text_of(_string(article.get("articleBody"))),
    )


def _metas(tree: Any) -> dict[str, list[str]]:
    """Gather `meta` by lower-case name, property or itemprop, in the order of the page."""
    metas: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = _line(meta.get("content") or "")
        for key in ("property", "name", "itemprop", "http-equiv"):
            name = (meta.get(key) or "").strip().lower()
            if name and content:
                metas.setdefault(name, []).append(content)
    return metas


def _article(tree: Any) -> dict[str, Any]:
    """Return the first article among the JSON-LD of the page, or nothing."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            found = msgspec.json.decode((script.text or "").encode("utf-8", "replace"))
        except (msgspec.MsgspecError, RecursionError):
            continue
        for node in _nodes(found):
            if any(kind.endswith(ARTICLE_TYPES) for kind in _strings(node.get("@type"))):
                return node
    return {}


def _nodes(found: Any) -> Iterator[dict[str, Any]]:
    """Walk lists, graphs and main entities of JSON-LD, breadth first."""
    waiting = deque([found])
    for _ in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.extend(
                node[key] for key in ("@graph", "mainEntity", "itemListElement") if key in node
            )


def _title(tree: Any, metas: dict[str, list[str]], article: dict[str, Any], site: str) -> str:
    headline = _line(text_of(_string(article.get("headline"))))
    if headline:
        return headline
    for name in _TITLES:
        if name in metas:
            return _without_site(metas[name][0], site)
    whole = _line(next((each.text_content() for each in tree.iter("title")), ""))
    heads = [_line(each.text_content()) for each in tree.iter("h1")]
    said = next((head for head in heads if head and head.casefold() in whole.casefold()), "")
    return said or _without_site(whole, site) or next(filter(None, heads), "")


def _without_site(title: str, site: str) -> str:
    """Take the name of the site off the end of a title."""
    parts = _DASHES.split(title)
    if len(parts) > 1 and site and parts[-1].casefold() == site.casefold():
        return title[: title.rfind(parts[-1])].rstrip(" |–—·•»-")
    return title


def _authors(tree: Any, metas: dict[str, list[str]], article: dict[str, Any]) -> tuple[str, ...]:
    given = article.get("author") or article.get("creator")
    names = [_name_of(each) for each in (given if isinstance(given, list) else [given])]
    if not any(names):
        names = next((metas[name] for name in _AUTHORS if name in metas), [])
    if not any(map(_is_name, names)):
        marked = tree.xpath("//*[@rel='author' or @itemprop='author']")
        names = [name for each in marked[:5] if len(name := _line(each.text_content())) <= 80]
    split = (part for name in names for part in _SPLIT.split(_BY.sub("", _line(name))))
    return tuple(dict.fromkeys(name for part in split for name in _people(part) if _is_name(name)))


def _people(names: str) -> list[str]:
    """Split `Ann Lee, Bo Sand, CNN` at commas, without the agency; `Lee, Ann` is one person."""
    parts = [part.strip() for part in names.strip(" ,").split(",")]
    if " " not in parts[0]:
        return [names.strip(" ,")]
    return [part for part in parts if " " in part]


def _is_name(name: str) -> bool:
    return 1 < len(name) <= 80 and "://" not in name and not name.startswith(("@", "www."))


def _published(tree: Any, metas: dict[str, list[str]], article: dict[str, Any]) -> datetime | None:
    said = [*_strings(article.get("datePublished")), *_strings(article.get("dateCreated"))]
    said += [value for name in _PUBLISHED for value in metas.get(name, ())]
    found = _first_instant(said)
    if found is not None:
        return found
    times = list(tree.iter("time"))
    marked = [each for each in times if "pubdate" in each.attrib or "publish" in _marks(each)]
    inside = [each for each in times if _lies_in_article(each)]
    # Elsewhere on the page stand the dates of other articles.
    return _first_instant(each.get("datetime") or "" for each in (*marked, *inside[:1]))


def _lies_in_article(element: Any) -> bool:
    return next(element.iterancestors("article", "main"), None) is not None


def _marks(element: Any) -> str:
    return f"{element.get('itemprop') or ''} {element.get('class') or ''}".lower()


def _first_instant(values: Iterable[str]) -> datetime | None:
    return next((found for value in values if (found := parse_instant(value)) is not None), None)


def _language(tree: Any, metas: dict[str, list[str]], article: dict[str, Any]) -> str:
    root = tree.getroottree().getroot()
    said = [
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
        root.get("xml:lang") or "",
        *(metas[name][0] for name in _LANGUAGES if name in metas),
        *_strings(article.get("inLanguage")),
    ]
    found = (_LANGUAGE.fullmatch(each.strip()) for each in said)
    return next((each.group().replace("_", "-") for each in found if each), "")


def _canonical(tree: Any, metas: dict[str, list[str]], url: str) -> str:
    links = (
        each.get("href") or ""
        for each in tree.iter("link")
        if "canonical" in (each.get("rel") or "").lower().split()
    )
    for said in (*links, *metas.get("og:url", ())):
        try:
            absolute = urljoin(url, said.strip())
        except ValueError:
            continue
        if absolute.lower().startswith(("http://", "https://")):
            return str(absolute)
    return ""


def _name_of(value: Any) -> str:
    """Return the name of a person or organisation in JSON-LD."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name")
    return _line(text_of(_string(value)))


def _strings(value: Any) -> list[str]:
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)]
    return [value] if isinstance(value, str) else []


def _string(value: Any) -> str:
    return next(iter(_strings(value)), "")


def _line(text: str) -> str:
    return " ".join(text.split())
