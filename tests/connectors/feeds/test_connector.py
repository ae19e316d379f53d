"""The connector put together: what its parts are told."""

import asyncio
import socket
from pathlib import Path

import pytest

from connectors.feeds import dialling
from connectors.feeds.connector import How, _parts
from connectors.kafka import KafkaSettings
from tocsin.poll import DEFAULT

URLS = ("http://127.0.0.1:8080/", "http://localhost/", "http://river.example:8080/")
CODES = ["refused-url", "refused-url", "refused-address"]


@pytest.fixture(autouse=True)
def _names_are_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def here(host: str, port: int) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(dialling, "_look_up", here)


def test_unless_told_otherwise_it_asks_public_sites_alone(tmp_path: Path) -> None:
    async def ask() -> list[str]:
        how = How(agent="Tocsin/test", schedule=DEFAULT)
        store = f"sqlite:///{tmp_path / 'tocsin.db'}"
        async with _parts(how, KafkaSettings(), store, lambda _: None) as tools:
            found = (tools.fetcher.fetch(url) for url in URLS)
            return [each.code for each in await asyncio.gather(*found, return_exceptions=True)]

    assert asyncio.run(ask()) == CODES
