"""A real server of the API on loopback, over a real store, with rules and channels of its own."""

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine

from console.settings import DeliverySettings, RulesSettings, Settings, StoreSettings, WebSettings
from console.web.server import serving
from console.web.service import Service
from schemas import EPOCH, StoreLost
from store import rules
from store.engine import open_engine, writing
from tests.console.cli.test_explain_store import SHIPPED

ADA = "ada-has-a-token-of-some-forty-characters"
BOB = "bob-has-another-one-that-is-as-long-as-it"
MINE = '[[subscription]]\nid = "mali"\nquery = "actor:wagner AND mali"\nname = "Mali"\n'
CHANNELS = '[[channel]]\nid = "desk"\nkind = "email"\nto = "desk@example.org"\n'


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def tag(self) -> str:
        return self.headers["ETag"]


@dataclass(frozen=True)
class Api:
    """Asks the server, as ada unless told otherwise."""

    port: int
    folder: Path
    lost: list[StoreLost] = field(default_factory=list)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str = ADA,
        **headers: str,
    ) -> Reply:
        sent = {name.replace("_", "-"): each for name, each in headers.items()}
        if token:
            sent.setdefault("Authorization", f"Bearer {token}")
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        found = self.ask("GET", path)
        assert found.status == 200, found
        return found.json


@contextmanager
def served(service: Service, lost: list[StoreLost]) -> Iterator[int]:
    """Serve from a thread with a loop of its own; gives the port."""
    with pytest.MonkeyPatch.context() as patched:
        # A logger of its own: what commands of other tests set up for logging stays with theirs.
        structlog.reset_defaults()
        for module in ("server", "service"):
            patched.setattr(f"console.web.{module}._log", structlog.get_logger("web"))
        yield from _served(service, lost)


def _served(service: Service, lost: list[StoreLost]) -> Iterator[int]:
    bound: Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def serve() -> None:
        stop = asyncio.Event()
        async with serving(service, "127.0.0.1", 0, lost=lost.append) as port:
            bound.put((port, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    port, loop, stop = bound.get(timeout=20)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "channels.toml").write_text(CHANNELS)
    (tmp_path / "mine.toml").write_text(MINE)
    return tmp_path


def settings_in(folder: Path) -> Settings:
    return replace(
        Settings(),
        store=StoreSettings(url=f"sqlite:///{folder / 'store.db'}"),
        rules=RulesSettings(subscriptions=str(folder / "mine.toml")),
        delivery=DeliverySettings(channels=str(folder / "channels.toml")),
        web=WebSettings(tokens=f"ada:{ADA}\nbob:{BOB}\n"),
    )


@pytest.fixture
def settings(folder: Path) -> Settings:
    return settings_in(folder)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    opened = open_engine(settings.store.url)
    with writing(opened) as connection:
        rules.publish(connection, SHIPPED, EPOCH)
    yield opened
    opened.dispose()


@pytest.fixture
def api(engine: Engine, settings: Settings, folder: Path) -> Iterator[Api]:
    lost: list[StoreLost] = []
    with served(Service(engine=engine, settings=settings), lost) as port:
        yield Api(port, folder, lost)
