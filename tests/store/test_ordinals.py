from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from store.ordinals import greatest_ordinal, instant, least_ordinal, microseconds, ordinal

INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
IDS = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(INSTANTS)
def test_an_instant_survives_the_way_through_a_number(moment: datetime) -> None:
    assert instant(microseconds(moment)) == moment


@given(INSTANTS, IDS, INSTANTS, IDS)
def test_ordinals_keep_the_order_and_fit_into_63_bits(
    one: datetime, first: str, two: datetime, second: str
) -> None:
    earlier, later = sorted([(microseconds(one), first), (microseconds(two), second)])
    assert ordinal(*earlier) <= ordinal(*later)
    assert -(2**63) < ordinal(*earlier) < 2**63 - 1


@given(INSTANTS, IDS)
def test_an_ordinal_lies_within_its_instant(moment: datetime, article: str) -> None:
    seen = microseconds(moment)
    assert least_ordinal(seen) <= ordinal(seen, article) <= greatest_ordinal(seen)
    assert greatest_ordinal(seen) < least_ordinal(seen + 1)
