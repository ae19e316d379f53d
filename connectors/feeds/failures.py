"""Why a fetch gave no response: one code and one sentence for each way in which the world can fail.

No sentence names an address: whoever
may add a feed must not learn from it what lies inside our network.
"""

import ssl
from typing import Protocol

import aiohttp
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong

from connectors.feeds.decoding import DecodingError
from schemas import TocsinError

SENTENCES = {
    "refused-url": "{why}",
    "refused-address": "{host} is at an address that is not public",
    "resting": "{host} asked to be left alone for another {why}",
    "no-address": "the name {host} cannot be looked up",
    "unreachable": "{host} cannot be reached",
    "proxy": "the proxy does not answer or does not let us through",
    "timeout": "{host} took longer than {why}",
    "certificate": "{host} has a certificate that is not to be trusted: {why}",
    "tls": "no encrypted connection to {host} could be made",
    "disconnected": "{host} ended the connection without an answer",
    "not-http": "what {host} answered is not HTTP",
    "headers-too-large": "{host} sent more headers than {why}",
    "too-large": "what {host} sends is larger than {why}",
    "truncated": "{host} ended the connection within the answer",
    "damaged-encoding": "what {host} sent does not unpack",
    "unknown-encoding": "{host} packed its answer in a way that is not known",
    "nested-encoding": "{host} packed its answer too often",
    "decoded-too-large": "what {host} sent unpacks to more than {why}",
    "bomb": "what {host} sent unpacks to absurdly more than it is",
    "bad-redirect": "{host} redirects to what is no address of a page",
    "redirect-loop": "{host} redirects in a circle",
    "too-many-redirects": "{host} redirects more than {why} times",
}
"""Every code there is. `{host}` is the host that failed, `{why}` a limit or a reason in words."""

REFUSED = frozenset({"refused-url", "refused-address", "resting"})
"""Codes of what our own rules, or the host's wish, kept us from asking for."""


class FetchError(TocsinError):
    """No response. `code` is one of `SENTENCES`, `reason` the sentence.

    `refused` tells that nothing was asked, by our rules or the host's wish; `retry_after` is in how
    many seconds it may be asked again, where that is known.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        *,
        retry_after: float | None = None,
        refused: bool | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after
        self.refused = code in REFUSED if refused is None else refused


class RefusedAddress(OSError):
    """An address that the policy does not let us dial."""


class TooManyHeaders(Exception):
    """A server that sent more than headers may take, and is not at their end."""


class TooManyBytes(Exception):
    """A server that sent far more than a body may take, whatever it says that it is."""


def failure(
    code: str, host: str = "", why: str = "", *, retry_after: float | None = None
) -> FetchError:
    """Make the error of a code."""
    return FetchError(code, SENTENCES[code].format(host=host, why=why), retry_after=retry_after)


class Bounds(Protocol):
    """The limits that sentences name: seconds and bytes."""

    @property
    def total_seconds(self) -> float:
        """For a whole fetch."""

    @property
    def connect_seconds(self) -> float:
        """For a connection."""

    @property
    def header_bytes(self) -> int:
        """For all headers."""

    @property
    def wire(self) -> int:
        """For a body as it is sent."""


def told(error: Exception, host: str, limits: Bounds) -> FetchError:
    """Tell what an error of the libraries means."""
    causes = tuple(_causes(error))
    if isinstance(error, DecodingError):
        return FetchError(error.code, error.reason)
    if any(isinstance(each, RefusedAddress) for each in causes):
        return failure("refused-address", host)
    if any(map(_is_about_headers, causes)):
        return failure("headers-too-large", host, f"{limits.header_bytes >> 10} KiB")
    if any(isinstance(each, TooManyBytes) for each in causes):
        return failure("too-large", host, f"{limits.wire >> 20} MiB")
    for each in reversed(causes):  # the library's own error knows no code
        if isinstance(each, ssl.SSLCertVerificationError):
            return failure("certificate", host, _why_not_trusted(each))
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return failure("timeout", host, f"{limits.connect_seconds:g} s to be reached")
    if isinstance(error, TimeoutError):
        return failure("timeout", host, f"{limits.total_seconds:g} s")
    return failure(_code(error), host)


def _why_not_trusted(error: ssl.SSLCertVerificationError) -> str:
    """Say what is wrong with a certificate; what is not said here is said as OpenSSL says it."""
    return _DISTRUST.get(error.verify_code, error.verify_message)


def _is_about_headers(cause: BaseException) -> bool:
    """Tell whether there was too much of headers; of their number the library has only words."""
    if isinstance(cause, BadHttpMessage) and "Too many headers" in cause.message:
        return True
    return isinstance(cause, LineTooLong | TooManyHeaders)


def _code(error: Exception) -> str:
    """Name what remains: by the type of the error, the special ones first."""
    for kinds, code in _CODES:
        if isinstance(error, kinds):
            return code
    return "not-http"


_UNKNOWN = "it is signed by nobody whom we trust"
_MISNAMED = "it is for another name"
_DISTRUST = {
    9: "it is not valid yet",
    10: "it has expired",
    18: _UNKNOWN,
    19: _UNKNOWN,
    20: _UNKNOWN,
    21: _UNKNOWN,
    62: _MISNAMED,
    64: _MISNAMED,
}
"""By the codes of OpenSSL (`X509_V_ERR_...`), which Python does not name."""

_CODES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "no-address"),
    ((aiohttp.ClientSSLError, ssl.SSLError), "tls"),
    ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), "proxy"),
    (aiohttp.ClientConnectorError, "unreachable"),
    (aiohttp.ClientPayloadError, "truncated"),
    (aiohttp.ClientResponseError, "not-http"),
    ((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError), "disconnected"),
    (aiohttp.InvalidURL, "bad-redirect"),
    (OSError, "disconnected"),
)


def _causes(error: BaseException | None) -> list[BaseException]:
    """List an error and what lies under it: its causes, and the error of the system within it."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or getattr(error, "os_error", None) or error.__context__
    return found
