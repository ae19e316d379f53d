"""WebSub (https://www.w3.org/TR/websub/), the part of a subscriber: decisions only.

A notification is a hint that a feed has something new, and nothing more: its body is never read. So
whoever forges one gains a poll, and no sooner than `floor` seconds after the last one.

Paths and secrets are functions of our own secret and of feed, hub and topic together: a feed that
names a topic of others at a hub of its own gets a path and a secret that open nothing else.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas import FeedState, FeedStatus, HubState, HubSubscription

LEASE = timedelta(days=10)
"""What hubs are asked for; the Recommendation calls it a good default."""

LONGEST_LEASE = timedelta(days=30)
"""How far a lease is believed in that a hub grants."""

RENEW_AFTER = 0.75
"""The share of a lease after which it is renewed; what remains is for trying again."""

FIRST_RETRY = timedelta(hours=1)
"""How long a hub may take to ask back; the wait doubles with each request that came to nothing."""

LONGEST_RETRY = timedelta(days=1)
"""The longest of these waits, and how long a hub is left alone that denied us."""

SHORTEST_RENEWAL = timedelta(minutes=5)
"""No hub is asked more often for the same, whatever lease it grants."""

LATE = timedelta(hours=1)
"""How long after a poll found something new a notification still counts as having told of it."""

LONGEST_URL = 2048
"""Characters of the address of a hub or topic. Longer ones are not subscribed to."""

LONGEST_REASON = 200
"""Characters that are kept of what a hub gives as its reason."""

ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
"""What may sign. SHA-1 as an HMAC is not broken, and most hubs know nothing else."""

_LEASE = re.compile(r"[0-9]{1,9}")
_SIGNATURE = re.compile(r"([a-z0-9]{4,6})=([0-9a-fA-F]{40,128})")
_MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a hub asks or tells at our address: `mode` is subscribe, unsubscribe or denied."""

    mode: str = ""
    topic: str = ""
    challenge: str = ""
    lease: str = ""
    reason: str = ""


def subscription_for(
    feed: FeedState, secret: str, known: HubSubscription | None
) -> HubSubscription | None:
    """Return the subscription that a feed is to have: the known one, a new one, or none.

    A known one is kept while feed, hub, topic and secret are the same.
    """
    topic = feed.hub_topic or feed.url
    if not feed.hub or max(len(feed.hub), len(topic)) > LONGEST_URL:
        return None
    path = _digest(secret, "path", feed.url, feed.hub, topic)
    if known is not None and known.path == path:
        return known
    return HubSubscription(feed=feed.url, hub=feed.hub, topic=topic, path=path)


def is_due(feed: FeedState, subscription: HubSubscription, now: datetime) -> bool:
    """Tell whether the hub is to be asked now. For feeds that rest none is."""
    if feed.status is FeedStatus.RESTING:
        return False
    return subscription.next_try is None or subscription.next_try <= now


def is_live(subscription: HubSubscription, now: datetime) -> bool:
    """Tell whether a lease is running."""
    return subscription.until is not None and now < subscription.until


def request(subscription: HubSubscription, callback: str, secret: str) -> dict[str, str]:
    """Return the form that asks the hub; `callback` is the prefix of our own addresses."""
    return {
        "hub.mode": "subscribe",
        "hub.topic": subscription.topic,
        "hub.callback": callback + subscription.path,
        "hub.lease_seconds": str(int(LEASE.total_seconds())),
        "hub.secret": hub_secret(secret, subscription.path),
    }


def asked(subscription: HubSubscription, now: datetime) -> HubSubscription:
    """Note that the hub is being asked. A lease that runs goes on running."""
    wait = FIRST_RETRY * 2 ** min(subscription.tries, _MOST_DOUBLINGS)
    return replace(
        subscription,
        state=HubState.VERIFIED if is_live(subscription, now) else HubState.ASKED,
        tries=subscription.tries + 1,
        next_try=now + min(wait, LONGEST_RETRY),
    )


