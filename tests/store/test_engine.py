from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, bindparam, create_engine, text
from sqlalchemy.exc import IntegrityError

import store
from deploy.postgresql import NotInstalled, temporary_server
from schemas import InvalidSetting, StoreLost, Unavailable
from store.engine import migrate, open_engine, reading, upgrade, writing
from store.memory import SqlMemory
from store.tables import REVISION, metadata
from tests.memories import an_article, prose, show
from tocsin.memory import Part


def address(folder: Path) -> str:
    return f"sqlite:///{folder / 'store.db'}"


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_migrations_make_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    engine = create_engine(address(tmp_path))
    upgrade(engine)
    assert differences(engine) == []


def test_an_empty_database_gets_the_same_tables_at_once(tmp_path: Path) -> None:
    engine = open_engine(address(tmp_path))
    assert differences(engine) == []
    upgrade(engine)
    assert differences(engine) == []


@pytest.mark.postgresql
def test_migrations_make_the_same_tables_in_postgresql(postgresql_url: str) -> None:
    with create_engine(postgresql_url).begin() as connection:
        connection.execute(text("CREATE SCHEMA migrated"))
    engine = create_engine(postgresql_url, connect_args={"options": "-csearch_path=migrated"})
    upgrade(engine)
    assert differences(engine) == []


def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    with writing(open_engine(address(tmp_path))) as connection:
        connection.execute(text("INSERT INTO rule_set VALUES ('a', x'00')"))
    engine = open_engine(address(tmp_path))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM rule_set")) == 1


def test_many_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        engines = list(pool.map(open_engine, [address(tmp_path)] * 8))
    assert all(differences(engine) == [] for engine in engines[:1])


def test_writers_take_turns(tmp_path: Path) -> None:
    engine = open_engine(address(tmp_path))

    def add(number: int) -> None:
        with writing(engine) as connection:
            count = connection.scalar(text("SELECT count(*) FROM rule_set"))
            connection.execute(text("INSERT INTO rule_set VALUES (:id, x'00')"), {"id": f"{count}"})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(30)))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM rule_set")) == 30


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    engine = open_engine(address(tmp_path))

    def write_and_fail() -> None:
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO rule_set VALUES ('a', x'00')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM rule_set")) == 0


def test_sqlite_is_set_up_for_readers_beside_a_writer(tmp_path: Path) -> None:
    with open_engine(address(tmp_path)).connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA busy_timeout")) == 30_000


@pytest.mark.parametrize("url", ["", "store.db", "mysql://host/name", "sqlite"])
def test_what_names_no_store_is_said_with_a_hint(url: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        open_engine(url)
    assert "sqlite:///" in refused.value.hint


def test_a_store_that_cannot_be_had_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot open the store") as missing:
        open_engine(f"sqlite:///{tmp_path}/no/such/folder/store.db")
    assert "folder" in missing.value.hint
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    with pytest.raises(Unavailable, match="not a database"):
        open_engine(f"sqlite:///{tmp_path / 'text.db'}")


def test_passwords_are_not_told() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(Unavailable) as refused:
        open_engine("postgresql://user:secret@127.0.0.1:1/name")
    assert "secret" not in str(refused.value)


def test_a_store_that_fails_while_writing_is_unavailable(tmp_path: Path) -> None:
    engine = open_engine(address(tmp_path))

    def write_to_what_became_read_only() -> None:
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO rule_set VALUES ('a', x'00')"))
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.execute(text("INSERT INTO rule_set VALUES ('b', x'00')"))

    with pytest.raises(Unavailable, match="cannot write to the store"):
        write_to_what_became_read_only()
    with open_engine(address(tmp_path)).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM rule_set")) == 0


def test_a_store_that_fails_while_reading_is_unavailable(tmp_path: Path) -> None:
    engine = open_engine(address(tmp_path))
    memory = SqlMemory(engine)
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE memory_article"))
    for read in (memory.counts, memory.newest, lambda: memory.roots(["a"])):
        with pytest.raises(Unavailable, match="cannot read from the store"):
            read()


def test_a_statement_that_is_wrong_is_no_matter_of_waiting(tmp_path: Path) -> None:
    engine = open_engine(address(tmp_path))
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text("INSERT INTO rule_set VALUES ('a', NULL)"))


def read(engine: Engine) -> object:
    with reading(engine) as connection:
        return connection.scalar(text("SELECT count(*) FROM rule_set"))


