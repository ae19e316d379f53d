from dataclasses import replace

import pytest

from schemas import DeliveryState, MessageKind
from tests.tocsin.query.article_versions import NOON
from tocsin.whereabouts import Delivery, told

SENT = Delivery(
    channel="hook",
    kind=MessageKind.ALERT,
    state=DeliveryState.DELIVERED,
    rung=NOON,
    due=NOON,
    attempts=1,
)
DIGEST = replace(SENT, kind=MessageKind.DIGEST, state=DeliveryState.READY, attempts=0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "delivered on 2023-08-07 12:00, after 1 attempt"),
        ({"due": None, "attempts": 3}, "delivered, after 3 attempts"),
        ({"state": "pending"}, "waits to be decided"),
        ({"state": "ready", "attempts": 0}, "waits to be sent on 2023-08-07 12:00"),
        (
            {"state": "ready", "attempts": 0, "reason": "snoozed"},
            "waits to be sent on 2023-08-07 12:00 (snoozed)",
        ),
        (
            {"state": "ready", "attempts": 2, "reason": "503: busy"},
            "waits to be tried again on 2023-08-07 12:00, after 2 attempts (503: busy)",
        ),
        ({"state": "suppressed", "reason": "the story was muted"}, "sent to nobody: the story"),
        (
            {"state": "dead", "attempts": 10, "reason": "503: busy"},
            "given up on 2023-08-07 12:00, after 10 attempts: 503: busy",
        ),
        (
            {"state": "dead", "attempts": 0, "reason": "channel hook was disabled"},
            "given up on 2023-08-07 12:00, without an attempt: channel hook was disabled",
        ),
        (
            {"state": "expired", "reason": "it rang over 4 days ago"},
            "not sent, it came too late: it rang over 4 days ago",
        ),
    ],
)
def test_every_end_and_every_wait_is_said_in_a_line(changes: dict[str, object], words: str) -> None:
    given = {**changes, "state": DeliveryState(str(changes.get("state", "delivered")))}
    assert told(replace(SENT, **given)).startswith(f"hook: {words}")  # type: ignore[arg-type]


def test_what_was_gathered_is_followed_into_the_digest() -> None:
    gathered = replace(SENT, state=DeliveryState.GATHERED, reason="gathered for the digest")
    assert told(gathered) == "hook: gathered (gathered for the digest)"
    waits = replace(gathered, digest=DIGEST)
    assert told(waits) == (
        "hook: gathered into the digest that is due on 2023-08-07 12:00 (gathered for the digest)"
    )
    summary = replace(SENT, kind=MessageKind.SUMMARY)
    quiet = replace(gathered, reason="it rang in quiet hours", digest=summary)
    assert told(quiet) == (
        "hook: gathered into a summary (it rang in quiet hours), which was delivered on"
        " 2023-08-07 12:00, after 1 attempt"
    )


def test_an_update_is_told_from_its_alert() -> None:
    update = replace(SENT, kind=MessageKind.UPDATE)
    assert told(update).startswith("hook (update): delivered")
    update = replace(update, what="now at 6 publishers")
    assert told(update).startswith("hook (update: now at 6 publishers): delivered")
