from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feeds.responses import LONGEST_DELAY, Response, delay

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Fri, 01 May 2026 12:10:00 GMT", 600),
        ("Friday, 01-May-26 12:10:00 GMT", 600),
        ("999999999", LONGEST_DELAY),
        ("Fri, 01 May 2099 12:10:00 GMT", LONGEST_DELAY),
        ("Fri, 01 May 2026 11:00:00 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("١٢٠", None),
        ("9" * 5000, None),
        ("Sun, 00 Foo 0000 99:99:99 GMT", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date_of_at_most_a_day(
    text: str, seconds: float | None
) -> None:
    assert delay(text, NOW) == seconds


@given(st.text(max_size=80))
def test_whatever_it_says_it_is_a_day_at_most(text: str) -> None:
    found = delay(text, NOW)
    assert found is None or 0 <= found <= LONGEST_DELAY


def response(**headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(requested="", url="", status=503, headers=named, at=NOW)


def test_a_date_is_by_the_clock_of_the_server_that_says_it() -> None:
    said = response(
        retry_after="Thu, 30 Apr 2026 00:01:00 GMT", date="Thu, 30 Apr 2026 00:00:00 GMT"
    )
    assert said.retry_after == 60


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("max-age=300", 300),
        ("public, Max-Age = 300 , must-revalidate", 300),
        ('max-age="300"', 300),
        ("max-age=99999999", LONGEST_DELAY),
        ("s-max-age=5", None),
        ("max-age=-1", None),
        ("max-age", None),
        ("no-store", None),
        ("", None),
    ],
)
def test_how_long_an_answer_holds(text: str, seconds: float | None) -> None:
    assert response(cache_control=text).max_age == seconds