def write(engine: Engine) -> object:
    with writing(engine) as connection:
        return connection.execute(text("INSERT INTO rule_set VALUES ('a', x'00')"))


@pytest.mark.parametrize("work", [read, write])
def test_whoever_works_on_a_file_that_was_removed_is_told(
    tmp_path: Path, work: Callable[[Engine], object]
) -> None:
    engine = open_engine(address(tmp_path))
    work(engine)
    (tmp_path / "store.db").unlink()
    for _ in range(20):  # more often than there are connections
        with pytest.raises(StoreLost, match="removed") as lost:
            work(engine)
    assert "put the file back" in lost.value.hint
    engine.dispose()
    with pytest.raises(StoreLost):
        work(engine)
    assert not (tmp_path / "store.db").exists()


def test_nothing_is_written_to_a_file_that_was_replaced_until_it_is_back(tmp_path: Path) -> None:
    engine, path = open_engine(address(tmp_path)), tmp_path / "store.db"
    path.rename(tmp_path / "away.db")
    path.touch()
    with pytest.raises(StoreLost, match="replaced by another file"):
        write(engine)
    assert path.stat().st_size == 0
    (tmp_path / "away.db").replace(path)
    write(engine)
    assert read(engine) == 1


def test_what_is_kept_in_no_file_cannot_be_lost() -> None:
    engine = open_engine("sqlite:///:memory:")
    write(engine)
    assert read(engine) == 1


@pytest.mark.postgresql
def test_a_server_that_was_killed_is_unavailable_and_then_there_again(tmp_path: Path) -> None:
    try:
        with temporary_server() as server:
            engine = open_engine(server.url)
            memory = SqlMemory(engine)
            one, two = an_article("one", prose(1)), an_article("two", prose(2))
            show(memory, [one])
            server.kill()
            for verb in (memory.counts, lambda: memory.remember([two])):
                with pytest.raises(Unavailable):
                    verb()
            server.start()
            show(memory, [two])
            assert memory.counts()["articles"] == 2
            engine.dispose()
    except NotInstalled as error:
        pytest.skip(f"needs PostgreSQL: {error}")


@pytest.mark.postgresql
def test_connections_that_the_server_dropped_are_made_anew(postgresql_url: str) -> None:
    engine, other = open_engine(postgresql_url), open_engine(postgresql_url)
    drop = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND pid IN :pids"
    ).bindparams(bindparam("pids", expanding=True))

    def dropped_while_writing() -> None:
        with writing(engine) as connection:
            pid = connection.scalar(text("SELECT pg_backend_pid()"))
            with other.begin() as killer:
                killer.execute(drop, {"pids": [pid]})
            connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable, match="cannot write to the store"):
        dropped_while_writing()
    with reading(engine) as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with other.begin() as killer:
        killer.execute(drop, {"pids": [pid]})
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
    other.dispose()


def test_migrating_keeps_what_is_there(tmp_path: Path) -> None:
    """A store of the version before gets the new tables, and its rows are counted."""
    engine = open_engine(address(tmp_path))
    show(SqlMemory(engine), [an_article("one", prose(1)), an_article("one", prose(2), 1)])
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
        for name in ("run_article_first_seen", "memory_article_segment"):
            connection.execute(text(f"DROP INDEX {name}"))
        for name in LIVE_TABLES:
            connection.execute(text(f"DROP TABLE {name}"))
        for name in ("finished", "late"):
            connection.execute(text(f"ALTER TABLE memory_version DROP COLUMN {name}"))
        connection.execute(text("ALTER TABLE memory_article DROP COLUMN segment"))
    migrate(engine)
    assert differences(engine) == []
    memory = SqlMemory(engine)
    assert memory.rows() == {"articles": 1, "versions": 2, "reopened": 0}
    assert len(memory.unfinished(list(memory.articles()), Part.ALERTS)) == 2
    copy = an_article("two", prose(1), 2)
    show(memory, [copy])
    (known,) = {article.id for article in memory.articles()} - {copy.id}
    assert memory.roots([copy.id]) == {copy.id: known}


LIVE_TABLES = (
    "memory_reopened", "memory_horizon", "memory_count", "ledger", "delivery", "rule_set_in_force",
    "subscription_change",
    "reader", "attempt", "memory_part", "story_alias", "memory_segment",
)  # fmt: skip


def test_a_store_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    engine = open_engine(url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(InvalidSetting, match="9999"):
        open_engine(url)
