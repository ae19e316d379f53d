"""Rendering: what is sent for the first time becomes the message that every attempt sends."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

import structlog
from sqlalchemy import Connection

from connectors.delivery.rulebook import Rulebook
from schemas import Alert, Message, MessageKind, Story, Subscription
from store import coverage, feeds
from store.leases import Leased, Member, members
from store.rung import stories_of
from tocsin.delivery import Fail, Suppress, last_digest, next_digest
from tocsin.messages import alert_message, gathered_message
from tocsin.receipts import OVERDUE, receipt, unread
from tocsin.tidings import Receipt, Shown

Link = Callable[[str], str]
"""Gives the URL of the explanation of an alert, by its id; empty where there is none."""

GATHERED = (MessageKind.DIGEST, MessageKind.SUMMARY)

_MOMENT = timedelta(seconds=1)

_log = structlog.get_logger("dispatcher")


class Rendering:
    """Renders what was leased in one transaction, of the `alerts` that it is about, by id.

    Updates never come here: they were written when they were entered.
    """

    def __init__(
        self, connection: Connection, rulebook: Rulebook, alerts: Mapping[str, Alert], link: Link
    ) -> None:
        self._connection = connection
        self._rulebook = rulebook
        self._alerts = alerts
        self._link = link
        self._stories: Mapping[str, Story] = {}
        self._receipts: dict[tuple[datetime, datetime], Receipt] = {}

    def all(
        self, leased: Sequence[Leased], gathered: Mapping[tuple[str, str], Sequence[Member]]
    ) -> Iterator[tuple[Leased, Message | Suppress | Fail]]:
        """Render each, or say what becomes of it instead. `gathered` has what digests are made of."""
        self._stories = stories_of(
            self._connection, {alert.story for alert in self._alerts.values()}
        )
        for each in leased:
            subscription = self._rulebook.subscriptions.get(each.subscription)
            if subscription is None:
                yield each, Suppress("the subscription was removed")
                continue
            try:
                found = self._one(each, subscription, gathered.get((each.message, each.channel)))
            except Exception as error:  # one that cannot be written must not keep all others back
                _log.exception("fault", message=each.message, channel=each.channel)
                yield (
                    each,
                    Fail(f"a fault of ours: {type(error).__name__}: it could not be written"),
                )
                continue
            yield each, found

    def _one(
        self, each: Leased, subscription: Subscription, gathered: Sequence[Member] | None
    ) -> Message | Suppress | Fail:
        if each.kind in GATHERED:
            return self._gathered(each, subscription, gathered or ())
        alert = self._alerts.get(each.alert)
        if alert is None:
            return Fail("its alert is not stored any more")
        shown = self._shown(alert, each.rung)
        return alert_message(shown, subscription)

    def _gathered(
        self, each: Leased, subscription: Subscription, gathered: Sequence[Member]
    ) -> Message | Suppress:
        until = each.rung  # of what is gathered: when it was to be sent, from the beginning on
        if not gathered and not is_sent_empty(subscription, until):
            return Suppress("nothing was gathered for it")
        rung: dict[str, datetime] = {}
        updates = defaultdict[str, list[str]](list)
        for member in gathered:  # updates stand with their alert, which is shown once
            rung.setdefault(member.alert, member.rung)
            if member.what:
                updates[member.alert].append(member.what)
        known = [self._alerts[id] for id in rung if id in self._alerts]
        known.sort(key=lambda alert: (rung[alert.id], alert.order))
        shown = [
            replace(self._shown(alert, rung[alert.id]), updates=tuple(updates[alert.id]))
            for alert in known
        ]
        since = min((member.rung for member in gathered), default=until)
        if subscription.digest and each.kind is MessageKind.DIGEST:
            since = last_digest(subscription.digest.cron, subscription.digest.timezone, until)
        begun = next((member.why for member in gathered), "")
        why = begun if each.kind is MessageKind.SUMMARY else ""
        read = self._receipt(min(since, until - _MOMENT), until)
        return gathered_message(each.message, each.kind, subscription, shown, read, until, why)

    def _shown(self, alert: Alert, rung: datetime) -> Shown:
        story = self._stories.get(alert.story)
        return Shown(
            alert=alert,
            rung=rung,
            copies=len(story.copies) if story else 0,
            publishers=story.publishers if story else 1,
            names=self._rulebook.names,
            link=self._link(alert.id),
        )

    def _receipt(self, since: datetime, until: datetime) -> Receipt:
        """Say what was read from one instant to another, once for all that ask the same."""
        key = since, until
        if key not in self._receipts:
            rows = coverage.read(self._connection, since.date().isoformat())
            missed = {row.feed for row in rows if row.failed or row.refused}
            states = feeds.named(self._connection, missed)
            unasked = feeds.overdue(self._connection, until - OVERDUE)
            self._receipts[key] = receipt(rows, unasked, unread(states, since, until))
        return self._receipts[key]


def gathered_into(
    connection: Connection, leased: Sequence[Leased]
) -> dict[tuple[str, str], list[Member]]:
    """Read what went into each digest and summary that was leased."""
    return {
        (each.message, each.channel): members(connection, each.message, each.channel)
        for each in leased
        if each.kind in GATHERED and each.body is None
    }


def alerts_about(
    leased: Sequence[Leased], gathered: Mapping[tuple[str, str], Sequence[Member]]
) -> set[str]:
    """Name the alerts that are needed to write, or to reconsider, what was leased."""
    inside = (member.alert for member in chain.from_iterable(gathered.values()))
    return {id for id in chain((each.alert for each in leased), inside) if id}


def is_sent_empty(subscription: Subscription, due: datetime) -> bool:
    """Tell whether a digest of an instant is sent though nothing rang: as the subscription is now."""
    digest = subscription.digest
    if digest is None or not digest.even_empty:
        return False
    return next_digest(digest.cron, digest.timezone, due - _MOMENT) == due
