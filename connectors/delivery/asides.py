"""Asides: what was leased and is not sent: it is held meanwhile, or there is no way to send it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.delivery.rulebook import Rulebook
from schemas import Alert, Channel, ChannelKind, DeliveryState, MessageKind
from store.leases import Aside, Leased
from tocsin.delivery import Fail, Postpone, Ringing, Suppress, reconsider


def asides_of(
    leased: Sequence[Leased],
    alerts: Mapping[str, Alert],
    rulebook: Rulebook,
    channels: Mapping[str, Channel],
    kinds: Collection[ChannelKind],
    now: datetime,
) -> Iterator[Aside]:
    """Find what is not sent, by the rules as they are now and the `kinds` of channels that can be sent to.

    What we say of ourselves is held by nothing.
    """
    for each in leased:
        if each.kind is not MessageKind.NOTICE:
            subscription = rulebook.subscriptions.get(each.subscription)
            held = rulebook.holds(each.subscription)
            ringing = ringing_of(each.channel, alerts.get(each.alert))
            verdict = reconsider(now, subscription, held, ringing)
            if isinstance(verdict, Postpone | Suppress | Fail):
                yield aside_for(each, verdict, now)
                continue
        channel = channels.get(each.channel)
        if channel is not None and channel.kind is ChannelKind.FEED:
            yield Aside(each, DeliveryState.DELIVERED, "the feed shows it", now)
        elif channel is None or channel.kind not in kinds:
            yield aside_for(each, Fail(_missing(each.channel, channel)), now)


def ringing_of(channel: str, alert: Alert | None) -> Ringing:
    """Say what rings by a channel; of digests, which are about no one story, nothing but that."""
    if alert is None:
        return Ringing(channel=channel, story="")
    actors = {mention.actor for mention in alert.mentions}
    return Ringing(channel=channel, story=alert.story, actors=actors)


def aside_for(each: Leased, verdict: Postpone | Suppress | Fail, now: datetime) -> Aside:
    """Write a verdict down."""
    match verdict:
        case Postpone(until=until, why=why):
            return Aside(each, DeliveryState.READY, why, until)
        case Suppress(why=why):
            return Aside(each, DeliveryState.SUPPRESSED, why, now)
        case Fail(why=why):
            return Aside(each, DeliveryState.DEAD, why, now)


def _missing(name: str, channel: Channel | None) -> str:
    """Say what is to be set, so that a redrive goes better."""
    if channel is None:
        return f"there is no channel {name}: write it into the file that [delivery] channels names"
    if channel.kind is ChannelKind.EMAIL:
        return f"channel {name} is mail, and there is no mail server: set [mail] host and sender"
    return f"channel {name}: nothing here sends to channels of the kind {channel.kind}"
