"""A mail server on this machine that takes, refuses or keeps silent as a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Office:
    """Answers as it is told, and keeps what it took."""

    at_sender: str = "250 OK"
    at_recipient: str = "250 OK"
    at_content: str = "250 OK"
    hangs_up: bool = False
    taken: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802  # named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.at_sender

    async def handle_RCPT(  # noqa: N802  # named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at_content.startswith("250"):
            self.taken.append(envelope)
            self.encrypted.append(session.ssl is not None)
        return self.at_content

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_up:
            server.transport.abort()
        return "221 Bye"


class _Server(Controller):
    """Listens on whatever port is free, which it only knows when it listens."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def running(office: Office, **options: Any) -> Iterator[int]:
    """Run the office on a free port of this machine; give the port."""
    controller = _Server(office, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def admit_by(password: str) -> Any:
    """Make a check of passwords for `authenticator`."""

    def check(
        server: SMTP, session: Session, envelope: Envelope, way: str, login: Any
    ) -> AuthResult:
        return AuthResult(success=login.password == password.encode(), handled=False)

    return check
