"""Merging: one article of what a feed says of an entry and what its page says, by written rules.

Title and lead of the feed are never lost. The text is that of the page where it is fuller than the
feed's and holds it or goes on from it; else the feed's. What the page says of itself fills what the
feed leaves open. A saved feed is merged like a polled one, so both give the same article.

Every comparison is linear in the texts: they come from strangers, and may be made to be slow.
"""

import re
from collections.abc import Iterable, Set
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from schemas import Article, Entry, Feed, Flag, Via
from schemas.ids import collapse, digest
from tocsin import articles
from tocsin.markup import text_of
from tocsin.urls import canonicalise, publisher_of

if TYPE_CHECKING:
    from tocsin.extract import Extracted

LEAD = 1000
"""Characters. A feed's text up to this length is a lead, of which no line may be lost."""

LEAD_LINES = 50
"""Lines of a lead that are looked for one by one; a lead in more of them is looked for as a whole."""

RELATED = 0.3
"""Share of the words of title and lead that a page must have to be about the same thing."""

HELD = 0.7
"""Share of the word pairs of a full text that a page must have to be the same text, perhaps edited."""

FEWEST_WORDS = 4
"""Different words of title and lead, below which they cannot tell whether a page is another one."""

SIGNATURE = 60
"""Letters beside title and site in a line that signs an entry (`The post ... appeared first on ...`)."""

WHOLE = 2000
"""Characters of a line that are looked at."""

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_CUT = re.compile(r"\s*(?:\.\.\.|…|\[(?:\.\.\.|…)\])\s*$")
_NO_PERSON = re.compile(
    r"(?i)@|^(?:admin\w*|administrator|editor|webmaster|root|user\d*|unknown|none)$"
)


def merge(
    feed: Feed,
    entry: Entry,
    text: str,
    page: "Extracted | None" = None,
    *,
    feed_url: str = "",
    first_seen: datetime | None = None,
    flags: Iterable[str] = (),
) -> Article:
    """Make the article of an entry; `text` is `entry_text` of it, `page` what its page holds.

    `feed_url` is where the feed was fetched from; a saved feed only knows what it says itself.
    Raises `Rejected` with code `empty` where feed and page say nothing at all.
    """
    link = entry.link if canonicalise(entry.link) else ""
    if page is not None and _is_front_page(page, link):
        page = None  # the article is gone, and the site shows what it has instead
    text = without_signature(text, entry.title, feed.title)
    told, from_page = _merged_text(entry.title, text, page)
    odd = [*flags, *(page.flags if page and from_page else (Flag.FEED_TEXT_ONLY,))]
    return articles.complete(
        url=link,
        canonical_url=page.canonical_url if page else "",
        title=_title(entry, page),
        text=told,
        language=_language(feed, entry, page),
        authors=_authors(feed, entry, page),
        published=entry.published or (page.published if page else None) or entry.updated,
        first_seen=first_seen,
        publisher="" if link else _publisher(feed, feed_url),
        feed=feed_url or feed.url,
        via=Via.SITEMAP if feed.kind == "sitemap" else Via.RSS,
        guid=entry.guid,
        extractor=page.extractor if page and from_page else "feed",
        flags=odd,
    )


def entry_key(feed_url: str, entry: Entry) -> str:
    """Name an entry within its feed: by guid and link together, else by what it says.

    Neither is enough alone: some feeds give one guid, others one link, to all of their entries. The
    address of the feed only completes a link, so that a feed that moves keeps its keys.
    """
    try:
        link = urljoin(feed_url, entry.link)
    except ValueError:
        link = entry.link
    if entry.guid or entry.link:
        return digest("entry.1", entry.guid, canonicalise(link) or entry.link)
    return digest("entry.text.1", collapse(entry.title), collapse(_words(entry)))


def entry_fingerprint(entry: Entry) -> str:
    """Say what an entry says now: another fingerprint under the same key is an edit.

    White space and markup (pictures, counting pixels) are no part of it, nor is the date of
    publication, which some feeds set to the time of the request; that of an update is, and stands
    behind a full stop.
    """
    updated = entry.updated if entry.updated != entry.published else None
    said = (collapse(entry.title), collapse(_words(entry)), "\n".join(entry.authors))
    return f"{digest('entry.says.1', *said)}.{updated.isoformat() if updated else ''}"


def is_touched(before: str, after: str) -> bool:
    """Tell whether two fingerprints differ in the date of an update alone."""
    return before != after and before.partition(".")[0] == after.partition(".")[0]


