"""Articles: records of any producer made complete. The one place where an article is put together.

`read` takes a line of JSON, `complete` takes parts that have types already (readers of feeds, pages
and plain text). Both compute what is a function of the content: ids, canonical URL, publisher and
flags. Ids that a record brings are not trusted. Reading our own output gives the same bytes again.

Text is stored as given, in the producer's normal form, with its white space: offsets refer to it, so
it must be what the producer has. Taken out are only characters that no text has: control characters
(those that count as white space become a space) and lone halves of surrogate pairs.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from schemas import EPOCH, Article, Flag, Rejected, Via
from schemas.ids import article_id, version_id
from tocsin.dates import parse_instant
from tocsin.loose_json import load_object, whole_characters
from tocsin.markup import text_of
from tocsin.urls import canonicalise, publisher_of, same_site

if TYPE_CHECKING:
    from tocsin.extract import Extracted

SCHEMA = 1
"""Major version of the article record that this code reads; newer ones are refused."""

LONGEST_LINE = 4 << 20
"""Bytes of one record. The longest text known to us has 2 MB; this much is matched in four seconds."""

OLD_AFTER = timedelta(days=7)
"""An item published longer than this before it was first seen is flagged `old`."""

FUTURE_AFTER = timedelta(hours=1)
"""An item published later than this after it was first seen is flagged `future-date`; clocks differ."""

_SPACE = re.compile("[\x0b\x0c\x1c-\x1f]")
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{1,8})*)")
_TYPE = re.compile(r"tocsin\.article\.v(\d{1,9})")

Instant = str | int | float | None


class Given(msgspec.Struct, kw_only=True):
    """A record as its producer wrote it: our fields, and what feeds call the same things."""

    title: str | None = None
    text: str | None = None
    description: str | None = None
    summary: str | None = None
    html: str | None = None
    url: str | None = None
    link: str | None = None
    canonical_url: str | None = None
    language: str | None = None
    authors: list[str] | str | None = None
    published: Instant = None
    date_published: Instant = None
    first_seen: Instant = None
    publisher: str | None = None
    feed: str | None = None
    via: str | None = None
    guid: str | int | None = None
    extractor: str | None = None
    flags: list[str] | None = None
    schema: Any = None
    type: Any = None


_decoder = msgspec.json.Decoder(Given)


def read(
    line: bytes,
    *,
    default_via: Via = Via.SEED,
    extract_html: "Callable[[str, str], Extracted] | None" = None,
) -> Article:
    """Make an article of one line of JSON.

    Only `title` or `text` is required. Where `text` is missing it is taken from `html` (by
    `extract_html`, called with the page and its URL), else from `description` or `summary`; `link`
    and `date_published` stand in for `url` and `published`. Unknown keys are ignored. Optional
    fields of a wrong type are dropped and the article is flagged `repaired`.
    Raises `Rejected`: `invalid-json`, `invalid-record`, `empty`, `schema-ahead`, `too-long`.
    """
    if len(line) > LONGEST_LINE:
        raise Rejected("too-long", f"{len(line)} bytes, at most {LONGEST_LINE} are read")
    try:
        given, repaired = _decoder.decode(line), False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        given, repaired = _read_loosely(line)
    _check_schema(given)
    page = None
    if given.html and not given.text and extract_html is not None:
        page = extract_html(given.html, given.url or given.link or "")
    return _finish(given, page, default_via, repaired)


def _teaser(given: Given) -> str:
    """Take the text of a feed's description, which is HTML by custom."""
    return text_of(given.description or given.summary or "")


def _finish(given: Given, page: "Extracted | None", default_via: Via, repaired: bool) -> Article:
    """Complete what was given, with what its page says where the record says nothing."""
    authors = (given.authors,) if isinstance(given.authors, str) else tuple(given.authors or ())
    via, via_known = _via(given.via, default_via)
    wanted = [parse_instant(given.published or given.date_published)]
    wanted.append(parse_instant(given.first_seen))
    flags = list(given.flags or ())
    if repaired or not via_known:
        flags.append(Flag.REPAIRED)
    if page is not None:
        flags.extend(page.flags)
    return complete(
        url=given.url or given.link or "",
        canonical_url=given.canonical_url or (page.canonical_url if page else ""),
        title=given.title or (page.title if page else ""),
        text=given.text or (page.text if page else "") or _teaser(given),
        language=given.language or (page.language if page else ""),
        authors=authors or (page.authors if page else ()),
        published=wanted[0] or (page.published if page else None),
        first_seen=wanted[1],
        publisher=given.publisher or "",
        feed=given.feed or "",
        via=via,
        guid=str(given.guid if given.guid is not None else ""),
        extractor=given.extractor or (page.extractor if page else ""),
        flags=flags,
    )


