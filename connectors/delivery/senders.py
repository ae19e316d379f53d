"""Senders: what brings a message to a channel. One for each kind of channel."""

from typing import Protocol

from schemas import Channel, Message, Outcome


class Sender(Protocol):
    """Makes one attempt at a time; that it may be tried again, and when, is not its business."""

    def target(self, channel: Channel) -> str:
        """Name what answers for a channel, which must not see too many of us at once: a host, a server."""

    async def send(self, channel: Channel, message: Message) -> Outcome:
        """Send a message. Whatever the target does is an outcome; nothing is raised for it."""
