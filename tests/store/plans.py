"""How a database goes about a statement: its steps, or its plan."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event

_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


def steps_of(connection: Connection, work: Callable[[], object]) -> int:
    """Count the steps that SQLite makes for some work."""
    driver: Any = connection.connection.driver_connection
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    driver.set_progress_handler(step, 1)
    work()
    driver.set_progress_handler(None, 0)
    return count


def plan_of(connection: Connection, work: Callable[[], object]) -> str:
    """Have the first statement of some work explained, a step a line."""
    seen: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        seen.append((given[2], given[3]))

    connection.begin()
    event.listen(connection, "before_cursor_execute", note)
    work()
    event.remove(connection, "before_cursor_execute", note)
    statement, parameters = seen[0]
    if connection.dialect.name == "postgresql":
        # A table of three rows is sorted rather than read by an index; what is asked is whether it can be.
        for means in ("sort", "seqscan", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{means} = off")
    explain = f"{_EXPLAIN[connection.dialect.name]} {statement}"
    return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain, parameters))
