"""The limits on what strangers send are those that the documents promise."""

import inspect

from connectors import sandbox
from connectors.feeds.decoding import RATIO
from connectors.feeds.exchange import MOST_HEADERS, Limits
from connectors.feeds.fetch import Fetcher
from connectors.sandbox import Sandbox
from tests.contracts.tree import ROOT
from tocsin.addresses import PORTS, is_public


def test_a_fetch_has_the_limits_of_the_reference() -> None:
    promised = (ROOT / "docs/reference/fetching.md").read_text()
    limits = Limits()
    for row in (
        f"waiting for turns not | {limits.total_seconds:g} s by a clock",
        f"TLS included | {limits.connect_seconds:g} s |",
        f"| redirects | {limits.redirects} |",
        f"| {limits.header_bytes >> 10} KiB, {MOST_HEADERS} lines |",
        f"as it is sent | {limits.wire >> 20} MiB |",
        f"each layer of packing | {limits.decoded >> 20} MiB |",
        f"after the first MiB | {RATIO} |",
    ):
        assert row in promised, row


def test_who_says_nothing_fetches_from_public_sites_alone() -> None:
    given = inspect.signature(Fetcher).parameters
    assert given["policy"].default is is_public
    assert given["ports"].default is PORTS
    assert given["public_names"].default is True
    assert given["limits"].default is None


def test_the_sandbox_has_the_limits_of_the_architecture() -> None:
    promised = (ROOT / "ARCHITECTURE.md").read_text()
    said = f"which has {sandbox.CPU_SECONDS:g} seconds and {sandbox.MEMORY_MB} MB"
    assert said in promised
    given = inspect.signature(Sandbox).parameters
    assert given["cpu_seconds"].default == sandbox.CPU_SECONDS
    assert given["memory_mb"].default == sandbox.MEMORY_MB
    assert given["wall_seconds"].default <= 20
