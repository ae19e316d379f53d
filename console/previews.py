"""Previews: an alert as each kind of channel would bring it. Nothing is sent, and no clock is asked."""

from collections.abc import Callable, Mapping, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import MappingProxyType

from connectors.delivery.letters import letter
from schemas import Alert, Channel, ChannelKind, Message, Subscription, WatchList
from tocsin.atom import feed
from tocsin.messages import Shown, alert_message
from tocsin.watchlists import names_of

_DESK = Channel(id="desk", kind=ChannelKind.EMAIL, to="desk@example.org")
_SENDER = "tocsin@example.org"


def preview(
    kind: str, alert: Alert, subscription: Subscription, watch_lists: Sequence[WatchList]
) -> str:
    """Write an alert as a kind of channel brings it, had it rung when its article was first seen."""
    shown = Shown(alert=alert, rung=alert.first_seen, names=names_of(watch_lists))
    if kind == "feed":
        return feed(subscription, [shown]).decode()
    return _BY_MESSAGE[kind](alert_message(shown, subscription))


def _webhook(message: Message) -> str:
    return message.json + "\n"


def _email(message: Message) -> str:
    """Write a letter as a reader has it: decoded, text before HTML."""
    mail = message_from_bytes(letter(_DESK, message, _SENDER), policy=default)
    assert isinstance(mail, EmailMessage)
    headers = (f"{name}: {value}" for name, value in mail.items())
    parts = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    return "\n\n".join(("\n".join(headers), *parts))


def _chat(message: Message) -> str:
    return f"{message.subject}\n\n{message.text}"


_BY_MESSAGE: Mapping[str, Callable[[Message], str]] = MappingProxyType(
    {"webhook": _webhook, "email": _email, "chat": _chat}
)

KINDS = (*_BY_MESSAGE, "feed")
"""What may be previewed."""
