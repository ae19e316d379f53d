"""Rule sets in the store: each once, by its id, and which of them holds since when."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from schemas import InvalidSetting, RuleSet, decode, encode
from store.bulk import insert_missing
from store.ordinals import instant, microseconds
from store.tables import rule_set, rule_set_in_force


def publish(connection: Connection, rules: RuleSet, since: datetime) -> bool:
    """Bring a rule set into force for what is first seen from an instant on.

    Returns False for the one that is in force, or about to be: nothing changes. Raises
    `InvalidSetting` where one holds from that instant on, or from a later one.
    """
    last = schedule(connection)[-1:]
    if last and last[0][1] == rules.id:
        return False
    if last and since <= last[0][0]:
        raise InvalidSetting(
            f"a rule set is in force from {last[0][0].isoformat()} on, which is not before"
            f" {since.isoformat()}",
            hint="Let the new one begin later. Is the clock right?",
        )
    insert_missing(connection, rule_set, [(rules.id, encode(rules))])
    connection.execute(
        insert(rule_set_in_force).values(since=microseconds(since), rule_set=rules.id)
    )
    return True


def schedule(connection: Connection) -> list[tuple[datetime, str]]:
    """Read since when which rule set holds, by instant."""
    columns = rule_set_in_force.c
    rows = connection.execute(select(columns.since, columns.rule_set).order_by(columns.since))
    return [(instant(since), id) for since, id in rows]


def in_force(connection: Connection, now: datetime) -> str | None:
    """Name the rule set that holds for what is first seen at an instant; None where there is none yet."""
    columns = rule_set_in_force.c
    due = select(columns.rule_set).where(columns.since <= microseconds(now))
    return connection.scalar(due.order_by(columns.since.desc()).limit(1))


def read(connection: Connection, id: str) -> RuleSet:
    """Read a rule set. Raises `InvalidSetting` where the store has none of this id."""
    record = connection.scalar(select(rule_set.c.record).where(rule_set.c.id == id))
    if record is None:
        raise InvalidSetting(
            f"the store has no rule set {id!r}", hint="`tocsin rules list` names those it has."
        )
    return decode(RuleSet, bytes(record))
