import pytest

from benchmarks import query_fuzz
from benchmarks.query_fuzz import FaultError, fuzz, looked_at


def test_nothing_but_query_errors_comes_out_of_random_strings() -> None:
    rows = fuzz(strings=4000, seed=7)
    assert sum(row.strings for row in rows.values()) == 4000
    assert all(row.parsed for kind, row in rows.items() if kind != "long")


def test_a_parser_that_reads_something_else_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_fuzz, "print_query", lambda node: "niger")
    assert looked_at("niger")
    with pytest.raises(FaultError, match="means something else"):
        looked_at("mali")
