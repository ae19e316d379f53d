"""The history of subscriptions: who changed what, and when."""

from collections import defaultdict

from sqlalchemy import Connection, func, insert, select

from schemas import Action, Change, Subscription, decode
from store.ordinals import instant, microseconds
from store.tables import subscription_change
from tocsin.holds import Holds, holds

_OF_RULES = (Action.SAVE, Action.REMOVE)
"""What changes the rules. All else only holds what they ring."""


def add(connection: Connection, change: Change) -> int:
    """Write a change; return its number within the subscription's history. Call it within `writing`."""
    number = last_number(connection, change.subscription) + 1
    connection.execute(
        insert(subscription_change).values(
            subscription=change.subscription,
            number=number,
            action=change.action,
            at=microseconds(change.at),
            by=change.by,
            subject=change.subject,
            until=None if change.until is None else microseconds(change.until),
            record=change.record,
            why=change.why,
        )
    )
    return number


def last_number(connection: Connection, subscription: str) -> int:
    """Give the number of a subscription's last change, 0 before the first: while it stays, nothing changed."""
    columns = subscription_change.c
    query = select(func.max(columns.number)).where(columns.subscription == subscription)
    return connection.scalar(query) or 0


def history(connection: Connection, subscription: str = "") -> list[Change]:
    """Read the changes of a subscription, or of all, in the order in which they were made."""
    columns = subscription_change.c
    query = select(subscription_change).order_by(columns.subscription, columns.number)
    if subscription:
        query = query.where(columns.subscription == subscription)
    return [
        Change(
            subscription=row.subscription,
            action=Action(row.action),
            at=instant(row.at),
            by=row.by,
            subject=row.subject,
            until=None if row.until is None else instant(row.until),
            record=row.record,
            why=row.why,
        )
        for row in connection.execute(query)
    ]


def count(connection: Connection) -> int:
    """Count all changes: while the number stays, nothing has changed."""
    return connection.scalar(select(func.count()).select_from(subscription_change)) or 0


def all_holds(connection: Connection) -> dict[str, Holds]:
    """Say of every subscription that was ever changed what of it is held."""
    by_name: defaultdict[str, list[Change]] = defaultdict(list)
    for each in history(connection):
        by_name[each.subscription].append(each)
    return {name: holds(changes) for name, changes in by_name.items()}


def kept(connection: Connection) -> dict[str, Subscription]:
    """Read the subscriptions that are kept here, by id: of each the last one saved, unless it was removed."""
    columns = subscription_change.c
    query = (
        select(columns.subscription, columns.action, columns.record)
        .where(columns.action.in_(_OF_RULES))
        .order_by(columns.subscription, columns.number)
    )
    last = {row.subscription: row for row in connection.execute(query)}
    return {
        name: decode(Subscription, row.record.encode())
        for name, row in last.items()
        if row.action == Action.SAVE
    }


def rule_changes(connection: Connection) -> int:
    """Count how often a subscription was saved or removed: while the number stays, `kept` stays."""
    found = connection.scalar(
        select(func.count())
        .select_from(subscription_change)
        .where(subscription_change.c.action.in_(_OF_RULES))
    )
    return found or 0
