"""Mail: sends messages by one SMTP server, over TLS."""

import asyncio
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from connectors.delivery.letters import address, letter
from schemas import Channel, Ended, InvalidSetting, Message, Outcome
from tocsin.addresses import is_loopback
from tocsin.wording import clean, cut

PATIENCE = 15.0
"""Seconds that one answer of a server may take."""

DEADLINE = 45.0
"""Seconds that an attempt may take: less than a delivery is leased for."""

_LONGEST_REASON = 200
_BEFORE_THE_RECIPIENT = (
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPSenderRefused,
)
_NOT_ADMITTED = frozenset({530, 534, 535, 538})
_CODE = re.compile(r"5\.\d{1,3}\.\d{1,3}\b")
_NOBODY = re.compile(
    r"\b5\.(?:1\.(?:1|2|6|10)|2\.1)\b"
    r"|(?:user|recipient|address|mailbox|account)\s+(?:is\s+)?(?:unknown|not found|disabled)"
    r"|(?:unknown|no such|invalid)\s+(?:user|recipient|mailbox|address|account)|does not exist",
    re.IGNORECASE,
)


class Tls(StrEnum):
    """How the way to a mail server is kept secret."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that mail goes out by; without a `user` nobody logs in. `sender` is a bare address.

    `authorities` is a file of certificates (PEM) to trust instead of those of the system.
    """

    host: str
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str
    tls: str = Tls.STARTTLS
    authorities: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises `InvalidSetting`."""
        if not address(self.sender):
            raise InvalidSetting(
                f"smtp: sender {self.sender!r} is no mail address, as in tocsin@example.org"
            )
        if self.tls not in list(Tls):
            raise InvalidSetting(f"smtp: tls is one of {', '.join(Tls)}, not {self.tls!r}")
        # Settings hold text: compared by what it says.
        if self.tls == Tls.NONE and not is_loopback(self.host):
            raise InvalidSetting(
                "smtp: without TLS only a server on this machine is spoken to",
                hint='Set tls = "starttls" (port 587) or tls = "implicit" (port 465).',
            )


class MailSender:
    """Sends messages as mail, each over a connection of its own."""

    def __init__(
        self, server: MailServer, *, patience: float = PATIENCE, deadline: float = DEADLINE
    ) -> None:
        self._server = server
        self._patience = patience
        self._deadline = deadline

    def target(self, channel: Channel) -> str:
        """Name the mail server: all mail goes out by it."""
        return f"{self._server.host}:{self._server.port}"

    async def send(self, channel: Channel, message: Message) -> Outcome:
        """Send a message to the address of a channel."""
        if not address(channel.to):
            return Outcome(ended=Ended.REFUSED, reason=f"channel {channel.id}: no mail address")
        content = letter(channel, message, self._server.sender)
        return await self._bounded(
            lambda smtp: smtp.sendmail(self._server.sender, [channel.to], content)
        )

    async def obstacle(self) -> str:
        """Say why no mail would be taken; empty where it would. All is done that comes before a mail."""
        outcome = await self._bounded(lambda smtp: smtp.ehlo_or_helo_if_needed())
        return outcome.reason

    async def _bounded(self, work: Callable[[smtplib.SMTP], object]) -> Outcome:
        connection = _Connection(self._server, self._patience)
        attempt = asyncio.ensure_future(asyncio.to_thread(connection.use, work))
        done, _ = await asyncio.wait({attempt}, timeout=self._deadline)
        if not done:
            connection.cut()
            outcome = await attempt
            if outcome.ended is not Ended.DELIVERED:
                reason = f"the mail server took longer than {self._deadline:g} s"
                return Outcome(ended=Ended.RETRY, reason=reason)
        return await attempt


class _Connection:
    """One connection to the server, in a thread that the loop can cut short."""

    def __init__(self, server: MailServer, patience: float) -> None:
        self._server = server
        self._patience = patience
        self._smtp: smtplib.SMTP | None = None
        self._is_cut = False

    def use(self, work: Callable[[smtplib.SMTP], object]) -> Outcome:
        """Make an attempt at some work; whatever the server does becomes an outcome."""
        try:
            self._open()
            smtp = self._smtp
            assert smtp
            if self._is_cut:  # while its name was looked up, or it was dialled: it counts as failed
                return _outcome(TimeoutError())
            work(smtp)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return _outcome(error)
        finally:
            if self._smtp:
                # What the server says to good-bye changes nothing: it has taken the mail, or not.
                with suppress(smtplib.SMTPException, OSError):
                    self._smtp.quit()
                self._smtp.close()
        return Outcome(ended=Ended.DELIVERED)

    def cut(self) -> None:
        """Break the connection off; one that is not made yet comes to nothing."""
        self._is_cut = True
        sock = getattr(self._smtp, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _open(self) -> None:
        server = self._server
        ours = server.sender.rpartition("@")[2]
        context = ssl.create_default_context(cafile=server.authorities or None)
        if server.tls == Tls.IMPLICIT:
            self._smtp = smtplib.SMTP_SSL(
                local_hostname=ours, timeout=self._patience, context=context
            )
        else:
            self._smtp = smtplib.SMTP(local_hostname=ours, timeout=self._patience)
        # Known before it connects, so that it can be cut: the name that TLS checks is then set by hand.
        self._smtp._host = server.host  # type: ignore[attr-defined]
        code, said = self._smtp.connect(server.host, server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, said)
        if server.tls == Tls.STARTTLS:
            self._smtp.starttls(context=context)
        if server.user:
            self._smtp.login(server.user, server.password)


def _outcome(error: Exception) -> Outcome:
    """Say what an error means for the attempt."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, said),) = error.recipients.values()
        outcome = _answered(code, said)
        is_gone = code in (550, 551) and _is_nobody(outcome.reason)
        return replace(outcome, ended=Ended.GONE) if is_gone else outcome
    if isinstance(error, _BEFORE_THE_RECIPIENT):
        # Said to us, whatever we bring: it is mended there or in the settings.
        return replace(_answered(error.smtp_code, error.smtp_error), ended=Ended.RETRY)
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _again(f"the mail server does not offer what is asked of it: {error}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return _again(f"the mail server's certificate is not to be trusted: {error.verify_message}")
    if isinstance(error, TimeoutError):
        return _again("the mail server did not answer in time")
    return _again(f"the mail server could not be reached: {error or type(error).__name__}")


def _is_nobody(said: str) -> bool:
    """Tell whether nobody has the address: a code of RFC 3463 decides where it begins so, else the words.

    Words alone may be about somebody else: `5.1.8 Sender domain does not exist`.
    """
    code = _CODE.match(said)
    return bool(_NOBODY.search(code[0] if code else said))


def _answered(code: int, said: bytes | str) -> Outcome:
    """Take what the server said: from 500 on it will say the same again, unless it does not admit us."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    reason = cut(clean(text), _LONGEST_REASON) or "no reason given"
    if code in _NOT_ADMITTED:
        reason = f"the mail server refused our user or password: {reason}"
    is_final = code >= 500 and code not in _NOT_ADMITTED
    ended = Ended.REFUSED if is_final else Ended.RETRY
    return Outcome(ended=ended, reason=reason, status=max(code, 0))


def _again(reason: str) -> Outcome:
    return Outcome(ended=Ended.RETRY, reason=cut(clean(reason), _LONGEST_REASON))
