from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.dates import EARLIEST, LATEST, parse_instant

EVENING = datetime(2023, 6, 21, 22, 30, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2023-06-21T22:30:26Z", "2023-06-21 22:30:26+00:00", "2023-06-21t22:30:26z",
        "2023-06-22T00:30:26+0200", "20230621T223026Z", "2023/06/21 22:30:26", "2023-06-21T22:30:26",
        "Wed, 21 Jun 2023 22:30:26 GMT", "Wed, 21 Jun 2023 22:30:26 +0000", "21 Jun 23 22:30:26 UT",
        "Wed, 21 Jun 2023 18:30:26 EDT", "21 June 2023, 22:30:26", "June 21st, 2023 at 10:30:26 pm",
        "Wed Jun 21 22:30:26 2023", "Wed Jun 21 22:30:26 UTC 2023", "Thu, 22 Jun 2023 00:30:26 CEST",
        "1687386626", "1687386626000", 1687386626, 1687386626.0, 1687386626000, 1687386626000000,
    ],
)  # fmt: skip
def test_one_instant_is_read_from_all_its_spellings(written: str | float) -> None:
    assert parse_instant(written) == EVENING


@pytest.mark.parametrize(
    "nonsense",
    [
        None, "", " ", "yesterday", "2 hours ago", "01/02/2023", "2023-02-30", "2023-13-01",
        "2023-06-21T25:00:00Z", "2023-06-21T22:61:00Z", "2023-06-21T22:30:61Z", "21 Foo 2023",
        "21 Marchy 2023", "0001-01-01T00:00:00Z", "1899-12-31", "2200-01-01", "9999-12-31T23:59:59-23:00",
        "2023-06-21T22:30:26+25:30", "13:00 pm June 21 2023", 0, 1, -5, True, False, float("nan"),
        float("inf"), 10**400, "9" * 5000, "٢٠٢٣-٠٦-٢١", "2023-06-21\x00", "99999999999999999999",
    ],
)  # fmt: skip
def test_nonsense_is_nothing(nonsense: str | float | None) -> None:
    assert parse_instant(nonsense) is None


def test_parts_of_a_date_begin_where_they_say() -> None:
    assert parse_instant("2023") == datetime(2023, 1, 1, tzinfo=UTC)
    assert parse_instant("2023-06") == datetime(2023, 6, 1, tzinfo=UTC)
    assert parse_instant("20230621") == datetime(2023, 6, 21, tzinfo=UTC)


def test_leap_seconds_and_midnights_are_read() -> None:
    assert parse_instant("2016-12-31T23:59:60Z") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert parse_instant("2023-06-21T24:00:00Z") == datetime(2023, 6, 22, tzinfo=UTC)


def test_fractions_are_cut_to_microseconds() -> None:
    assert parse_instant("2023-06-21T22:30:26.123456789Z") == EVENING.replace(microsecond=123456)


def test_two_digit_years_turn_at_fifty() -> None:
    assert parse_instant("1 Jan 49") == datetime(2049, 1, 1, tzinfo=UTC)
    assert parse_instant("1 Jan 50") == datetime(1950, 1, 1, tzinfo=UTC)


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)),
    st.integers(-14 * 60, 14 * 60),
)
def test_what_we_write_we_read_in_every_zone(moment: datetime, minutes: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_instant(there.isoformat()) == there
    rounded = there.replace(microsecond=0)
    assert parse_instant(rounded.strftime("%d %b %Y %H:%M:%S %z")) == rounded


@given(
    st.one_of(
        st.text(), st.floats(), st.integers(), st.from_regex(r"\d{2,4}[-/ .]\w{1,9}[-/ .,]+\d{1,4}")
    )
)
def test_anything_is_read_or_is_nothing(value: str | float) -> None:
    found = parse_instant(value)
    assert found is None or (EARLIEST <= found < LATEST and found.utcoffset() == timedelta(0))
