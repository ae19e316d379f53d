"""Letters: a message as the bytes of a mail. No clock and no chance: every attempt has the same bytes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.headerregistry import Address
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from urllib.parse import quote

from schemas import Channel, Message, MessageKind, decode
from schemas.ids import alert_id
from tocsin.wording import clean

# The older of the two policies: the newer one puts what it cannot fold into encoded words, ids too.
# Only encoded words are folded: none of our headers is longer than a line may be.
_POLICY = compat32.clone(linesep="\r\n", max_line_length=998)

_READABLE = Charset("utf-8")
_READABLE.body_encoding = QP


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    """What a letter needs of a message's JSON: when it rang."""

    timestamp: datetime


def address(text: str) -> str:
    """Return a bare mail address that can be written to in ASCII; empty for anything else."""
    try:
        parsed = Address(addr_spec=text)
    except Exception:  # its parser raises what it meets: IndexError, ValueError, HeaderParseError
        return ""
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' <>,;:"()[]\\')
    return text if is_plain and parsed.username and "." in parsed.domain.strip(".") else ""


def letter(channel: Channel, message: Message, sender: str) -> bytes:
    """Write a message as a mail from one bare address to that of its channel.

    Its Message-ID is made of the message's id, and all of a story refer to the thread of that story.
    """
    boundary = f"=_{hashlib.sha256(message.id.encode()).hexdigest()[:32]}"
    mail = MIMEMultipart("alternative", boundary, policy=_POLICY)
    for name, value in _headers(channel, message, sender):
        # In one line whatever it holds: nothing can put a header of its own behind it.
        line = _sound(clean(value))
        is_plain = line.isascii() and "=?" not in line
        mail[name] = line if is_plain else Header(line, "utf-8", header_name=name).encode()
    for content, subtype in ((message.text, "plain"), (message.html, "html")):
        mail.attach(MIMEText(_sound(content), subtype, _READABLE))  # type: ignore[arg-type]
    return mail.as_bytes(policy=_POLICY)


def _headers(channel: Channel, message: Message, sender: str) -> Iterator[tuple[str, str]]:
    domain = sender.rpartition("@")[2]
    rung = decode(_Payload, message.json.encode()).timestamp
    yield "From", f"Tocsin <{sender}>"
    yield "To", channel.to
    yield "Subject", message.subject
    yield "Date", format_datetime(rung)
    yield "Message-ID", f"<{message.id}@{domain}>"
    if message.story:
        thread = f"<story.{message.story}@{domain}>"
        alert = f"<{alert_id(message.subscription, message.story)}@{domain}>"
        is_update = message.kind is MessageKind.UPDATE
        yield "In-Reply-To", alert if is_update else thread
        yield "References", f"{thread} {alert}" if is_update else thread
    yield "List-Id", f"<{message.subscription}.tocsin.{domain}>"
    subject = quote(f"unsubscribe {message.subscription}")
    yield "List-Unsubscribe", f"<mailto:{sender}?subject={subject}>"
    yield "Auto-Submitted", "auto-generated"


def _sound(text: str) -> str:
    """Replace what is half a character: it has no bytes."""
    return text.encode("utf-8", "replace").decode()
