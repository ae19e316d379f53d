"""One request and its answer, read within limits; no redirects, no turns, no deadline."""

from dataclasses import dataclass
from datetime import datetime

import aiohttp
from aiohttp.http import HttpProcessingError
from yarl import URL

from connectors.feeds.decoding import Decoder, DecodingError
from connectors.feeds.failures import FetchError, failure
from connectors.feeds.responses import REDIRECTS, SAME_METHOD, Response
from tocsin.addresses import Target

MOST_HEADERS = 256
"""Lines of headers of one response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one fetch may take: seconds, bytes as sent, bytes unpacked, redirects, bytes of headers."""

    total_seconds: float = 30.0
    connect_seconds: float = 5.0
    wire: int = 5 << 20
    decoded: int = 15 << 20
    redirects: int = 5
    header_bytes: int = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is sent, wherever redirects lead: `headers`, and the `form` of a POST, or `None` for a GET.

    With `most`, reading an answer ends after so many bytes, unpacked.
    """

    headers: dict[str, str]
    form: bytes | None = None
    most: int = 0

    @property
    def redirects(self) -> tuple[int, ...]:
        """Name the statuses that are followed; those that would make a GET of a POST are not."""
        return REDIRECTS if self.form is None else SAME_METHOD


async def ask(
    session: aiohttp.ClientSession,
    target: Target,
    asked: Asked,
    *,
    limits: Limits,
    at: datetime,
    proxy: str | None = None,
) -> Response:
    """Send a request and read its answer. Raises `FetchError`, `DecodingError` and what aiohttp raises."""
    request = session.request(
        "GET" if asked.form is None else "POST",
        URL(target.url, encoded=True),
        headers=asked.headers,
        data=asked.form,
        allow_redirects=False,
        proxy=proxy,
    )
    async with request as answer:
        pairs = tuple(
            (name.decode("latin-1"), text.decode("latin-1")) for name, text in answer.raw_headers
        )
        _check_head(answer, pairs, target.host, limits)
        raw, body, is_whole = await _body(answer, target.host, limits, asked.most)
        return Response(
            requested=target.url,
            url=target.url,
            status=answer.status,
            headers=_joined(pairs),
            body=body,
            raw=raw,
            http_headers=pairs,
            is_whole=is_whole,
            sent=(("Host", answer.request_info.headers.get("Host", "")), *asked.headers.items()),
            reason=answer.reason or "",
            version=_version(answer),
            at=at,
        )


def _check_head(
    answer: aiohttp.ClientResponse, pairs: tuple[tuple[str, str], ...], host: str, limits: Limits
) -> None:
    """Refuse what is no answer, or says too much before it."""
    if not 200 <= answer.status <= 599:
        raise failure("not-http", host)
    if sum(len(name) + len(text) + 4 for name, text in pairs) > limits.header_bytes:
        raise failure("headers-too-large", host, f"{limits.header_bytes >> 10} KiB")


async def _body(
    answer: aiohttp.ClientResponse, host: str, limits: Limits, most: int
) -> tuple[bytes, bytes, bool]:
    """Read a body: as it came, unpacked, and whether it is whole. That of a redirect is left."""
    if answer.status in REDIRECTS and "Location" in answer.headers:
        return b"", b"", False
    try:
        return await _read(answer, host, limits, most)
    except (DecodingError, FetchError, aiohttp.ClientPayloadError, HttpProcessingError):
        if 200 <= answer.status < 300:
            raise
        return b"", b"", False


async def _read(
    answer: aiohttp.ClientResponse, host: str, limits: Limits, most: int
) -> tuple[bytes, bytes, bool]:
    raw, decoder = (
        bytearray(),
        Decoder(answer.headers.get("Content-Encoding", ""), limit=limits.decoded),
    )
    if not most and (answer.content_length or 0) > limits.wire:
        raise _too_large(host, limits)
    while chunk := await answer.content.readany():
        raw += chunk
        if len(raw) > limits.wire:
            raise _too_large(host, limits)
        decoder.write(chunk)
        if most and decoder.size >= most:
            return bytes(raw), decoder.so_far()[:most], False
    return bytes(raw), decoder.finish(), True


def _too_large(host: str, limits: Limits) -> FetchError:
    return failure("too-large", host, f"{limits.wire >> 20} MiB")


def _version(answer: aiohttp.ClientResponse) -> str:
    return f"HTTP/{answer.version.major}.{answer.version.minor}" if answer.version else "HTTP/1.1"


def _joined(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Gather headers by lower-case name."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found
