"""Channels: where alerts go, and by what."""

from dataclasses import dataclass, field
from enum import StrEnum


class ChannelKind(StrEnum):
    """By what a channel sends."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    APPRISE = "apprise"
    FEED = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One target of alerts, named in the settings.

    `to` is a webhook's URL, a mail address, or a URL of Apprise; a feed has none. `secret` signs webhooks,
    and `old_secret` beside it until all have taken the new one. Neither `secret` nor the URL of Apprise,
    which holds one, is ever printed or stored. `fallback` names the channel by which the owner is told
    when this one is gone.
    """

    id: str
    kind: ChannelKind
    to: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    old_secret: str = field(default="", repr=False)
    fallback: str = ""
