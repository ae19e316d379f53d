"""Bodies that are too large, too slow, too short, or not what they say."""

import asyncio
import gzip
from collections.abc import Callable

from tests.connectors.feeds.bombs import BOMBS
from tests.connectors.feeds.hostile import HEAD, LONG, RSS, Writer, case, plain, reply, send

# --- bombs
for bomb, make in BOMBS.items():

    @case(f"bomb-{bomb}", "bomb", "decoded-too-large")
    async def bomb_answer(writer: Writer, make: Callable[[], tuple[str, bytes]] = make) -> None:
        encodings, body = make()
        await send(writer, reply(body, b"Content-Encoding: " + encodings.encode()))

    @case(f"bomb-{bomb}-chunked", "bomb", "decoded-too-large")
    async def bomb_chunked(writer: Writer, make: Callable[[], tuple[str, bytes]] = make) -> None:
        encodings, body = make()
        head = HEAD + b"Transfer-Encoding: chunked\r\nContent-Encoding: " + encodings.encode()
        await send(writer, head + b"\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))


# --- lengths
plain("length-too-long", HEAD + b"Content-Length: 9999\r\n\r\n" + RSS, "truncated")
plain("length-too-short", HEAD + b"Content-Length: 10\r\n\r\n" + RSS, 200)
plain("length-zero", HEAD + b"Content-Length: 0\r\n\r\n" + RSS, 200)
plain("length-negative", HEAD + b"Content-Length: -5\r\n\r\n" + RSS, "not-http")
plain("length-words", HEAD + b"Content-Length: many\r\n\r\n" + RSS, "not-http")
plain("length-huge", HEAD + b"Content-Length: 99999999999\r\n\r\n" + RSS, "too-large")
plain("length-overflow", HEAD + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n" + RSS, "not-http")
plain(
    "length-twice", HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + RSS, "not-http", 200
)
plain(
    "length-and-chunks",
    HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "not-http",
    200,
)
plain("length-none", HEAD + b"\r\n" + RSS, 200)
plain("error-too-long", b"HTTP/1.1 500 No\r\nContent-Length: 9999\r\n\r\n" + RSS, 500)
plain("error-huge", b"HTTP/1.1 404 No\r\nContent-Length: 99999999999\r\n\r\n" + RSS, 404)

# --- chunks
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
plain("chunks-cut", CHUNKED + b"5\r\nhello\r\n", "truncated")
plain("chunks-cut-within", CHUNKED + b"ff\r\nhello", "truncated")
plain(
    "chunk-size-words",
    CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    "truncated",
    "not-http",
    "disconnected",
)
plain("chunk-size-negative", CHUNKED + b"-1\r\nhello\r\n0\r\n\r\n", "truncated", "not-http")
plain("chunk-size-huge", CHUNKED + b"f" * 30 + b"\r\nhello\r\n", "truncated", "not-http")
plain(
    "chunk-extension",
    CHUNKED + b"5;a=" + b"b" * 200_000 + b"\r\nhello\r\n0\r\n\r\n",
    "truncated",
    "not-http",
    "headers-too-large",
    200,
)
plain(
    "chunk-trailers",
    CHUNKED + b"5\r\nhello\r\n0\r\n" + b"A: b\r\n" * 100_000 + b"\r\n",
    "truncated",
    "headers-too-large",
    "not-http",
    200,
)
plain(
    "chunks-twice", HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "not-http", 200
)
plain("transfer-gzip", HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + RSS, "not-http", 200)


@case("chunks-forever", "too-large")
async def chunks_forever(writer: Writer) -> None:
    await send(writer, CHUNKED)
    while True:
        await send(writer, b"4000\r\n" + b"x" * 0x4000 + b"\r\n")


@case("chunks-of-one-byte", "timeout", forever=True)
async def chunks_of_one(writer: Writer) -> None:
    await send(writer, CHUNKED)
    while True:
        await send(writer, b"1\r\nx\r\n")
        await asyncio.sleep(0.05)


@case("chunks-with-extensions", "too-large")
async def chunks_with_nothing(writer: Writer) -> None:
    await send(writer, CHUNKED)
    while True:
        await send(writer, b"1;" + b"e" * 4000 + b"\r\nx\r\n")


@case("body-forever", "too-large")
async def body_forever(writer: Writer) -> None:
    await send(writer, HEAD + b"\r\n")
    while True:
        await send(writer, b"x" * (1 << 16))


# --- slowness
async def drip(writer: Writer, content: bytes) -> None:
    for at in range(len(content)):
        await send(writer, content[at : at + 1])
        await asyncio.sleep(0.05)


@case("silence", "timeout", forever=True)
async def silence(writer: Writer) -> None:
    await asyncio.sleep(600)


@case("drip-status", "timeout", forever=True)
async def drip_status(writer: Writer) -> None:
    await drip(writer, HEAD + b"\r\n" + LONG)


@case("drip-headers", "timeout", forever=True)
async def drip_headers(writer: Writer) -> None:
    await send(writer, HEAD)
    await drip(writer, b"X-Long: " + LONG)


@case("drip-body", "timeout", forever=True)
async def drip_body(writer: Writer) -> None:
    await send(writer, HEAD + b"Content-Length: %d\r\n\r\n" % len(LONG))
    await drip(writer, LONG)


@case("drip-error-body", "timeout", 503, forever=True)
async def drip_error(writer: Writer) -> None:
    await send(writer, b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % len(LONG))
    await drip(writer, LONG)


@case("headers-then-silence", "timeout", forever=True)
async def headers_then_silence(writer: Writer) -> None:
    await send(writer, HEAD + b"Content-Length: 100\r\n\r\n")
    await asyncio.sleep(600)


@case("drip-of-gzip", "timeout", forever=True)
async def drip_of_gzip(writer: Writer) -> None:
    _, body = BOMBS["gzip"]()
    await send(writer, HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body))
    await drip(writer, body)


# --- encodings
GZIPPED = gzip.compress(bytes(3 << 20))
plain("gzip-that-is-none", reply(RSS, b"Content-Encoding: gzip"), 200)
plain("br-that-is-none", reply(RSS, b"Content-Encoding: br"), "damaged-encoding", "truncated")
plain("zstd-that-is-none", reply(RSS, b"Content-Encoding: zstd"), "damaged-encoding")
plain("deflate-that-is-none", reply(RSS, b"Content-Encoding: deflate"), "damaged-encoding")
plain("encoding-unknown", reply(RSS, b"Content-Encoding: rot13"), "unknown-encoding")
plain("encoding-ten-times", reply(RSS, b"Content-Encoding: " + b"gzip," * 10), "nested-encoding")
plain("gzip-cut", reply(GZIPPED[:600], b"Content-Encoding: gzip"), "truncated")
plain(
    "gzip-damaged",
    reply(GZIPPED[:100] + b"\xff" * 100, b"Content-Encoding: gzip"),
    "damaged-encoding",
    "truncated",
)
plain("error-with-bomb", reply(GZIPPED, b"Content-Encoding: gzip", status=b"500 No"), 500)
plain("error-packed-unknown", reply(RSS, b"Content-Encoding: rot13", status=b"403 No"), 403)
plain(
    "charset-lies",
    reply("Не UTF-8".encode("cp1251"), b"Content-Type: text/xml; charset=utf-8"),
    200,
)
plain(
    "charset-garbage",
    reply(
        RSS,
        b'Content-Type: text/xml; charset=\xff\0;;=,"',
    ),
    200,
    "not-http",
)
plain("type-garbage", reply(RSS, b'Content-Type: ////;;;="' + b"x" * 1000), 200)
