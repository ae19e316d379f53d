"""The Kafka cluster: how it is reached, and what it says when it does not want."""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from schemas import InvalidSetting
from schemas.topics import PREFIX
from tocsin.refusals import refused, worded

ANSWER_SECONDS = 10.0
"""How long Kafka may take to answer anything."""

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

_TELLING = re.compile("authentication|certificate|cluster metadata", re.IGNORECASE)

_NOISE = re.compile(
    r"\[Error \d+\] | \(backoff [^)]*\)|Bootstrap (connection|attempt) to bootstrap-\d+ failed: |\w+Error: "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Which cluster, and how to get in. Files are paths of PEM files; `''` means: not used.

    `replication` is the number of copies of a new topic; -1 leaves it to the cluster.
    """

    bootstrap_servers: tuple[str, ...] = ("127.0.0.1:9092",)
    prefix: str = PREFIX
    client_id: str = "tocsin"
    replication: int = -1
    security_protocol: str = "PLAINTEXT"
    ssl_cafile: str = ""
    ssl_certfile: str = ""
    ssl_keyfile: str = ""
    ssl_password: str = field(default="", repr=False)
    ssl_check_hostname: bool = True
    sasl_mechanism: str = ""
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises `InvalidSetting`."""
        _check_choice("security_protocol", self.security_protocol, PROTOCOLS)
        if self.sasl_mechanism:
            _check_choice("sasl_mechanism", self.sasl_mechanism, MECHANISMS)
        if bool(self.sasl_mechanism) != self.security_protocol.startswith("SASL_"):
            raise InvalidSetting(
                f"kafka: security_protocol {self.security_protocol} with sasl_mechanism"
                f" {self.sasl_mechanism or '(none)'}: a password is sent by SASL_SSL or"
                " SASL_PLAINTEXT with a mechanism, or not at all"
            )
        if self.sasl_mechanism and not (self.sasl_username and self.sasl_password):
            raise InvalidSetting("kafka: sasl_username and sasl_password are both needed")

    def client(self) -> dict[str, Any]:
        """Give what every client of the cluster is told."""
        told: dict[str, Any] = {
            "bootstrap_servers": list(self.bootstrap_servers),
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
            "ssl_check_hostname": self.ssl_check_hostname,
            "bootstrap_timeout_ms": int(ANSWER_SECONDS * 1000),
            "request_timeout_ms": int(ANSWER_SECONDS * 1000),
            "reconnect_backoff_max_ms": 1000,  # a broker that is back is found at once
        }
        given = {
            "ssl_cafile": self.ssl_cafile,
            "ssl_certfile": self.ssl_certfile,
            "ssl_keyfile": self.ssl_keyfile,
            "ssl_password": self.ssl_password,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password,
        }
        return told | {name: value for name, value in given.items() if value}


@contextmanager
def speaking(settings: KafkaSettings, what: str) -> Iterator[None]:
    """Turn what the client raises into `Unavailable`, with what it last complained about.

    `what` is what Kafka is asked to do, in words that go on from "Kafka did not".
    """
    from kafka.errors import (
        KafkaConfigurationError,
        KafkaError,
        KafkaTimeoutError,
        RequestTimedOutError,
    )

    with _listening() as said:
        try:
            yield
        except KafkaConfigurationError as error:
            raise InvalidSetting(f"kafka: {error}") from error
        except (KafkaError, OSError) as error:
            is_late = isinstance(error, KafkaTimeoutError | RequestTimedOutError) and said.last
            reason = said.last if is_late else worded(error)
            if settings.sasl_mechanism and "disconnected" in reason:
                reason += " (so may a wrong user name or password look)"
            raise refused(settings.bootstrap_servers, what, reason) from error


class _LastWords(logging.Handler):
    """Keeps the last warning of the client: why a connection failed is told nowhere else.

    One that names the cause is not given up for one that only says that it failed again.
    """

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if said.startswith(("Bootstrap failed", "No node")) or "not ready" in said:
            return
        if _TELLING.search(said) or not _TELLING.search(self.last):
            self.last = _NOISE.sub("", said).replace("111 ECONNREFUSED", "connection refused")


@contextmanager
def _listening() -> Iterator[_LastWords]:
    """Hear what the client logs, and keep it from everybody else: errors are told once."""
    logger, heard = logging.getLogger("kafka"), _LastWords(logging.WARNING)
    logger.propagate = False
    logger.addHandler(heard)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)


def _check_choice(name: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise InvalidSetting(f"kafka: {name} {given!r}: known are {', '.join(known)}")
