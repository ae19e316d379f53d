"""The metrics endpoint: what Prometheus scrapes, on loopback unless told otherwise."""

from schemas import InvalidSetting


def serve_metrics(listen: str) -> None:
    """Serve `/metrics` at `HOST:PORT` from a thread of its own; an empty `listen` serves nothing.

    Raises `InvalidSetting` where that is no address, or it is taken.
    """
    if not listen:
        return
    from prometheus_client import start_http_server

    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise InvalidSetting(f"metrics.listen: {listen!r} is not HOST:PORT, as in 127.0.0.1:9464")
    try:
        start_http_server(int(port), host.strip("[]"))
    except OSError as error:
        raise InvalidSetting(
            f"metrics.listen: cannot listen at {listen}: {error.strerror or error}",
            hint="Is another Tocsin running? Set [metrics] listen to another port, or to nothing.",
        ) from error