def complete(
    *,
    url: str = "",
    canonical_url: str = "",
    title: str = "",
    text: str = "",
    language: str = "",
    authors: Iterable[str] = (),
    published: datetime | None = None,
    first_seen: datetime | None = None,
    publisher: str = "",
    feed: str = "",
    via: Via = Via.SEED,
    guid: str = "",
    extractor: str = "",
    flags: Iterable[str] = (),
) -> Article:
    """Make an article of its parts: clean them, date it, name it, flag what is odd.

    The id comes from the entry's own link. `canonical_url` (what the page says of itself) only links
    articles: it is kept where it lies within the site of the link, else the canonical form of the
    link takes its place; a record that has no link is named by it.
    Without `first_seen` the article was first seen when it was published, else at the epoch with flag
    `no-date`. Raises `Rejected` with code `empty` where there is neither title nor text.
    """
    odd: list[str] = []
    title, text = _clean(title, odd), _clean(text, odd)
    if not (title.strip().strip(_INVISIBLE) or text.strip().strip(_INVISIBLE)):
        raise Rejected("empty", "neither title nor text")
    url, guid, feed = (_clean(part, odd).strip() for part in (url, guid, feed))
    publisher = _clean(publisher, odd).strip()
    link = canonicalise(url)
    page = canonicalise(canonical_url)
    publisher = publisher or publisher_of(link or page or feed)
    named = link or ("" if url else page)
    names = article_id(canonical_url=named, publisher=publisher, guid=guid, title=title, text=text)
    published = _utc(published)
    seen = _utc(first_seen) or published or EPOCH
    return Article(
        id=names,
        version=version_id(names, title, text),
        url=url,
        canonical_url=page if page and (not url or same_site(link, page)) else link,
        title=title,
        text=text,
        language=_language(language),
        authors=_authors(authors, odd),
        published=published,
        first_seen=seen,
        publisher=publisher,
        feed=feed,
        via=via,
        guid=guid,
        extractor=_clean(extractor, odd).strip(),
        flags=_flags(flags, odd, published, first_seen),
    )


def stamped(article: Article, first_seen: datetime, *, flags: Iterable[str] = ()) -> Article:
    """Set when an article was first seen, and flag anew what its dates say; `flags` are added."""
    seen = _utc(first_seen) or EPOCH
    kept = {*article.flags, *flags} - {Flag.NO_DATE, Flag.FUTURE_DATE, Flag.OLD}
    return replace(
        article, first_seen=seen, flags=_flags(kept, [], article.published, first_seen=seen)
    )


def _read_loosely(line: bytes) -> tuple[Given, bool]:
    """Read a record that is not quite ours; tell whether anything was lost.

    Raises `Rejected`, also where title or text is no text: what an article says is never guessed.
    """
    found, repaired = load_object(line)
    kept: dict[str, Any] = {}
    for field, kind in _kinds().items():
        value = found.get(field)
        try:
            kept[field] = msgspec.convert(value, kind, strict=True)
        except (msgspec.ValidationError, UnicodeEncodeError) as error:  # half of a character
            if field in ("title", "text"):
                raise Rejected("invalid-record", f"{field}: {error}") from error
            repaired = True
    return Given(**kept), repaired


def _kinds() -> Mapping[str, Any]:
    """Name each field of a record with the types that it may have."""
    return {field.name: field.type for field in msgspec.structs.fields(Given)}


def _check_schema(given: Given) -> None:
    """Refuse records of a newer major version than ours: what they mean is not known yet."""
    major = given.schema
    if isinstance(major, str):
        digits = major.removeprefix("v").partition(".")[0]
        major = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
    if major is None and isinstance(given.type, str):
        match = _TYPE.fullmatch(given.type)
        major = int(match[1]) if match else None
    if isinstance(major, int | float) and major >= SCHEMA + 1:
        raise Rejected("schema-ahead", f"schema {major}, this version reads up to {SCHEMA}")


def _via(given: str | None, default: Via) -> tuple[Via, bool]:
    """Read how an article came in; tell whether it was understood."""
    if not given:
        return default, True
    try:
        return Via(given), True
    except ValueError:
        return default, False


def _clean(text: str, odd: list[str]) -> str:
    """Take out what no text has; note in `odd` that something was taken out."""
    if _ODD.search(text) is None:
        return text
    odd.append(Flag.REPAIRED)
    return _ODD.sub("", whole_characters(_SPACE.sub(" ", text)))


def _authors(given: Iterable[str], odd: list[str]) -> tuple[str, ...]:
    """Clean the names of authors, each once, in their order."""
    cleaned = (" ".join(_clean(author, odd).split()) for author in given)
    return tuple(dict.fromkeys(author for author in cleaned if author))


def _language(declared: str) -> str:
    """Write a declared language as BCP 47 with a lower-case primary tag; `''` where it is none."""
    match = _LANGUAGE.fullmatch(declared.strip().replace("_", "-"))
    return match[1].lower() + match[2] if match else ""


def _flags(
    given: Iterable[str], odd: list[str], published: datetime | None, first_seen: datetime | None
) -> tuple[str, ...]:
    """Add to the given flags what the dates and the characters say; sorted, each once."""
    found = {flag.strip() for flag in (_clean(each, odd) for each in given)} | set(odd)
    seen = _utc(first_seen)
    if seen is None and published is None:
        found.add(Flag.NO_DATE)
    if seen is not None and published is not None:
        if published - seen > FUTURE_AFTER:
            found.add(Flag.FUTURE_DATE)
        if seen - published > OLD_AFTER:
            found.add(Flag.OLD)
    return tuple(sorted(str(flag) for flag in found if flag))


def _utc(instant: datetime | None) -> datetime | None:
    """Bring an instant to UTC; without a zone it is UTC already."""
    if instant is None:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
