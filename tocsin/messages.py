"""Messages: alerts, updates and what was gathered, as they are sent: subject, text, HTML and JSON.

Equal input gives equal bytes: no clock, no chance. The JSON has the shape of Standard Webhooks:
`type`, `timestamp`, and `data` with the record of the alert and what is shown with it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from schemas import Message, MessageKind, Subscription, encode
from tocsin.sheets import GAP, Line, Style, document, line, plain
from tocsin.tidings import (
    MOST_UPDATES,
    Receipt,
    Shown,
    about,
    actors,
    called,
    gathered,
    headline,
    receipt_lines,
    updated,
)
from tocsin.wording import LONGEST_SUBJECT, clean, counted, cut, moment

__all__ = [
    "Receipt",
    "Shown",
    "alert_message",
    "gathered_message",
    "notice_message",
    "update_message",
    "what_of",
]

_TYPES = {
    MessageKind.ALERT: "alert.rung",
    MessageKind.UPDATE: "alert.updated",
    MessageKind.DIGEST: "digest.due",
    MessageKind.SUMMARY: "summary.due",
    MessageKind.NOTICE: "notice",
}

MOST_MENTIONS = 5
"""Mentions, and pieces of evidence, in the JSON of one alert: receivers expect less than 20 KB."""

LONGEST_SENT = 2_000
"""Characters of a title in JSON. Whoever writes one of a megabyte could have every receiver refuse the alert."""

MOST_BYTES = 16_000
"""Bytes of the records in the JSON of one digest; the alerts beyond are named by their ids."""


def alert_message(shown: Shown, subscription: Subscription) -> Message:
    """Write an alert."""
    return _message(
        id=shown.alert.id,
        kind=MessageKind.ALERT,
        subscription=subscription,
        subject=_subject(actors(shown) or called(subscription), headline(shown.alert)),
        lines=about(shown, subscription),
        at=shown.rung,
        content=_record(shown),
        story=shown.alert.story,
    )


def update_message(id: str, shown: Shown, subscription: Subscription, what: str) -> Message:
    """Write what happened to an alert: `what` says it, as in "now at 12 publishers"."""
    said = clean(what)
    return _message(
        id=id,
        kind=MessageKind.UPDATE,
        subscription=subscription,
        subject=_subject("Update", said, headline(shown.alert)),
        lines=(updated(said), *about(shown, subscription)),
        at=shown.rung,
        content={**_record(shown), "update": id, "what": said},
        story=shown.alert.story,
    )


def what_of(update: Message) -> str:
    """Read what an update tells."""
    return str(json.loads(update.json)["data"]["what"])


def gathered_message(
    id: str,
    kind: MessageKind,
    subscription: Subscription,
    shown: Sequence[Shown],
    receipt: Receipt | None,
    until: datetime,
    why: str = "",
) -> Message:
    """Write a digest or a summary of what rang until an instant, with what was read meanwhile."""
    name, end = called(subscription), moment(until, "now")
    records, count = _first_records(shown), _count(shown)
    said = f"{count or 'Nothing rang'} for {name} until {end}"
    said += f" ({clean(why)})." if count and clean(why) else "."
    return _message(
        id=id,
        kind=kind,
        subscription=subscription,
        subject=_subject(name, f"{kind} until {end}", count or "nothing rang"),
        lines=(
            line(Style.FACT, said),
            GAP,
            *gathered(shown),
            *(receipt_lines(receipt) if receipt else ()),
        ),
        at=until,
        content={
            "id": id,
            "subscription": subscription.id,
            "why": clean(why),
            "alerts": records,
            "further": [each.alert.id for each in shown[len(records) :]],
            "coverage": receipt and asdict(receipt),
        },
    )


def notice_message(id: str, subscription: Subscription, text: str, at: datetime) -> Message:
    """Write something about us, such as that a channel is gone."""
    said = clean(text)
    return _message(
        id=id,
        kind=MessageKind.NOTICE,
        subscription=subscription,
        subject=_subject("Tocsin", called(subscription), said),
        lines=(line(Style.FACT, said), line(Style.FACT, f"Subscription: {called(subscription)}")),
        at=at,
        content={"id": id, "subscription": subscription.id, "text": said},
    )


def _message(
    *,
    id: str,
    kind: MessageKind,
    subscription: Subscription,
    subject: str,
    lines: Iterable[Line],
    at: datetime,
    content: dict[str, Any],
    story: str = "",
) -> Message:
    written = tuple(lines)
    return Message(
        id=id,
        kind=kind,
        subscription=subscription.id,
        subject=subject,
        text=plain(written),
        html=document(subject, written),
        json=encode({"type": _TYPES[kind], "timestamp": at, "data": content}).decode(),
        story=story,
    )


def _subject(*parts: str) -> str:
    """Put parts into one line; the first may not take all of it."""
    first, *rest = parts
    return cut(": ".join((cut(first, LONGEST_SUBJECT // 2), *rest)), LONGEST_SUBJECT)


def _count(shown: Sequence[Shown]) -> str:
    """Count stories, and updates where there are any; empty where there is nothing."""
    updates = sum(len(each.updates) for each in shown)
    counts = [counted(len(shown), "story", "stories")] if shown else []
    return ", ".join([*counts, counted(updates, "update")] if updates else counts)


def _record(shown: Shown) -> dict[str, Any]:
    """Write an alert's record and what is shown with it; of very many mentions the first."""
    alert = shown.alert
    record = {each.name: getattr(alert, each.name) for each in fields(alert)}
    return {
        **record,
        "title": cut(alert.title, LONGEST_SENT),
        "mentions": alert.mentions[:MOST_MENTIONS],
        "evidence": alert.evidence[:MOST_MENTIONS],
        "all_mentions": len(alert.mentions),
        "copies": shown.copies,
        "publishers": shown.publishers,
        "rung": shown.rung,
        "link": shown.link,
    }


def _first_records(shown: Sequence[Shown]) -> list[dict[str, Any]]:
    """Write as many records as there is room for, and one at least."""
    records: list[dict[str, Any]] = []
    size = 0
    for each in shown:
        record = {**_record(each), "updates": each.updates[-MOST_UPDATES:]}
        size += len(encode(record))
        if records and size > MOST_BYTES:
            break
        records.append(record)
    return records
