"""Asking for a feed from the command line."""

import socket

import pytest

from connectors.feeds import dialling
from connectors.feeds.fetch import FetchError
from console.feed_finder import find_all
from console.settings import FeedsSettings

URLS = ("http://127.0.0.1:8080/", "http://localhost/", "http://river.example:8080/")
CODES = ["refused-url", "refused-url", "refused-address"]


@pytest.fixture(autouse=True)
def _names_are_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def here(host: str, port: int) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(dialling, "_look_up", here)


def test_unless_told_otherwise_it_asks_public_sites_alone() -> None:
    errors = [error for _, error in find_all(URLS, FeedsSettings())]
    assert [each.code for each in errors if isinstance(each, FetchError)] == CODES
