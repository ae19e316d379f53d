"""Answers that are wrong before their body begins, or lead elsewhere."""

import asyncio

from tests.connectors.feeds.hostile import (
    HEAD,
    LONG,
    RSS,
    Writer,
    case,
    moved,
    plain,
    reply,
    reset,
    send,
)


# --- headers
@case("header-of-10-mb", "headers-too-large", "disconnected")
async def huge_header(writer: Writer) -> None:
    await send(writer, HEAD + b"X-Huge: ")
    for _ in range(160):
        await send(writer, b"h" * (1 << 16))
    await send(writer, b"\r\n\r\n" + RSS)


@case("header-name-of-10-mb", "headers-too-large", "disconnected")
async def huge_name(writer: Writer) -> None:
    await send(writer, HEAD)
    for _ in range(160):
        await send(writer, b"h" * (1 << 16))


@case("headers-forever", "headers-too-large", "disconnected")
async def headers_forever(writer: Writer) -> None:
    await send(writer, HEAD)
    while True:
        await send(writer, b"X-A: b\r\n" * 1000)


plain(
    "thousand-headers",
    HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(1000)) + b"\r\n" + RSS,
    "headers-too-large",
    "not-http",
)
plain(
    "headers-of-70-kb",
    HEAD + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 3500) for n in range(20)) + b"\r\n" + RSS,
    "headers-too-large",
)
plain(
    "headers-of-60-kb",
    HEAD + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 3000) for n in range(20)) + b"\r\n" + RSS,
    200,
)
plain(
    "status-line-of-1-mb",
    b"HTTP/1.1 200 " + b"O" * (1 << 20) + b"\r\n\r\n" + RSS,
    "headers-too-large",
    "not-http",
    "disconnected",
)
plain("header-with-nul", HEAD + b"X: a\0b\r\n\r\n" + RSS, "not-http", 200)
plain("header-without-colon", HEAD + b"nonsense\r\n\r\n" + RSS, "not-http", 200)
plain("header-without-name", HEAD + b": x\r\n\r\n" + RSS, "not-http", 200)
plain("header-name-with-space", HEAD + b"X Y: x\r\n\r\n" + RSS, "not-http", 200)
plain("header-folded", HEAD + b"X: a\r\n  b\r\n\r\n" + RSS, "not-http", 200)
plain("header-not-utf8", HEAD + b'X: \xff\xfe\x80\r\nETag: "\xe9"\r\n\r\n' + RSS, 200)
plain("headers-cut", HEAD + b"X: a", "disconnected", "not-http", "truncated")
plain("bare-newlines", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "not-http")
plain("cookies", reply(RSS, *(b"Set-Cookie: c%d=1" % n for n in range(50))), 200)