def failed(
    subscription: HubSubscription, now: datetime, reason: str, retry_after: float | None = None
) -> HubSubscription:
    """Note that asking came to nothing. What the hub verified or denied meanwhile stands."""
    if not subscription.tries or subscription.state is HubState.DENIED:
        return subscription
    wait = timedelta(seconds=min(retry_after or 0.0, LONGEST_RETRY.total_seconds()))
    return replace(
        subscription,
        state=HubState.VERIFIED if is_live(subscription, now) else HubState.FAILED,
        reason=reason,
        next_try=max(subscription.next_try or now, now + wait),
    )


def answered(
    subscription: HubSubscription, question: Question, now: datetime
) -> HubSubscription | None:
    """Return what a question changes, or `None` where it is not about what we asked for.

    We never unsubscribe: leases end by themselves. Who denied us and then asks whether we want to
    subscribe must wait until we ask again.
    """
    if question.topic != subscription.topic:
        return None
    if question.mode == "denied":
        return _denied(subscription, question.reason, now)
    wanted = subscription.state is not HubState.DENIED
    if question.mode == "subscribe" and question.challenge and wanted:
        return _verified(subscription, question.lease, now)
    return None


def hub_secret(secret: str, path: str) -> str:
    """Return the secret that a hub is given, to sign what it sends to a path."""
    return _digest(secret, "secret", path)


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Tell whether a signature (`X-Hub-Signature`) is one of this body by this secret."""
    found = _SIGNATURE.fullmatch(signature.strip())
    if found is None or found[1] not in ALGORITHMS:
        return False
    right = hmac.new(secret.encode(), body, found[1]).hexdigest()
    return hmac.compare_digest(right, found[2].lower())


def hastened(feed: FeedState, subscription: HubSubscription, floor: float) -> datetime | None:
    """Return when a feed is to be polled because of a notification; `None`: when it is anyway.

    At once, but not within `floor` seconds of the last poll. One that was polled since knows already;
    one that fails is not asked sooner, whatever its hub says.
    """
    at, last = subscription.notified, feed.last_polled
    if at is None or feed.next_poll is None or feed.errors or (last is not None and at < last):
        return None
    when = at if last is None else max(at, last + timedelta(seconds=floor))
    return when if when < feed.next_poll else None


def is_announced(feed: FeedState, subscription: HubSubscription, now: datetime) -> bool:
    """Tell whether a hub tells of what is new, so that the feed may be polled less often.

    It does while the lease runs and the last that a poll found new had been told of.
    """
    if not is_live(subscription, now) or subscription.notified is None:
        return False
    return feed.last_new is None or feed.last_new <= subscription.notified + LATE


def question_of(query: Mapping[str, str]) -> Question:
    """Read the query of a hub's question."""
    return Question(
        mode=query.get("hub.mode", ""),
        topic=query.get("hub.topic", ""),
        challenge=query.get("hub.challenge", ""),
        lease=query.get("hub.lease_seconds", ""),
        reason=query.get("hub.reason", ""),
    )


def _verified(subscription: HubSubscription, lease: str, now: datetime) -> HubSubscription:
    """Note that the hub has asked back. A lease that it does not tell is the one asked for."""
    given = timedelta(seconds=int(lease)) if _LEASE.fullmatch(lease) else LEASE
    lasting = min(given or LEASE, LONGEST_LEASE)
    return replace(
        subscription,
        state=HubState.VERIFIED,
        reason="",
        tries=0,
        until=now + lasting,
        next_try=now + max(lasting * RENEW_AFTER, SHORTEST_RENEWAL),
    )


def _denied(subscription: HubSubscription, reason: str, now: datetime) -> HubSubscription:
    """Note that the hub does not want us, in its words as far as they can be shown."""
    words = "".join(each if each.isprintable() else " " for each in reason[:LONGEST_REASON])
    said = " ".join(words.split())
    return replace(
        subscription,
        state=HubState.DENIED,
        reason=f"the hub denied it: {said}" if said else "the hub denied it",
        until=None,
        next_try=now + LONGEST_RETRY,
    )


def _digest(secret: str, *parts: str) -> str:
    """Return 64 hexadecimal digits that nobody can guess who does not know the secret."""
    said = "\0".join(parts).encode("utf-8", "backslashreplace")
    return hmac.new(secret.encode(), said, "sha256").hexdigest()
