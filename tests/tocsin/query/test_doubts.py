import pytest

from tocsin.query.branches import MOST, branches
from tocsin.query.doubts import doubts
from tocsin.query.parse import parse


@pytest.mark.parametrize(
    ("query", "column", "said"),
    [
        ("mali NOT mali", 1, "mali is asked for and excluded"),
        ("(mali OR niger) NOT mali NOT niger", 2, "can never match"),
        ("mali OR (niger NOT niger)", 10, "niger is asked for and excluded"),
        ("gold AND NOT (mali OR NOT (niger NOT niger))", 15, "can never match"),
        ('"wagner group" NOT wagner', 1, '"wagner group" also matches wagner'),
        ("title:mali NOT mali", 7, "title:mali also matches mali"),
        ("=Wagner NOT wagner", 2, "=Wagner also matches wagner"),
        ("gold NEAR/5 mali NOT gold", 6, "gold NEAR/5 mali also matches gold"),
        ("mercenaries NOT merc*", 1, "mercenaries also matches merc*"),
        ("mali language:fr language:en", 1, "no article is in two languages"),
        ("mali via:rss via:api", 1, "no article came in two ways"),
        ("mali copies>3 copies<2", 1, "no such number"),
        ("copies<0", 1, "no such number"),
        ("mali copies=3 NOT copies>2", 1, "no such number"),
        ("mali published>=2026-12 published<2026-11", 1, "no date lies"),
        ("mali published:2026-11 NOT published:2026", 1, "no date lies"),
        ("title:gold NEAR/3 text:mali", 12, "never near words of the text"),
        ("publisher:a.example.org NOT publisher:example.org", 11, "also matches"),
        ("copies>=0", 1, "matches every article"),
        ("mali AND copies>=0", 10, "matches every article"),
        ("mali AND (niger OR NOT niger)", 11, "matches every article"),
        ("the", 1, "great part"),
        ("the AND OF AND les", 1, "great part"),
        ("mali OR the", 9, "great part"),
        ("的", 1, "great part"),
        ("language:fr", 10, "great part"),
        ("language:fr published>=2026 copies<3", 10, "great part"),
        ("language:EN", 10, "great part"),
        ("published:2026-11-01", 11, "great part"),
        ("war And peace", 5, "And is a word here"),
        ("mali AndNot niger", 6, "AND NOT"),
        ("the*", 1, "great part"),
        ("th* OR mali", 1, "great part"),
        ("the NEAR/5 (of OR mali)", 5, "great part"),
    ],
)
def test_what_can_never_match_or_always_does_is_doubted(query: str, column: int, said: str) -> None:
    (doubt,) = doubts(parse(query))
    assert said in f"{doubt.message} {doubt.hint}"
    assert doubt.column == column


@pytest.mark.parametrize(
    "query",
    [
        "mali",
        "mali NOT niger",
        "mali AND NOT (mali AND niger)",
        "wagner NOT =WAGNER",
        "merc* NOT mercenaries",
        'wagner NOT "wagner group"',
        "text:mali NOT title:mali",
        "language:fr language:fr-CA mali",
        "mali (language:fr OR language:en)",
        "mali published:2026-11-01 seen:2020",
        "mali NOT published:2026",
        "language:xx",
        "language:is published>=2026",
        "published:2026-11-01T13:30",
        "language:fr seen:2026-11-01T13:30..2026-11-01T14:30",
        "copies>3",
        "copies>2 copies<4 mali",
        "publisher:example.org NOT publisher:a.example.org",
        "mali NEAR/5 the",
        "the* mali",
        'the AND "the who"',
    ],
)
def test_an_ordinary_query_raises_no_doubt(query: str) -> None:
    assert doubts(parse(query)) == ()


def test_a_query_with_very_many_alternatives_is_not_looked_through() -> None:
    groups = " AND ".join(f"(a{number} OR b{number})" for number in range(60))
    assert branches(parse(groups)) == []
    assert len(branches(parse(" OR ".join(f"a{number}" for number in range(MOST))))) == MOST
    assert doubts(parse(f"{groups} AND (x1 NOT x1)"))[0].message.endswith("asked for and excluded.")
