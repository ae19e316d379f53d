import pickle

from schemas import QueryError, Rejected, Unavailable


def test_a_rejection_survives_the_way_back_from_a_child_process() -> None:
    back = pickle.loads(pickle.dumps(Rejected("timeout", "took over 5 s")))
    assert (back.code, back.reason, str(back)) == ("timeout", "took over 5 s", "took over 5 s")


def test_an_unavailable_world_says_when_to_try_again() -> None:
    assert Unavailable("no broker", retry_after=2.5).retry_after == 2.5


def test_a_query_error_points_at_its_column() -> None:
    error = QueryError("unknown field", query="autor:x", column=1, hint="Did you mean actor?")
    assert (error.query, error.column, error.hint) == ("autor:x", 1, "Did you mean actor?")