def with_lead(lead: str, text: str) -> str:
    """Put those lines of a lead that a text does not hold in front of it."""
    if not text or not lead:
        return text or lead
    held = _squeezed(text)
    lines = lead.splitlines() if lead.count("\n") < LEAD_LINES else [lead]
    return "\n".join([*(line for line in lines if _squeezed(line) not in held), text])


def without_signature(text: str, title: str, site: str) -> str:
    """Take off a last line that only repeats the title and names the site."""
    first, _, last = text.rpartition("\n")
    said, named, line = _squeezed(title), _squeezed(site), _squeezed(last[:WHOLE])
    if not (first and said and named and said in line and named in line):
        return text
    return first.rstrip() if len(line) <= len(said) + len(named) + SIGNATURE else text


def _merged_text(title: str, text: str, page: "Extracted | None") -> tuple[str, bool]:
    """Choose between the text of the feed and that of the page; tell whether it is the page's."""
    if page is None or not page.text.strip():
        return text, False
    fed, shown = _squeezed(text), _squeezed(page.text)
    if fed in shown:
        return page.text, bool(fed) or _is_related(title, "", page)
    if len(shown) <= len(fed):
        return text, False
    if len(text) > LEAD:
        is_held = _share(_pairs(text), _pairs(page.text)) >= HELD
        return (page.text, True) if is_held else (text, False)
    if not _is_related(title, text, page):
        return text, False
    return with_lead(text, page.text), True


def _is_related(title: str, text: str, page: "Extracted") -> bool:
    """Tell whether a page is about what title and lead are about, as far as words tell."""
    wanted = set(_tokens(f"{title}\n{text[:LEAD]}"))
    if len(wanted) < FEWEST_WORDS:
        return True
    return _share(wanted, set(_tokens(f"{page.title}\n{page.text}"))) >= RELATED


def _title(entry: Entry, page: "Extracted | None") -> str:
    """Take the title of the feed; that of the page where the feed has none or cuts it off."""
    if page is None or not page.title:
        return entry.title
    cut = _CUT.search(entry.title)
    begun = entry.title[: cut.start()] if cut else entry.title
    if not begun or (cut and page.title.casefold().startswith(begun.casefold())):
        return page.title
    return entry.title


def _authors(feed: Feed, entry: Entry, page: "Extracted | None") -> tuple[str, ...]:
    """Take the persons that the feed names, else those of the page, else what the feed has."""
    no_persons = {feed.title.casefold(), page.site.casefold() if page else ""}
    persons = tuple(
        author
        for author in entry.authors
        if author.casefold() not in no_persons and not _NO_PERSON.search(author)
    )
    return persons or (page.authors if page else ()) or entry.authors


def _language(feed: Feed, entry: Entry, page: "Extracted | None") -> str:
    """Take what the entry says of itself, else the page, else the feed as a whole."""
    own = entry.language if entry.language != feed.language else ""
    return own or (page.language if page else "") or entry.language or feed.language


def _publisher(feed: Feed, feed_url: str) -> str:
    """Name the publisher of an entry without a link, by what a saved feed knows, too, if it can."""
    said = (feed.link, feed.self_url, feed.url, feed_url)
    return next(filter(None, map(publisher_of, said)), "") or feed.title


def _is_front_page(page: "Extracted", link: str) -> bool:
    """Tell whether a page says that it is the front page of its site, though another was asked for."""
    own, asked = canonicalise(page.canonical_url), canonicalise(link)
    return bool(own and asked) and urlsplit(own)[2:4] == ("/", "") != urlsplit(asked)[2:4]


def _words(entry: Entry) -> str:
    return f"{text_of(entry.summary)}\n{text_of(entry.content)}"


def _squeezed(text: str) -> str:
    """Leave only letters and digits: how two extractors break and space lines is no difference."""
    return "".join(_WORD.findall(text.casefold()))


def _tokens(text: str) -> list[str]:
    """Split into words, and scripts that set no spaces into letters."""
    found = _WORD.findall(text.casefold())
    return [
        token for word in found for token in (_split(word) if _UNSPACED.search(word) else (word,))
    ]


def _split(word: str) -> Iterable[str]:
    return (word[at : at + 2] for at in range(max(len(word) - 1, 1)))


def _pairs(text: str) -> set[tuple[str, str]]:
    tokens = _tokens(text)
    return set(pairwise(tokens))


def _share(wanted: Set[object], given: Set[object]) -> float:
    return len(wanted & given) / len(wanted) if wanted else 1.0