# --- interim responses
@case("continue-storm", "headers-too-large", "disconnected")
async def continue_storm(writer: Writer) -> None:
    while True:
        await send(writer, b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


@case("early-hints-storm", "headers-too-large", "disconnected")
async def early_hints(writer: Writer) -> None:
    while True:
        await send(writer, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500)


plain("one-continue", b"HTTP/1.1 100 Continue\r\n\r\n" + reply(), 200)
plain(
    "switching-protocols",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nrest",
    "not-http",
    "disconnected",
)

# --- no HTTP
plain("nothing", b"", "disconnected")
plain("garbage", bytes(range(256)) * 100, "not-http")
plain("garbage-before-status", b"garbage\r\n" + reply(), "not-http")
plain("newlines-before-status", b"\r\n\r\n" + reply(), 200, "not-http")
plain("http-0.9", RSS, "not-http")
plain("http-2-preface", b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18, "not-http")
plain("http-9.9", b"HTTP/9.9 200 OK\r\n\r\n" + RSS, "not-http", 200)
plain("status-words", b"HTTP/1.1 fine OK\r\n\r\n" + RSS, "not-http")
plain("status-0", b"HTTP/1.1 000 OK\r\n\r\n" + RSS, "not-http")
plain("status-99", b"HTTP/1.1 99 OK\r\n\r\n" + RSS, "not-http")
plain("status-999", b"HTTP/1.1 999 OK\r\n\r\n" + RSS, "not-http")
plain("status-99999", b"HTTP/1.1 99999 OK\r\n\r\n" + RSS, "not-http")
plain("ssh", b"SSH-2.0-OpenSSH_9.9\r\n", "not-http")
plain("smtp", b"220 mail.example ESMTP\r\n", "not-http")
plain("two-responses", reply() + reply(b"smuggled"), 200)
plain("endless-second", reply() + b"HTTP/1.1 200 OK\r\n\r\n" * 50_000, 200)


@case("reset-at-once", "disconnected")
async def reset_at_once(writer: Writer) -> None:
    reset(writer)


@case("reset-in-headers", "disconnected")
async def reset_in_headers(writer: Writer) -> None:
    await send(writer, HEAD + b"X: ")
    await asyncio.sleep(0.05)
    reset(writer)


@case("reset-in-body", "truncated", "disconnected")
async def reset_in_body(writer: Writer) -> None:
    await send(writer, HEAD + b"Content-Length: 5000\r\n\r\n" + RSS)
    await asyncio.sleep(0.05)
    reset(writer)


@case("half-close", 200)
async def half_close(writer: Writer) -> None:
    await send(writer, HEAD + b"\r\n" + RSS)
    writer.write_eof()
    await asyncio.sleep(600)


@case("half-close-before-answer", "disconnected")
async def half_close_before(writer: Writer) -> None:
    writer.write_eof()
    await asyncio.sleep(600)


# --- redirects
plain("redirect-loop", moved(b"/redirect-loop"), "redirect-loop")
plain("redirect-circle", moved(b"/redirect-circle-back"), "redirect-loop")
plain("redirect-circle-back", moved(b"/redirect-circle"), "redirect-loop")
for hop in range(30):
    plain(
        f"hops-{hop}",
        moved(b"/hops-%d" % (hop + 1)),
        *(("too-many-redirects",) if hop < 25 else (200,)),
    )
plain("hops-30", reply(), 200)
for name, place in {
    "file": b"file:///etc/passwd",
    "ftp": b"ftp://127.0.0.1/x",
    "gopher": b"gopher://127.0.0.1:6379/_x",
    "javascript": b"javascript:alert(1)",
    "data": b"data:text/xml,<rss/>",
    "private": b"http://10.0.0.1/",
    "metadata": b"http://169.254.169.254/latest/meta-data/",
    "loopback-v6": b"http://[::1]/",
    "mapped": b"http://[::ffff:10.0.0.1]/",
    "decimal": b"http://2130706433/",
    "octal": b"http://0177.0.0.1/",
    "credentials": b"http://user:pass@127.0.0.1/",
    "backslash": b"http:\\\\127.0.0.1\\",
    "no-host": b"http:///x",
    "bad-port": b"http://127.0.0.1:99999/",
    "long": b"http://127.0.0.1/" + b"a" * 20_000,
    "brackets": b"http://[[[/",
    "nul": b"http://127.0.0.1%00.example/",
}.items():
    plain(f"redirect-to-{name}", moved(place), "bad-redirect", "refused-address")
plain("redirect-to-garbage", moved(b"\xff\xfe\x80://\x80"), 404)
plain("redirect-to-closed-port", moved(b"http://127.0.0.1:1/"), "unreachable")
plain("redirect-to-nothing", reply(b"", status=b"302 Found"), 302)
plain("redirect-to-empty", moved(b""), 302)
plain(
    "redirect-twice-said",
    reply(b"", b"Location: /plain", b"Location: /x", status=b"302 Found"),
    200,
    404,
    "bad-redirect",
)
plain(
    "redirect-with-bomb",
    b"HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 999999999\r\n\r\n" + LONG,
    200,
)
plain("redirect-in-utf8", moved("/schön".encode()), 404)
plain("redirect-with-spaces", moved(b"  /plain  "), 200)

# --- what is to be asked later
for number, (name, later) in enumerate(
    {
        "garbage": b"soon",
        "negative": b"-5",
        "zero": b"0",
        "past": b"Wed, 21 Oct 2015 07:28:00 GMT",
        "year-0": b"Sun, 00 Foo 0000 99:99:99 GMT",
        "not-latin": b"\xff\xfe",
    }.items()
):
    plain(f"retry-after-{name}", reply(b"", b"Retry-After: " + later, status=b"503 No"), 503)
    del number
plain("no-content", b"HTTP/1.1 204 No Content\r\nContent-Length: 100\r\n\r\n", 204)
plain("not-modified-unasked", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n", 304)
plain("no-content-with-content", b"HTTP/1.1 204 No Content\r\n\r\n" + RSS, 204)
plain("not-modified-with-content", reply(RSS, status=b"304 Not Modified"), 304)
plain("etag-huge", reply(RSS, b'ETag: "' + b"e" * 60_000 + b'"'), 200)
plain("plain", reply(), 200)
