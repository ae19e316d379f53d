"""Settings: what may be set, its type and its default. Where they are read from: `console/sources.py`.

One TOML file (`tocsin.toml` in the working folder, or `tocsin --config FILE`), a table for each
section, every key overridable by `TOCSIN_<SECTION>_<KEY>` in the environment. Secrets stand in the
environment, or in a file that `TOCSIN_<SECTION>_<KEY>_FILE` names, and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from connectors.cluster import KafkaSettings
from schemas import InvalidSetting

SECONDS: Mapping[str, bool] = MappingProxyType({"seconds": True})
"""Marks a duration: a number of seconds, or text such as `90s`, `5m`, `24h`, `7d`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where the store is: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`."""

    url: str = "sqlite:///tocsin.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsSettings:
    """How feeds are read.

    `agent` and `contact` (an address of a page or of mail) are how we name ourselves to servers;
    `floor` and `ceiling` the seconds between two polls of a feed, `gap` those between two requests to
    a domain; `concurrency` how many feeds are visited at once, `parsers` how many children parse;
    `pages` whether the pages of articles are fetched; `proxy` the one proxy that is used;
    `allow_private` whether addresses of one's own network may be fetched; `archive` the folder
    where responses are kept as WARC, `''` for not at all.
    """

    agent: str = "Tocsin/0.1"
    contact: str = ""
    floor: float = field(default=300.0, metadata=SECONDS)
    ceiling: float = field(default=86_400.0, metadata=SECONDS)
    gap: float = field(default=2.0, metadata=SECONDS)
    concurrency: int = 256
    parsers: int = 2
    pages: bool = True
    proxy: str = ""
    allow_private: bool = False
    archive: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises `InvalidSetting`."""
        if not 0 < self.floor <= self.ceiling:
            raise InvalidSetting("feeds: floor must be over 0, and not over ceiling")
        if self.gap < 0 or self.concurrency < 1 or self.parsers < 1:
            raise InvalidSetting(
                "feeds: gap may not be negative, concurrency and parsers not under 1"
            )

    @property
    def user_agent(self) -> str:
        """Say who we are, as servers are told."""
        return f"{self.agent} (+{self.contact})" if self.contact else self.agent


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Where metrics are served, `HOST:PORT`; `''` for not at all."""

    listen: str = "127.0.0.1:9464"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, by section."""

    store: StoreSettings = field(default_factory=StoreSettings)
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    feeds: FeedsSettings = field(default_factory=FeedsSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
