"""The archive: every exchange and every article as WARC (ISO 28500), written as they happen.

A file is called `.open` until it is finished. Each record is packed by itself and written in one
piece, so that what a crash leaves behind can be read up to where it happened. The articles are kept as
they were published, beside the pages that they come from: reading the archive back gives those very
articles, whatever extraction has learned since.
"""

import fcntl
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from connectors.archives import ARTICLE_TYPE, ARTICLES, HOLDS
from connectors.feeds.responses import REDIRECTS, Response
from schemas import Unavailable

SIZE = 1 << 30
"""Bytes after which a file is finished and the next begins: what the field is used to."""

OPEN = ".open"
"""What the name of a file ends in while it is being written."""

_WARC = "WARC/1.1"


class Archive:
    """Writes into a folder. Safe to call from many threads; closed by `close` or `with`.

    `size` is in bytes. Raises `Unavailable` where the disk does; then the file ends with the record
    before.
    """

    def __init__(
        self,
        folder: Path,
        *,
        size: int = SIZE,
        software: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = folder
        self._size = size
        self._software = software or f"Tocsin/{version('tocsin')}"
        self._clock = clock
        self._lock = threading.Lock()
        self._file: _File | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _finish_what_was_left(folder)
        except OSError as error:
            raise _failed(folder, error) from error

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, response: Response, purpose: str) -> str:
        """Keep one exchange: what was asked and what was answered. Returns the id of the answer."""
        buffer = BytesIO()
        writer = WARCWriter(buffer, gzip=True, warc_version=_WARC)
        headers = {"WARC-Date": _date(response.at), "Tocsin-Purpose": purpose}
        if not response.is_whole:
            reason = "unspecified" if response.status in REDIRECTS else "length"
            headers["WARC-Truncated"] = reason
        answer = writer.create_warc_record(
            response.url,
            "response",
            payload=BytesIO(response.raw),
            length=len(response.raw),
            warc_headers_dict=headers,
            http_headers=_answered(response),
        )
        request = writer.create_warc_record(response.url, "request", http_headers=_asked(response))
        writer.write_request_response_pair(request, answer)
        self._append(buffer.getvalue())
        return str(answer.rec_headers.get_header("WARC-Record-ID"))

    def write_article(self, article: bytes, url: str, *, page: str = "") -> None:
        """Keep one article, byte for byte. `page` is the id of the answer that it was taken from."""
        buffer = BytesIO()
        writer = WARCWriter(buffer, gzip=True, warc_version=_WARC)
        headers = {"WARC-Date": _date(self._clock())}
        if page:
            headers["WARC-Refers-To"] = page
        record = writer.create_warc_record(
            url,
            "conversion",
            payload=BytesIO(article),
            length=len(article),
            warc_content_type=ARTICLE_TYPE,
            warc_headers_dict=headers,
        )
        writer.write_record(record)
        self._append(buffer.getvalue())

    def close(self) -> None:
        """Finish the file that is open."""
        with self._lock:
            self._finish()

    def _append(self, record: bytes) -> None:
        """Write a packed record in one piece, into a new file where the last is full."""
        with self._lock:
            try:
                if self._file is None:
                    self._file = self._begin()
                self._file.append(record)
                if self._file.size >= self._size:
                    self._finish()
            except OSError as error:
                raise _failed(self._folder, error) from error

    def _begin(self) -> "_File":
        """Open a file under a name that is not taken, and say in it what it is."""
        now, number = self._clock(), 0
        while True:
            name = f"tocsin-{now:%Y%m%d%H%M%S}-{number:05}.warc.gz"
            path = self._folder / (name + OPEN)
            number += 1
            if (self._folder / name).exists():
                continue
            try:
                file = _File(path)
            except FileExistsError:
                continue
            try:
                file.append(self._about(name, now))
            except OSError:
                file.drop()
                raise
            return file

    def _about(self, name: str, now: datetime) -> bytes:
        """Make the record that says what made a file, and that it holds articles."""
        buffer = BytesIO()
        writer = WARCWriter(buffer, gzip=True, warc_version=_WARC)
        about = {
            "software": self._software,
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "robots": "obey",
            HOLDS: ARTICLES,
        }
        record = writer.create_warcinfo_record(name, about)
        record.rec_headers.replace_header("WARC-Date", _date(now))
        writer.write_record(record)
        return buffer.getvalue()

    def _finish(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.finish()


class _File:
    """One file being written, locked for as long as it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o644)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.size = 0

    def append(self, record: bytes) -> None:
        """Write a record whole, or, where the disk fails, not at all. Raises `OSError`."""
        rest = memoryview(record)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            os.lseek(self._descriptor, self.size, os.SEEK_SET)
            raise
        self.size += len(record)

    def finish(self) -> None:
        """Bring it to the disk and give it its name."""
        try:
            os.fsync(self._descriptor)
            _rename(self._path)
        finally:
            os.close(self._descriptor)

    def drop(self) -> None:
        """Give up a file in which nothing could be written."""
        os.close(self._descriptor)
        self._path.unlink()


def _finish_what_was_left(folder: Path) -> None:
    """Give their names to files that nobody writes any more: a crash left them."""
    for path in sorted(folder.glob(f"*.warc.gz{OPEN}")):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _rename(path)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)


def _rename(path: Path) -> None:
    path.rename(path.with_name(path.name.removesuffix(OPEN)))


def _failed(folder: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"the archive in {folder} cannot be written: {error.strerror or error}",
        retry_after=10.0,
        hint="Make room there, or read feeds without an archive.",
    )


def _answered(response: Response) -> StatusAndHeaders:
    """Return the head of an answer. The body is kept without its chunks, so no header may claim them."""
    headers = [
        (
            "X-Crawler-Transfer-Encoding" if name.lower() == "transfer-encoding" else name,
            _line(text),
        )
        for name, text in response.http_headers
    ]
    status = f"{response.status} {_line(response.reason)}".strip()
    return StatusAndHeaders(status, headers, protocol=response.version)


def _asked(response: Response) -> StatusAndHeaders:
    parts = urlsplit(response.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return StatusAndHeaders(f"GET {path} HTTP/1.1", list(response.sent), is_http_request=True)


def _line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
