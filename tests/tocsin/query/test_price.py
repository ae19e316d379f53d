import pytest

from schemas import QueryError
from tocsin.query.index import Queries
from tocsin.query.parse import parse
from tocsin.query.price import DEAR, TOO_DEAR, price

ALWAYS_THERE = '"the" NEAR/9 "of" NEAR/9 "in"'


@pytest.mark.parametrize(
    "query",
    [
        '"the"',
        '"the" AND NOT "of"',
        '"of the"',
        '"the" NEAR/100 "of"',
        "th*",
        "language:en",
        "wagner OR mali OR niger",
        " OR ".join(f"w{number}" for number in range(500)),
    ],
)
def test_what_is_looked_up_costs_next_to_nothing_however_common_it_is(query) -> None:
    assert price(parse(query)) < 1


@pytest.mark.parametrize(
    ("dear", "cheap"),
    [
        (ALWAYS_THERE, "wagner NEAR/9 mali NEAR/9 gold"),
        ('="THE"', "=WAGNER"),
        ("person:ab*", "person:bazoum"),
        ("person:ab*", "wagner person:ab*"),
        ("th* NEAR/9 of*", "th* NEAR/9 mali"),
    ],
)
def test_a_closer_look_is_dear_where_its_words_are_always_there(dear, cheap) -> None:
    assert price(parse(dear)) > 10 * price(parse(cheap))


def test_a_query_that_takes_as_long_as_thousands_of_others_is_worth_a_warning() -> None:
    assert DEAR <= price(parse('="THE"')) < TOO_DEAR


def test_a_query_that_would_slow_all_others_is_refused() -> None:
    query = " OR ".join(f'(th* NEAR/{number} "the" NEAR/{number} of*)' for number in range(9))
    with pytest.raises(QueryError, match=r"ms of every article") as caught:
        Queries({"a": query}, {})
    assert "rare" in caught.value.hint


def test_the_same_with_a_rare_word_is_not() -> None:
    query = " OR ".join(f'(th* NEAR/{number} "the" NEAR/{number} of*)' for number in range(9))
    assert len(Queries({"a": f"wagner ({query})"}, {})) == 1
