import io
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.seeds import arrays
from connectors.seeds.arrays import ItemTooLong, items

VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab"\\\\[]{},: \n', max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=8), st.integers(1, 40))
def test_the_items_are_those_of_a_parser_wherever_the_chunks_end(values, chunk):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrays, "CHUNK", chunk)
        found = items(io.BytesIO(json.dumps(values, indent=1).encode()), limit=10_000)
        assert [json.loads(item) for item in found] == values


@pytest.mark.parametrize("content", [b'[{"a": 1', b'[1, "a', b"[1] 2", b"[1 [2"])
def test_what_is_left_of_a_damaged_array_comes_last(content):
    assert (
        "".join(item.decode() for item in items(io.BytesIO(content), limit=99))[-1:]
        == content[-1:].decode()
    )


def test_an_item_over_the_limit_is_refused():
    with pytest.raises(ItemTooLong):
        list(items(io.BytesIO(b'["' + b"x" * 2_000_000), limit=1000))


def test_time_is_linear_in_the_number_of_items():
    began = time.process_time()
    assert sum(1 for _ in items(io.BytesIO(b"[" + b"{}," * 500_000 + b"1]"), limit=99)) == 500_001
    assert time.process_time() - began < 5
