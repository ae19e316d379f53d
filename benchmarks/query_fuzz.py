"""Random strings through the query parser: does anything but a QueryError come out, and how soon?

    python -m benchmarks.query_fuzz [--strings 1000000] [--seed 0]

Strings are signs of the language in any order; its words and operators with spaces between; any code
points at all; brackets and NOTs inside each other, to 60 levels; valid queries with slips of the
keyboard; and (one in a thousand) the same things repeated up to the longest query. What parses is
printed and must parse to the same nodes; it is looked through for doubts, and asked of an article in
both ways. What does not must be a QueryError with a column in the string and a hint. Prints a row for
each kind: strings, how many parsed, the slowest in milliseconds of processor time, the whole. Exits 1
at the first fault, with the string.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from schemas import Article, ArticleVersion, QueryError
from tocsin.query.doubts import doubts
from tocsin.query.evaluate import compiled, evidence
from tocsin.query.nodes import Node
from tocsin.query.parse import LONGEST, parse
from tocsin.query.printer import print_query
from tocsin.query.view import View

SLOWEST_SECONDS = {
    "signs": 0.5,
    "terms": 0.5,
    "letters": 0.5,
    "nested": 2.0,
    "slips": 0.5,
    "long": 10.0,
}
"""Processor time that one string may take, printed and parsed again, doubted and asked."""

ONE_IN = 1000
_WIDEST = 600
MOST_SAID = 600
"""Characters of an error and its hint."""

SIGNS = (
    *"\"“”„«»「」‚‹›״″()（）[]{}*＊?!！=＝≥≤<>:：-–—+~^@|&/\\'‘`,;、 \n\t\u3000\u00a0\u0085",
    *"\u00ad\u0301\u200b\u200d\u200e\u200f\u202e\u2066\ufeff\ud800\x00\x1b½ﬁİＡ５٣צقƙ7",
    *["NOT ", " AND ", " OR ", "&&", "", " NEAR/5 ", " ONEAR/0 ", " NEAR/", " near/5 ", "  "],
    *[
        "title:",
        "text:",
        "actor:",
        "place:",
        "country:",
        "language:",
        "via:",
        "flag:",
        "feed:",
        "publisher:",
    ],
    *[
        "=case:",
        "=accents:",
        "copies>",
        "copies<=3",
        "published:",
        "published>=",
        "seen<",
        "..",
        "2026-11-01",
    ],
    *["mali", "niger", "瓦格纳", "Вагнер", "Côte d’Ivoire", "merc*", "fr", "rss", "old", "NE"],
    *["ＡＮＤ", " TO ", "[2026-11-01 TO 2026-11-30]", "2026/1/1", "P1W", "…", "/mal.*/", "~5"],
    *["XOR", "stories>3", "copies≥", "заголовок:", "标题：", 'צה"ל', "مالي", "ƙasar", "🙂"],
)
TERMS = (
    *[
        "mali",
        "the",
        '"burkina faso"',
        "«Côte d’Ivoire»",
        "「瓦格纳 集团」",
        "merc*",
        '"wagner gr"*',
    ],
    *["=Wagner", "=case:US", '=accents:"pâté"', "title:mali", "text:=US", "actor:wagner", "瓦格纳"],
    *["person:bazoum", "place:niger*", "org:ecowas", "country:NE", "language:fr", "via:rss"],
    *["flag:old", "publisher:example.org", "feed:example.org", "copies>3", "copies≤2", "مالي"],
    *["published:2026-11", "seen>=2026-11-01", "published:2026-11-01..2026-11-07", 'צה"ל'],
)
SHAPES = (
    *["({0})", "({0}) AND {1}", "{1} OR ({0})", "NOT {0}", "{1} NOT ({0})", "（{0} {1}）"],
    *["title:({0})", "{1} NEAR/3 ({0})", "!({0}) OR {1}", "{0} ({1} OR {0})"],
)
_PLAIN = 6
"""Shapes, the first ones, that make a query of a query nearly always."""

JOINING = (*["AND"] * 4, *["OR"] * 4, *["NOT"] * 3, "NEAR/5", "ONEAR/0", "&&", "||", "!", "(", ")")
PIECES = (
    "mali ",
    "mali OR ",
    "mali AND niger OR ",
    "mali NOT chad NOT ",
    "(mali OR niger) ",
    "(mali niger) OR ",
    "NOT (",
    "mali AND (niger OR ",
    "gold NEAR/9 mali ",
    "(the OR in) NEAR/99 mali NEAR/99 niger NEAR/99 and ",
    "language:fr copies<2 ",
    "a",
    '"mali niger" ',
    "=Mali ",
    "copies>1 ",
)
QUERIES = (
    'actor:wagner AND (place:Niger OR niamey) NOT "opera house"',
    '(gold OR uranium) NEAR/5 (mali OR "burkina faso") published>=2026-11-01',
    'title:="Wagner Gr"* AND country:NE NOT language:fr',
    "瓦格纳 ONEAR/10 尼日尔 copies>3 seen:2026-11-01..2026-11-07",
    "merc* OR =case:US OR =accents:pâté AND NOT (flag:old via:rss)",
)
ARTICLE = ArticleVersion(
    article=Article(
        id="a",
        version="v",
        title="Gold of Mali: Вагнер, 瓦格纳",
        text="Mercenaries in Mali and Niger, and in Côte d’Ivoire. 瓦格纳集团在尼日尔. " * 20,
        language="fr",
    )
)


@dataclass(slots=True)
class Row:
    """What became of the strings of one kind; times are seconds of processor time."""

    strings: int = 0
    parsed: int = 0
    slowest: float = 0.0
    whole: float = 0.0


class FaultError(Exception):
    """A string that did something it must not do."""


def signs(draw: random.Random) -> str:
    """Put signs of the language in any order."""
    return "".join(draw.choices(SIGNS, k=draw.randint(1, 16)))


def terms(draw: random.Random) -> str:
    """Put words, phrases, fields and operators in any order, with spaces between."""
    return " ".join(draw.choice(draw.choice((TERMS, JOINING))) for _ in range(draw.randint(1, 40)))


def nested(draw: random.Random) -> str:
    """Put brackets and NOTs inside each other, so that most of it is a query, however deep."""
    query = draw.choice(TERMS)
    for _ in range(draw.choice((3, 10, 30, 60))):
        other = draw.choice(TERMS)
        shape = draw.choice(SHAPES if draw.random() < 0.3 else SHAPES[:_PLAIN])
        if len(query) < _WIDEST:
            query = shape.format(query, other)
    return query


def letters(draw: random.Random) -> str:
    """Put any code points side by side, halves of pairs among them."""
    top = draw.choice((0x7F, 0x24F, 0x3100, 0xFFFF, 0x10FFFF))
    return "".join(chr(draw.randint(0, top)) for _ in range(draw.randint(0, 40)))


def slips(draw: random.Random) -> str:
    """Take a valid query, and lose, double, swap or put in a few characters."""
    query = draw.choice(QUERIES)
    for _ in range(draw.randint(1, 4)):
        at, to = sorted(draw.randrange(len(query) + 1) for _ in range(2))
        piece = draw.choice(("", query[at:to], draw.choice(SIGNS), query[at:to] * 2))
        query = query[:at] + piece + query[to if draw.random() < 0.5 else at :]
    return query


def long(draw: random.Random) -> str:
    """Repeat something until it is as long as a query may be, or a little longer."""
    piece = draw.choice((*PIECES, "".join(draw.choices(SIGNS, k=draw.randint(1, 4)))))
    count = draw.choice((60, 1_000, LONGEST // len(piece), LONGEST // len(piece) + 1))
    return (
        draw.choice(("", "mali ", "(", "title:("))
        + piece * count
        + draw.choice(("", "mali", "mali" + ")" * 60))
    )


KINDS: dict[str, Callable[[random.Random], str]] = {
    each.__name__: each for each in (signs, terms, letters, nested, slips, long)
}


def looked_at(query: str) -> bool:
    """Do with a string all that is done with queries; tell whether it parsed. Raises `FaultError`."""
    try:
        node = parse(query)
    except QueryError as error:
        if not str(error) or not error.hint or not 1 <= error.column <= len(query) + 1:
            raise FaultError(f"column {error.column}: {error} Hint: {error.hint}") from error
        if len(f"{error}{error.hint}") > MOST_SAID:
            raise FaultError("the error is longer than anybody reads") from error
        return False
    _check(node)
    return True


def _check(node: Node) -> None:
    written = print_query(node)
    if len(written) <= LONGEST and parse(written) != node:
        raise FaultError(f"printed as {written!r}, which means something else")
    doubts(node)
    view = View(ARTICLE)
    if compiled(node)(view) != (evidence(node, view) is not None):
        raise FaultError("the two ways of asking disagree")


def fuzz(strings: int, seed: int) -> dict[str, Row]:
    """Look at so many strings. Raises whatever is wrong, with the string as a note."""
    draw = random.Random(seed)
    rows = {kind: Row() for kind in KINDS}
    usual = [kind for kind in KINDS if kind != "long"]
    for number in range(strings):
        kind = "long" if number % ONE_IN == ONE_IN - 1 else usual[number % len(usual)]
        query, row = KINDS[kind](draw), rows[kind]
        started = time.process_time()
        try:
            parsed = looked_at(query)
            taken = time.process_time() - started
            if taken > SLOWEST_SECONDS[kind]:
                raise FaultError(f"took {taken:.1f} s")
        except Exception as error:
            error.add_note(f"string {number}, {kind}, {len(query)} characters: {query[:300]!a}")
            raise
        row.strings, row.parsed = row.strings + 1, row.parsed + parsed
        row.slowest, row.whole = max(row.slowest, taken), row.whole + taken
    return rows


def main() -> int:
    """Run, and print a row for each kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--strings", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rows = fuzz(given.strings, given.seed)
    for kind, row in rows.items():
        print(
            f"{kind:<8} {row.strings:>9,} strings {row.parsed:>8,} parsed "
            f"slowest {row.slowest * 1000:>7,.0f} ms, whole {row.whole:>6,.0f} s"
        )
    print(f"nothing but QueryError came out of {given.strings:,} strings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
