"""The way into a store: SQLite by default, PostgreSQL in production. Opens it and brings it up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from schemas import InvalidSetting, Unavailable
from store import connector_tables, sqlite  # noqa: F401  (its tables are among those of the store)
from store.tables import REVISION, metadata

_VERSION_TABLE = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
"""Where Alembic keeps the number of the newest migration made."""

LOCK = 0x746F6373696E
"""Key of the advisory lock that PostgreSQL's writers hold: the bytes of `tocsin`."""


def open_engine(url: str, *, cache_mb: int = sqlite.CACHE_MB) -> Engine:
    """Open the store at a URL such as `sqlite:///news.db` or `postgresql://host/name`, and migrate it.

    `cache_mb` is what each connection may keep of a SQLite file.

    Raises `InvalidSetting` where the URL names no store, `Unavailable` where the store cannot be had.
    """
    address = address_of(url)
    engine = engine_for(address, cache_mb=cache_mb)
    try:
        migrate(engine)
    except DBAPIError as error:
        engine.dispose()
        raise _unavailable(address, error, "cannot open") from error
    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables up to date; there is no way down. Safe while others do the same.

    An empty database gets the tables as they are now: what all migrations together lead to.
    """
    if _is_current(engine):
        return
    with writing(engine) as connection:
        if not inspect(connection).get_table_names():
            metadata.create_all(connection)
            connection.execute(text(_VERSION_TABLE))
            connection.execute(text("INSERT INTO alembic_version VALUES (:now)"), {"now": REVISION})
            return
    upgrade(engine)


def upgrade(engine: Engine) -> None:
    """Make the migrations that have not been made, one after the other."""
    from alembic import command  # takes 0.3 s to import, and is seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that writes: one at a time, whatever the database, so that none is refused.

    Raises `Unavailable` where the store fails (locked too long, disk full, server gone): nothing of
    the transaction is kept, and it may be tried again. Raises `StoreLost` where its file is gone.
    """
    try:
        with (
            engine.connect().execution_options(tocsin_writes=True) as connection,
            connection.begin(),
        ):
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            yield connection
    except DBAPIError as error:
        _tell(engine, error, "cannot write to")
        raise


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that reads.

    Raises `Unavailable` where the store fails: try again. Raises `StoreLost` where its file is gone.
    """
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        _tell(engine, error, "cannot read from")
        raise


def _tell(engine: Engine, error: DBAPIError, what: str) -> None:
    """Raise `Unavailable` for what the world did; a statement that is wrong is a fault of ours."""
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        raise _unavailable(engine.url, error, what) from error


def _is_current(engine: Engine) -> bool:
    """Tell whether the newest migration has been made."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    newer = [each for each in found if each > REVISION]
    if newer:
        raise InvalidSetting(
            f"the store has migration {newer[0]}, and this release knows them up to {REVISION}",
            hint="It was made by a newer Tocsin: use that one.",
        )
    return list(found) == [REVISION]


def address_of(url: str) -> URL:
    """Read the URL of a store, and choose the driver. Raises `InvalidSetting` where it names none."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise InvalidSetting(
            f"not the URL of a store: {url!r}",
            hint="Write sqlite:///FILE or postgresql://HOST/NAME.",
        ) from error
    kind = address.get_backend_name()
    if kind == "sqlite":
        return address
    if kind in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    raise InvalidSetting(
        f"no store of the kind {kind!r}", hint="Write sqlite:///FILE or postgresql://HOST/NAME."
    )


def engine_for(address: URL, *, cache_mb: int = sqlite.CACHE_MB) -> Engine:
    """Make the engine of a store, with the habits of its database; nothing is opened or migrated yet.

    A connection that a server has dropped is found out before it is used, and made anew.
    """
    try:
        engine = create_engine(address, pool_pre_ping=address.get_backend_name() != "sqlite")
    except ModuleNotFoundError as error:
        raise InvalidSetting(
            "PostgreSQL needs a driver that is not installed",
            hint="Install it with: pip install 'tocsin[postgresql]'",
        ) from error
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine, cache_mb)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _: object) -> None:
    """Let PostgreSQL go by the indexes: everything that is asked for is a few rows by their keys.

    It knows the size neither of a temporary table nor of what a recursive query finds, and would
    rather go through whole tables. Compiling (`jit`) takes longer than the queries.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, 'off', false) FROM unnest(ARRAY['enable_hashjoin',"
            " 'enable_mergejoin', 'enable_seqscan', 'enable_bitmapscan', 'jit']) AS name"
        )
    connection.commit()


def _unavailable(address: URL, error: DBAPIError, what: str) -> Unavailable:
    """Say in one sentence what is wrong with a store, without its password."""
    shown = address.render_as_string(hide_password=True)
    reason = str(error.orig).strip().partition("\n")[0]
    hint = "Is the server running, and does the database exist?"
    if address.get_backend_name() == "sqlite":
        hint = "Does the folder exist, may you write to it, and is the file a SQLite database?"
    return Unavailable(f"{what} the store {shown}: {reason}", hint=hint)
