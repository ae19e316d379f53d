from sqlalchemy import Connection

from store import readers


def test_a_reader_learns_whether_the_one_before_ended_in_order(connection: Connection) -> None:
    assert readers.begin(connection, "alerts")
    assert not readers.begin(connection, "alerts")
    readers.end(connection, "alerts")
    assert readers.begin(connection, "alerts")
    assert readers.begin(connection, "entities")


def test_attempts_are_counted_for_each_record_until_it_is_done(connection: Connection) -> None:
    assert [readers.attempt(connection, "alerts", 3, 10**12) for _ in range(3)] == [1, 2, 3]
    assert readers.attempt(connection, "alerts", 4, 0) == 1
    assert readers.attempt(connection, "entities", 3, 10**12) == 1
    assert readers.attempts(connection, "alerts") == {(3, 10**12): 3, (4, 0): 1}
    readers.done(connection, "alerts", 3, 10**12)
    readers.done(connection, "alerts", 9, 9)
    assert readers.attempts(connection, "alerts") == {(4, 0): 1}
    assert readers.attempts(connection, "entities") == {(3, 10**12): 1}
    assert readers.attempts(connection, "nobody") == {}
