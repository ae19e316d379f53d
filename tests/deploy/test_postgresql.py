import pytest
from sqlalchemy import create_engine, text

from deploy.postgresql import NotInstalled, temporary_server


@pytest.mark.postgresql
def test_what_was_committed_outlives_a_server_that_was_killed(postgresql_url):
    # The fixture is asked for so that PostgreSQL is there; another one is killed.
    with temporary_server() as server:
        engine = create_engine(server.url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 7 AS number"))
        before = server.pid
        server.kill()
        engine.dispose()
        server.start()
        assert server.pid != before
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT number FROM kept")) == 7
        engine.dispose()
        folder = server.folder
    assert not folder.exists()


def test_where_there_is_none_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("deploy.postgresql.Path.glob", lambda *_: iter(()))
    with pytest.raises(NotInstalled, match="initdb"), temporary_server():
        pass
