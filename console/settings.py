"""Settings: what may be set, its type and its default. Where they are read from: `console/sources.py`.

One TOML file (`tocsin.toml` in the working folder, or `tocsin --config FILE`), a table for each
section, every key overridable by `TOCSIN_<SECTION>_<KEY>` in the environment. Secrets stand in the
environment, or in a file that `TOCSIN_<SECTION>_<KEY>_FILE` names, and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

from connectors.cluster import KafkaSettings
from console.delivery_settings import DeliverySettings, MailSettings
from console.web.tokens import tokens_of
from schemas import InvalidSetting

SECONDS: Mapping[str, bool] = MappingProxyType({"seconds": True})
"""Marks a duration: a number of seconds, or text such as `90s`, `5m`, `24h`, `7d`."""

LEAST_BUDGET = 768
"""MB that a role may not be bound to less than: models and Prism have some 550 together."""

SHORTEST_SECRET = 16
"""Characters of a secret that we make addresses of."""


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

    def __post_init__(self) -> None:
        """Refuse what is no address. Raises `InvalidSetting`."""
        if self.listen:
            host_and_port("metrics.listen", self.listen)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsubSettings:
    """Whether and how WebSub hubs tell us of what is new.

    `callback` is the public URL under which they reach us, `''` for not at all; `listen` the `HOST:PORT`
    where that ends on this machine; `secret` makes addresses that nobody can guess, and signatures.
    """

    callback: str = ""
    listen: str = "127.0.0.1:9465"
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises `InvalidSetting`."""
        if not self.callback:
            return
        try:
            parts = urlsplit(self.callback)
            is_prefix = parts.scheme in ("http", "https") and "@" not in parts.netloc
        except ValueError:
            is_prefix = False
        bare = f"{parts.scheme}://{parts.netloc}{parts.path}" if is_prefix else ""
        if not is_prefix or not parts.hostname or self.callback != bare:
            raise InvalidSetting(
                "websub: callback must be a URL such as https://tocsin.example.org/websub/"
            )
        if not self.callback.endswith("/"):
            raise InvalidSetting("websub: callback must end with a /")
        if len(self.secret) < SHORTEST_SECRET:
            raise InvalidSetting(
                f"websub: callback needs a secret of {SHORTEST_SECRET} characters at least:"
                " set TOCSIN_WEBSUB_SECRET or TOCSIN_WEBSUB_SECRET_FILE"
            )
        host_and_port("websub.listen", self.listen)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """How the stream runs on one machine.

    `workers` are the processes that recognise entities, `alert_workers` those that find what needs
    none; `entities` whether models recognise them, or the gazetteer alone; `prism_location` the path of Prism's
    binary, `''` to look for it. Stories whose last article is older than twice `memory_ttl` are
    forgotten, and so are results older than `keep`.
    """

    workers: int = 1
    alert_workers: int = 1
    entities: bool = True
    prism_location: str = ""
    memory_ttl: float = field(default=259_200.0, metadata=SECONDS)
    keep: float = field(default=2_592_000.0, metadata=SECONDS)

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises `InvalidSetting`."""
        if self.workers < 1 or self.alert_workers < 1:
            raise InvalidSetting("pipeline: workers and alert_workers may not be under 1")
        if self.memory_ttl <= 0 or self.keep <= 0:
            raise InvalidSetting("pipeline: memory_ttl and keep must be over 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSettings:
    """Which rules are followed: files or folders of them; `''` for the shipped ones."""

    watch_lists: str = ""
    subscriptions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What `tocsin run` starts besides the stream: the feeds, and a folder that is followed (`''`: none).

    A role that has more than `memory_budget` MB, with all processes that it started, is ended in order
    and started again; 0 lets it have any.
    """

    feeds: bool = True
    seeds: str = ""
    memory_budget: int = 2048

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises `InvalidSetting`."""
        if self.memory_budget != 0 and self.memory_budget < LEAST_BUDGET:
            raise InvalidSetting(
                f"run: memory_budget must be {LEAST_BUDGET} MB at least, or 0 for none:"
                " a part of the stream needs nearly as much when it starts"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where the HTTP API is served, `HOST:PORT`, and who may use it.

    `tokens` has a line `name:token` for each; without any the API is not served.
    """

    listen: str = "127.0.0.1:8420"
    tokens: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no address, or no tokens. Raises `InvalidSetting`."""
        host_and_port("web.listen", self.listen)
        tokens_of(self.tokens)


def host_and_port(name: str, listen: str) -> tuple[str, int]:
    """Read the `HOST:PORT` of a setting. Raises `InvalidSetting`."""
    host, _, port = listen.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise InvalidSetting(f"{name}: {listen!r} is not HOST:PORT, as in 127.0.0.1:9464")
    return host.strip("[]"), int(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, by section."""

    store: StoreSettings = field(default_factory=StoreSettings)
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    feeds: FeedsSettings = field(default_factory=FeedsSettings)
    pipeline: PipelineSettings = field(default_factory=PipelineSettings)
    rules: RulesSettings = field(default_factory=RulesSettings)
    run: RunSettings = field(default_factory=RunSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    websub: WebsubSettings = field(default_factory=WebsubSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    mail: MailSettings = field(default_factory=MailSettings)
    web: WebSettings = field(default_factory=WebSettings)
