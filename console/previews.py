"""Previews: an alert, or a digest, as channels would bring it. Nothing is sent, and no clock is asked."""

from collections.abc import Callable, Mapping, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import MappingProxyType

from connectors.delivery.deliverer import message_of_alert
from connectors.delivery.letters import letter
from schemas import (
    Alert,
    Channel,
    ChannelKind,
    Coverage,
    Message,
    MessageKind,
    Subscription,
    WatchList,
    encode,
)
from schemas.ids import digest_id
from store.ordinals import microseconds
from tocsin.atom import feed
from tocsin.delivery import next_digest
from tocsin.messages import Shown, alert_message, gathered_message
from tocsin.receipts import receipt
from tocsin.watchlists import names_of

_DESK = Channel(id="desk", kind=ChannelKind.EMAIL, to="desk@example.org")
_SENDER = "tocsin@example.org"

_DAY = "2026-01-01"
_READ = (
    Coverage(feed="https://one.example/feed", day=_DAY, polled=24, new=3, unchanged=21),
    Coverage(feed="https://two.example/feed", day=_DAY, polled=8, failed=8),
    Coverage(feed="https://three.example/feed", day=_DAY, polled=2, refused=2),
    Coverage(feed="https://four.example/feed", day=_DAY, polled=24, unchanged=24, silent=True),
)
_EXAMPLE = """\
An example. The stories, and what is said of each, are what rang in the file; how far they spread is not
known of a file. The feeds below “What was read”, and the addresses of the letter, are made up.

"""


def preview(
    kind: str, alert: Alert, subscription: Subscription, watch_lists: Sequence[WatchList]
) -> str:
    """Write an alert as a kind of channel brings it, had it rung when its article was first seen."""
    shown = Shown(alert=alert, rung=alert.first_seen, names=names_of(watch_lists))
    if kind == "feed":
        return feed(subscription, [shown]).decode()
    if kind == "kafka":
        return message_of_alert(alert, encode(alert)).value.decode() + "\n"
    return _BY_MESSAGE[kind](alert_message(shown, subscription))


def preview_digest(
    alerts: Sequence[Alert], subscription: Subscription, watch_lists: Sequence[WatchList]
) -> str:
    """Write some alerts, at least one, as the text of a letter brings a digest of them, and say what is made up.

    It is the first digest that is due after all of them; where none was asked for, one up to the last.
    """
    until = max(alert.first_seen for alert in alerts)
    if subscription.digest:
        until = next_digest(subscription.digest.cron, subscription.digest.timezone, until)
    names = names_of(watch_lists)
    message = gathered_message(
        digest_id(subscription.id, _DESK.id, microseconds(until)),
        MessageKind.DIGEST,
        subscription,
        [Shown(alert=each, rung=each.first_seen, names=names) for each in alerts],
        receipt(_READ),
        until,
    )
    headers, text, *_ = _parts(message)
    return f"{_EXAMPLE}{headers}\n\n{text}"


def _webhook(message: Message) -> str:
    return message.json + "\n"


def _email(message: Message) -> str:
    """Write a letter as a reader has it: decoded, text before HTML."""
    return "\n\n".join(_parts(message))


def _parts(message: Message) -> list[str]:
    """Take a letter apart: its headers, its text, its HTML."""
    mail = message_from_bytes(letter(_DESK, message, _SENDER), policy=default)
    assert isinstance(mail, EmailMessage)
    headers = (f"{name}: {value}" for name, value in mail.items())
    parts = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    return ["\n".join(headers), *parts]


def _chat(message: Message) -> str:
    return f"{message.subject}\n\n{message.text}"


_BY_MESSAGE: Mapping[str, Callable[[Message], str]] = MappingProxyType(
    {"webhook": _webhook, "email": _email, "chat": _chat}
)

KINDS = (*_BY_MESSAGE, "feed", "kafka")
"""As what an alert may be previewed."""
