"""Chat: sends messages through Apprise, which speaks to over a hundred services by one URL each.

Such a URL holds a secret and comes from whoever runs us: it is dialled as it is, also within one's own
network, and it is never told: not in reasons, not in logs.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from connectors.delivery.dialects import Dialect, fitted, spoken
from schemas import Channel, Ended, Message, Outcome

if TYPE_CHECKING:
    from apprise import Apprise, NotifyFormat
    from apprise.plugins.base import NotifyBase

_RENDERS_MARKDOWN = frozenset(
    (
        *("discord", "guilded", "mmost", "mmosts", "zulip", "revolt", "ryver"),
        *("nctalk", "nctalks", "rocket", "rockets", "twist"),
    )
)
"""Services that take for Markdown what Apprise hands over as plain text."""

_AS_TEXT = _RENDERS_MARKDOWN | {"slack", "gchat", "matrix", "matrixs", "wxteams", "webex"}
"""Services that are handed plain text: in the other formats Apprise reads calls and links out of it."""

_AS_HTML = frozenset({"tgram"})
"""Services whose HTML Apprise escapes text for; their Markdown it does not."""

_TITLED = frozenset({"slack", "mailto", "mailtos"})
"""Services whose title is a field of its own, which is never markup."""

_LOUD = ("apprise", "urllib3")
"""Loggers that write URLs, which are secrets here."""


class ChatSender:
    """Sends messages through Apprise; all that it says of an attempt is yes or no."""

    def __init__(self) -> None:
        for name in _LOUD:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)

    def target(self, channel: Channel) -> str:
        """Name the service and the channel: the host in the URL may be a secret already."""
        return f"{_scheme(channel)}:{channel.id}"

    def obstacle(self, channel: Channel) -> str:
        """Say why nothing could be sent to a channel's URL; empty where it is one that Apprise knows."""
        try:
            return _unknown(_scheme(channel)) if _services(channel) is None else ""
        except Exception as error:  # as when something is sent
            return f"{_scheme(channel)} failed with {type(error).__name__}"

    async def send(self, channel: Channel, message: Message) -> Outcome:
        """Send a message to the service of a channel."""
        return await asyncio.to_thread(_send, channel, message)


def _scheme(channel: Channel) -> str:
    scheme, found, _ = channel.to.partition("://")
    is_word = bool(found) and scheme.isascii() and scheme.isalnum() and len(scheme) <= 20
    return scheme.lower() if is_word else "apprise"


def _unknown(scheme: str) -> str:
    return f"to Apprise that is not one {scheme} URL that it knows"


def _services(channel: Channel) -> "Apprise | None":
    """Make what a URL is read as; None where it is not one service."""
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id="Tocsin", app_desc="Tocsin", app_url="", image_url_mask="", image_url_logo=""
    )
    services = Apprise(asset=asset)
    return services if services.add(channel.to) and len(services) == 1 else None


def _send(channel: Channel, message: Message) -> Outcome:
    scheme = _scheme(channel)
    try:
        services = _services(channel)
        if services is None:
            reason = f"channel {channel.id}: {_unknown(scheme)}"
            return Outcome(ended=Ended.REFUSED, reason=reason)
        taken = services.notify(**_notification(services[0], scheme, message))
    except Exception as error:  # over a hundred services, each with faults of its own
        # The kind alone: what an error says may hold the URL.
        reason = f"{scheme} failed with {type(error).__name__}"
        return Outcome(ended=Ended.RETRY, reason=reason)
    if taken:
        return Outcome(ended=Ended.DELIVERED)
    return Outcome(ended=Ended.RETRY, reason=f"{scheme} did not take it; Apprise does not say why")


def _notification(service: "NotifyBase", scheme: str, message: Message) -> dict[str, Any]:
    """Choose in what format a service is told a message, and write it in its dialect."""
    from apprise import NotifyFormat

    if scheme in _AS_TEXT:
        service.notify_format = NotifyFormat.TEXT
    elif scheme in _AS_HTML:
        service.notify_format = NotifyFormat.HTML
    dialect = _dialect(service.notify_format, scheme)
    is_plain = dialect is Dialect.PLAIN and service.notify_format == NotifyFormat.TEXT
    # Where a title is not a field of its own it would only say again what the text begins with.
    has_title = scheme in _TITLED or (is_plain and service.title_maxlen > 0)
    is_markdown = service.notify_format == NotifyFormat.MARKDOWN
    return {
        "title": spoken(message.subject, Dialect.PLAIN) if has_title else "",
        "body": fitted(spoken(message.text, dialect), service.body_maxlen),
        "body_format": NotifyFormat.MARKDOWN if is_markdown else NotifyFormat.TEXT,
    }


def _dialect(format: "NotifyFormat", scheme: str) -> Dialect:
    from apprise import NotifyFormat

    if scheme == "slack":
        return Dialect.SLACK
    if scheme in _RENDERS_MARKDOWN or format == NotifyFormat.MARKDOWN:
        return Dialect.MARKDOWN
    return Dialect.PLAIN
