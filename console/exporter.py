"""The metrics endpoint: what Prometheus scrapes, on loopback unless told otherwise."""

from typing import TYPE_CHECKING

from console.settings import host_and_port
from schemas import InvalidSetting

if TYPE_CHECKING:
    from prometheus_client.registry import Collector


def serve_metrics(listen: str, registry: "Collector | None" = None) -> None:
    """Serve `/metrics` at `HOST:PORT` from a thread of its own; an empty `listen` serves nothing.

    Served is what this process counts, or what `registry` gathers. Raises `InvalidSetting` where that is no address, or it is taken.
    """
    if not listen:
        return
    from prometheus_client import REGISTRY, start_http_server

    host, port = host_and_port("metrics.listen", listen)
    try:
        start_http_server(port, host, registry or REGISTRY)
    except OSError as error:
        raise InvalidSetting(
            f"metrics.listen: cannot listen at {listen}: {error.strerror or error}",
            hint="Is another Tocsin running? Set [metrics] listen to another port, or to nothing.",
        ) from error
