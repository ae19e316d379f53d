from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.io import sorted_lines
from pipelines.io.sorted_lines import RunWriter, merge, write_atomically

KEYS = st.text(alphabet="abc0123456789 ", min_size=1, max_size=8)


def written(folder: Path, keys: list[str], writers: int, flush_every: int) -> list[bytes]:
    runs = [RunWriter(folder, "lines", str(number)) for number in range(writers)]
    for number, key in enumerate(keys):
        writer = runs[number % writers]
        writer.add(key, key.encode())
        if number % flush_every == 0:
            writer.flush()
    for writer in runs:
        writer.flush()
    return [line for _, line in merge(folder, "lines")]


@given(keys=st.lists(KEYS, max_size=60), writers=st.integers(1, 4), flush_every=st.integers(1, 9))
def test_lines_come_out_sorted_however_they_were_split_among_writers(
    tmp_path_factory, keys, writers, flush_every
):
    folder = tmp_path_factory.mktemp("runs")
    lines = written(folder, keys, writers, flush_every)
    assert [line.rstrip(b"\n") for line in lines] == sorted(key.encode() for key in keys)


def test_input_in_order_makes_one_run(tmp_path):
    written(tmp_path, [f"{number:04d}" for number in range(50)], 1, 3)
    assert len(list(tmp_path.glob("*.run"))) == 1


def test_more_runs_than_may_be_open_are_merged_in_rounds(tmp_path, monkeypatch):
    monkeypatch.setattr(sorted_lines, "FAN_IN", 3)
    keys = [f"{number:04d}" for number in range(40, 0, -1)]
    assert written(tmp_path, keys, 1, 1) == [f"{key}\n".encode() for key in sorted(keys)]


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    def broken():
        yield b"one\n"
        raise OSError("disk full")

    target = tmp_path / "out.jsonl"
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, broken())
    assert not target.exists()
