"""The oracle, on a small world that is right, and on the same one with one fault planted at a time."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from schemas import Alert, dead_letter, encode
from schemas.ids import alert_id
from tests.memories import an_alert, an_article
from tests.system.oracle import Entry, Fault, Live, Message, Truth, Violation, violations

FIRST = an_article("first", "The ferry sank.")
COPY = an_article("copy", "The ferry sank.", 1)
OTHER = an_article("other", "The bridge stands.", 2)
LETTER = dead_letter("decode", "invalid-json", "no JSON", b"{no json")
LOG = [encode(FIRST), encode(COPY), encode(OTHER), b"{no json"]

TRUTH = Truth(
    rings=frozenset({("ferry", FIRST.id), ("bridge", OTHER.id)}),
    roots={FIRST.id: FIRST.id, COPY.id: FIRST.id, OTHER.id: OTHER.id},
    versions=frozenset((each.id, each.version) for each in (FIRST, COPY, OTHER)),
    letters=frozenset({LETTER.id}),
)


def entry(alert: Alert) -> Entry:
    return Entry(
        subscription=alert.subscription, story=alert.story, alert=alert.id, article=alert.article
    )


def message(alert: Alert, at: float = 5.0) -> Message:
    return Message(key=alert.id, value=encode(alert), at=at)


def rung(live: Live, alert: Alert, at: float = 5.0) -> Live:
    """The same world in which an alert rang as well, and was delivered."""
    return replace(
        live,
        ledger=(*live.ledger, entry(alert)),
        records={**live.records, alert.id: alert},
        alerts=(*live.alerts, message(alert, at)),
    )


FERRY, BRIDGE = an_alert(COPY, "ferry", story=FIRST.id), an_alert(OTHER, "bridge")
EMPTY = Live(
    ledger=(),
    records={},
    versions=TRUTH.versions,
    roots=TRUTH.roots,
    parents={COPY.id: FIRST.id},
    letters=(Message(key=LETTER.id, value=encode(LETTER)),),
    first_sent={FIRST.id: 1.0, COPY.id: 2.0, OTHER.id: 3.0},
)
RIGHT = rung(rung(EMPTY, FERRY), BRIDGE)


def faults(live: Live, truth: Truth = TRUTH, log: list[bytes] = LOG) -> list[Fault]:
    return [each.fault for each in violations(LOG, log, truth, live)]


def test_a_world_that_is_right_has_no_faults() -> None:
    assert violations(LOG, LOG, TRUTH, RIGHT) == []


def test_the_same_bytes_may_come_again() -> None:
    assert faults(replace(RIGHT, alerts=RIGHT.alerts * 2)) == []


def without(live: Live, alert: Alert) -> Live:
    """The same world in which an alert never rang."""
    return replace(
        live,
        ledger=tuple(each for each in live.ledger if each.alert != alert.id),
        alerts=tuple(each for each in live.alerts if each.key != alert.id),
    )


UNDER_COPY = an_alert(COPY, "ferry")
BLAMELESS = an_alert(FIRST, "bridge")
FORGED = replace(FERRY, id=alert_id("ferry", "x"))


def forged_in_ledger() -> Live:
    return rung(without(RIGHT, FERRY), FORGED)


PLANTED: dict[str, tuple[Callable[[], Live], set[Fault]]] = {
    "never rang": (lambda: without(RIGHT, FERRY), {Fault.LOST_ALERT}),
    "rang, not delivered": (
        lambda: replace(RIGHT, alerts=RIGHT.alerts[1:]),
        {Fault.LOST_ALERT},
    ),
    "rang, not recorded": (
        lambda: replace(RIGHT, records={BRIDGE.id: BRIDGE}),
        {Fault.LOST_ALERT},
    ),
    "rang again for a copy": (lambda: rung(RIGHT, UNDER_COPY), {Fault.TWICE}),
    "rang for what matches nothing": (lambda: rung(RIGHT, BLAMELESS), {Fault.UNEXPECTED_ALERT}),
    "delivered, never rung": (
        lambda: replace(RIGHT, alerts=(*RIGHT.alerts, message(BLAMELESS))),
        {Fault.UNEXPECTED_ALERT},
    ),
    "another body under one id": (
        lambda: replace(RIGHT, alerts=(*RIGHT.alerts, message(replace(FERRY, title="Another")))),
        {Fault.TWO_BODIES},
    ),
    "an id of something else": (forged_in_ledger, {Fault.WRONG_ID}),
    "a record under another key": (
        lambda: replace(RIGHT, alerts=(*RIGHT.alerts[1:], replace(message(BRIDGE), key=FERRY.id))),
        {Fault.WRONG_ID},
    ),
    "a record of another story": (
        lambda: replace(RIGHT, records={**RIGHT.records, FERRY.id: replace(FERRY, story="x")}),
        {Fault.WRONG_ID},
    ),
    "an article without results": (
        lambda: replace(RIGHT, versions=RIGHT.versions - {(COPY.id, COPY.version)}),
        {Fault.LOST_ARTICLE},
    ),
    "a copy in a story of its own": (
        lambda: replace(RIGHT, roots={**RIGHT.roots, COPY.id: COPY.id}),
        {Fault.OTHER_STORY},
    ),
    "no dead letter": (lambda: replace(RIGHT, letters=()), {Fault.MISSING_LETTER}),
    "a dead letter of what is well": (
        lambda: replace(
            RIGHT,
            letters=(
                *RIGHT.letters,
                Message(key="", value=encode(dead_letter("worker", "killed-worker", "", LOG[0]))),
            ),
        ),
        {Fault.EXTRA_LETTER},
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_every_planted_fault_is_found(name: str) -> None:
    live, wanted = PLANTED[name]
    assert set(faults(live())) == wanted


def test_what_was_acked_and_is_not_in_the_log_is_lost() -> None:
    assert faults(RIGHT, log=LOG[1:]) == [Fault.LOST_ARTICLE]


def test_all_kinds_of_faults_are_planted_here() -> None:
    assert set().union(*(wanted for _, wanted in PLANTED.values())) == set(Fault)


BRIDGING = an_article("bridging", "The ferry sank, and the bridge stands.", 0.5)


def joined(sent: float) -> list[Violation]:
    """Two stories rang; then what links them comes into the log, or it was there before."""
    truth = replace(
        TRUTH,
        rings=frozenset({("ferry", FIRST.id)}),
        roots={each.id: FIRST.id for each in (FIRST, COPY, OTHER, BRIDGING)},
    )
    live = rung(rung(EMPTY, FERRY), an_alert(OTHER, "ferry"))
    live = replace(
        live,
        roots=truth.roots,
        parents={COPY.id: FIRST.id, BRIDGING.id: FIRST.id, OTHER.id: BRIDGING.id},
        first_sent={**live.first_sent, BRIDGING.id: sent},
    )
    return violations(LOG, LOG, truth, live)


def test_two_alerts_of_what_was_joined_when_both_had_rung_are_right() -> None:
    assert joined(sent=6.0) == []


def test_two_alerts_of_what_was_joined_before_are_one_too_many() -> None:
    assert [each.fault for each in joined(sent=4.0)] == [Fault.TWICE]
