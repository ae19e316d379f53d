"""A server on this machine that a chat service could be: it keeps what is posted."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Room:
    """Where it is, what it answers, and what it was told: (path, body)."""

    port: int = 0
    status: int = 200
    answer: bytes = b"ok"
    told: list[tuple[str, Any]] = field(default_factory=list)


@contextmanager
def a_room(*, status: int = 200, answer: bytes = b"ok") -> Iterator[Room]:
    """Open a room on a free port."""
    room = Room(status=status, answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            room.told.append((self.path, json.loads(body)))
            self.send_response(room.status)
            self.send_header("Content-Length", str(len(room.answer)))
            self.end_headers()
            self.wfile.write(room.answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    room.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield room
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
