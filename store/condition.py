"""How a store is, for whoever looks after it: found without changing anything in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, inspect, select, text
from sqlalchemy.exc import DBAPIError

from schemas import Unavailable
from store import deliveries, rules
from store.engine import address_of, engine_for
from store.tables import REVISION, ledger, memory_article, memory_horizon


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What there is: the newest migration made (`''` in an empty store), and what waits.

    `is_blank` says that no article ever came into it and nothing rang. `rule_set` is the id of the last one published, in force from `since` on; `''` where there is none.
    """

    revision: str = ""
    rule_set: str = ""
    since: datetime | None = None
    undelivered: int = 0
    is_blank: bool = False

    @property
    def is_current(self) -> bool:
        """Tell whether all migrations have been made."""
        return self.revision == REVISION


def look(url: str) -> Condition:
    """Look at the store at a URL. Raises `InvalidSetting`, or `Unavailable` where it cannot be had."""
    address = address_of(url)
    engine = engine_for(address)
    try:
        with engine.connect() as connection:
            return _look(connection)
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        shown = address.render_as_string(hide_password=True)
        raise Unavailable(f"cannot open the store {shown}: {reason}") from error
    finally:
        engine.dispose()


def _look(connection: Connection) -> Condition:
    if not inspect(connection).has_table("alembic_version"):
        return Condition(is_blank=True)
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    if found != REVISION:
        return Condition(revision=found)
    published = rules.schedule(connection)
    since, rule_set = published[-1] if published else (None, "")
    return Condition(
        revision=found,
        rule_set=rule_set,
        since=since,
        undelivered=deliveries.pending(connection),
        is_blank=not any(
            connection.scalar(select(exists().select_from(each)))
            for each in (ledger, memory_article, memory_horizon)
        ),
    )
