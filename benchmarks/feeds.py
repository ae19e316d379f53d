"""Feeds against the results that two other readers expect of them, value by value.

    python -m benchmarks.feeds GOFEED RSS_PARSER

Of every feed and entry: title, link, id, dates, authors, content, wherever the expected result has
one. A value that differs is judged by the rules below, which look at the kind of the difference and
at the document, never at a name. Exits 1 below 98 % of the values that a reader can be held to.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas import Entry, Feed, Rejected
from tocsin import encodings
from tocsin.dates import parse_instant
from tocsin.feeds import parse
from tocsin.markup import text_of

WANTED_SHARE = 0.98

NOT_HELD = {
    "lost": "the expected text has lost characters (U+FFFD) that the document has",
    "proxy": "the expected link is FeedBurner's counter; ours is the article's, which the feed names",
    "order": "the same words, but the expected result has inline markup in another order",
    "unsaid": "the expected value stands nowhere in the document (an option of the other reader)",
    "more": "the other reader keeps only one of the authors that the document names",
}


@dataclass(frozen=True)
class Value:
    """One value that is expected, and what was read."""

    source: str
    file: str
    field: str
    wanted: Any
    given: Any
    document: str


def line(text: object) -> str:
    """What a reader of the text sees."""
    return " ".join(text_of(str(text or "")).split())


def judge(value: Value) -> str:
    """Say `equal`, `different`, or a reason of NOT_HELD."""
    wanted, given = value.wanted, value.given
    if wanted == given:
        return "equal"
    if isinstance(wanted, tuple) and set(wanted) < set(given):
        return "more" if all(name in value.document for name in given) else "different"
    if not isinstance(wanted, str) or not isinstance(given, str):
        return "different"
    if value.field in ("link", "id") and "://" not in wanted and given.endswith(wanted):
        return "equal"  # a relative address, made absolute
    if "\ufffd" in wanted and re.fullmatch(re.escape(wanted).replace("\ufffd", ".{1,3}"), given):
        return "lost"
    if value.field == "link" and re.search(rf"origLink>\s*{re.escape(given)}\s*<", value.document):
        return "proxy" if wanted in value.document else "different"
    if sorted(wanted.replace(" ", "")) == sorted(given.replace(" ", "")):
        return "order"
    return "unsaid" if not given and wanted not in value.document else "different"


def expected_of(item: dict[str, Any]) -> dict[str, Any]:
    """Bring an expected feed or entry, of any of the shapes, to our fields; without what it lacks."""
    content = item.get("content:encoded") or item.get("content") or item.get("content_html")
    content = content or item.get("content_text")
    identifier = item.get("guid") or item.get("id")
    authors = item.get("authors") or [item.get("author") or item.get("creator")]
    found = {
        "title": line(_value(item.get("title"))),
        "link": (item.get("link") or item.get("url") or _alternate(item.get("links"))).strip(),
        "id": str(_value(identifier) or "").strip(),
        "published": _first(item, "publishedParsed", "pubDateParsed", "date_published", "isoDate"),
        "updated": _first(item, "updatedParsed", "date_modified"),
        "authors": tuple(filter(None, map(_person, authors))),
        "content": line(_value(content)),
        "summary": line(_value(item.get("description") or item.get("summary"))),
    }
    return {field: value for field, value in found.items() if value}


def given_of(entry: Entry, wanted: dict[str, Any]) -> dict[str, Any]:
    """What we read of an entry. Its date is when it was published, else updated, as in an article."""
    return {
        "title": line(entry.title),
        "link": entry.link,
        "id": entry.guid,
        "published": entry.published or entry.updated,
        "updated": entry.updated,
        "authors": tuple(map(line, entry.authors)),
        "content": line(entry.content or ("" if "summary" in wanted else entry.summary)),
        "summary": line(entry.summary),
    }


def given_of_feed(feed: Feed) -> dict[str, Any]:
    return {"title": line(feed.title), "link": feed.link, "updated": feed.updated}


def compare(source: str, file: Path, expected: dict[str, Any]) -> Iterator[Value]:
    """Yield every value that is expected of a document."""
    content = file.read_bytes()
    document = encodings.decode(content)
    items = expected.get("items") or expected.get("entries") or []
    try:
        parsed = parse(content)
    except Rejected as error:
        yield Value(source, file.name, "document", "a feed", str(error), "")
        return
    yield Value(source, file.name, "entries", len(items), len(parsed.entries), "")
    about = expected_of({**expected, "link": expected.get("link") or expected.get("home_page_url")})
    for field, given in given_of_feed(parsed.feed).items():
        if field in about:
            yield Value(source, file.name, field, about[field], given, document)
    for item, entry in zip(items, parsed.entries, strict=False):
        wanted = expected_of(item)
        said = given_of(entry, wanted)
        for field, value in wanted.items():
            yield Value(source, file.name, field, value, said[field], document)


def gofeed(path: Path) -> Iterator[Value]:
    for result in sorted(path.rglob("*.json")):
        name = result.name.replace("_expected.json", ".json")
        for file in (result.with_suffix(".xml"), result.with_name(name)):
            if file != result and file.exists():
                yield from compare("gofeed", file, json.loads(result.read_text(encoding="utf-8")))


def rss_parser(path: Path) -> Iterator[Value]:
    for result in sorted(path.glob("output/*.json")):
        (file,) = path.glob(f"input/{result.stem}.*")
        expected = json.loads(encodings.decode(result.read_bytes()))["feed"]
        yield from compare("rss-parser", file, expected)


def _value(given: Any) -> Any:
    """Values with attributes are objects, with the text under one of these names."""
    return given.get("value", given.get("_", "")) if isinstance(given, dict) else given


def _person(given: Any) -> str:
    if isinstance(given, dict):
        given = given.get("name") or given.get("email")
        given = given[0] if isinstance(given, list) and given else given
    return line(given)


def _alternate(links: Any) -> str:
    for link in links or ():
        if isinstance(link, dict) and link.get("rel") in (None, "", "alternate"):
            return str(link.get("href") or "")
    return ""


def _first(item: dict[str, Any], *names: str) -> Any:
    return next((parse_instant(item[name]) for name in names if item.get(name)), None)


def report(values: list[Value]) -> bool:
    """Print figures, reasons and every difference; tell whether enough is equal."""
    judged = [(judge(value), value) for value in values]
    shares = [share_of(source, judged) for source in ("gofeed", "rss-parser")]
    for field in sorted({value.field for value in values}):
        found = Counter(verdict for verdict, value in judged if value.field == field)
        rest = found.total() - found["equal"] - found["different"]
        print(
            f"  {field:10} {found['equal']:6} equal {found['different']:4} different {rest:4} not held to"
        )
    for reason, words in NOT_HELD.items():
        of = Counter(value.source for verdict, value in judged if verdict == reason)
        example = next((value for verdict, value in judged if verdict == reason), None)
        if example is not None:
            print(f"not held to, {dict(of)}: {words}; such as {example.file}, {example.field}")
    for verdict, value in judged:
        if verdict == "different":
            print(f"  {value.file} {value.field}: {value.wanted!r:.90} is {value.given!r:.90}")
    return min(shares) >= WANTED_SHARE


def share_of(source: str, judged: list[tuple[str, Value]]) -> float:
    """Print the figures of one reader; the number of entries counts for documents, not for values."""
    own = [(verdict, value) for verdict, value in judged if value.source == source]
    values = Counter(verdict for verdict, value in own if value.field != "entries")
    held = values["equal"] + values["different"]
    files = {value.file for _, value in own}
    differing = {value.file for verdict, value in own if verdict == "different"}
    print(
        f"{source}: {values['equal']} of {held} values equal that a reader can be held to"
        f" ({values['equal'] / held:.2%}), {values['equal'] / values.total():.2%} of all;"
        f" {len(files - differing)} of {len(files)} documents without a difference"
    )
    return values["equal"] / held


def main(gofeed_path: Path, rss_parser_path: Path) -> int:
    return 0 if report([*gofeed(gofeed_path), *rss_parser(rss_parser_path)]) else 1


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:3])))
