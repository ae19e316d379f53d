"""The oracle: what went in, what a bounded replay makes of it, what the stream made of it, and the faults.

It knows nothing of how the stream works. It compares sets, and is tested with planted faults itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from schemas import Alert, DeadLetter, decode
from schemas.ids import alert_id


class Fault(StrEnum):
    """What may be wrong."""

    LOST_ARTICLE = "lost article"
    OTHER_STORY = "other story"
    LOST_ALERT = "lost alert"
    TWICE = "twice"
    TWO_BODIES = "two bodies"
    WRONG_ID = "wrong id"
    UNEXPECTED_ALERT = "unexpected alert"
    MISSING_LETTER = "missing dead letter"
    EXTRA_LETTER = "extra dead letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One fault, and where."""

    fault: Fault
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of a topic; `at` is when the broker took it, in seconds."""

    key: str
    value: bytes
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a bounded replay of the same records says.

    `rings` are the (subscription, story) that must ring, `letters` the ids of dead letters, `roots` the
    story of each article, `versions` the (article, version) that there are.
    """

    rings: frozenset[tuple[str, str]]
    roots: Mapping[str, str]
    versions: frozenset[tuple[str, str]]
    letters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the ledger."""

    subscription: str
    story: str
    alert: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the stream left: the ledger, its alert records, results, memory's links, and two topics.

    `parents` names for each copy what it copies, `first_sent` when an article first came into the log.
    """

    ledger: tuple[Entry, ...]
    records: Mapping[str, Alert]
    versions: frozenset[tuple[str, str]]
    roots: Mapping[str, str]
    parents: Mapping[str, str] = field(default_factory=dict)
    alerts: tuple[Message, ...] = ()
    letters: tuple[Message, ...] = ()
    first_sent: Mapping[str, float] = field(default_factory=dict)


def violations(
    acked: Iterable[bytes], log: Iterable[bytes], truth: Truth, live: Live
) -> list[Violation]:
    """List every fault: `acked` is what the log took, by those who sent it, `log` what it holds."""
    found = [
        *_lost_articles(acked, log, truth, live),
        *_other_stories(truth, live),
        *_alerts(truth, live),
        *_twice(truth, live),
        *_ids(live),
        *_delivered(live),
        *_letters(truth, live),
    ]
    return sorted(found, key=lambda each: (each.fault, each.what))


def _lost_articles(
    acked: Iterable[bytes], log: Iterable[bytes], truth: Truth, live: Live
) -> Iterator[Violation]:
    for value in set(acked) - set(log):
        yield Violation(fault=Fault.LOST_ARTICLE, what=f"acked, not in the log: {value[:80]!r}")
    for article, version in truth.versions - live.versions:
        yield Violation(fault=Fault.LOST_ARTICLE, what=f"not in the results: {article}.{version}")


def _other_stories(truth: Truth, live: Live) -> Iterator[Violation]:
    for article, root in truth.roots.items():
        if live.roots.get(article) != root:
            what = f"{article} belongs to {root}, not to {live.roots.get(article)}"
            yield Violation(fault=Fault.OTHER_STORY, what=what)


def _rung(truth: Truth, live: Live) -> dict[tuple[str, str], list[Entry]]:
    """Gather what rang by (subscription, story as it is known in the end)."""
    found: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in live.ledger:
        found[entry.subscription, truth.roots.get(entry.article, entry.story)].append(entry)
    return found


def _alerts(truth: Truth, live: Live) -> Iterator[Violation]:
    rung = _rung(truth, live)
    for subscription, story in truth.rings - rung.keys():
        yield Violation(fault=Fault.LOST_ALERT, what=f"never rang: {subscription}, {story}")
    for subscription, story in rung.keys() - truth.rings:
        yield Violation(fault=Fault.UNEXPECTED_ALERT, what=f"rang: {subscription}, {story}")


def _twice(truth: Truth, live: Live) -> Iterator[Violation]:
    for (subscription, story), entries in _rung(truth, live).items():
        for one, other in combinations(entries, 2):
            if not _rang_before_the_link(one, other, live):
                what = f"{subscription}, {story}: {one.alert}, {other.alert}"
                yield Violation(fault=Fault.TWICE, what=what)


def _rang_before_the_link(one: Entry, other: Entry, live: Live) -> bool:
    """Tell whether what links two articles came into the log when both alerts were delivered."""
    delivered = _first_delivered(live)
    if one.alert not in delivered or other.alert not in delivered:
        return False
    rang = max(delivered[one.alert], delivered[other.alert])
    ours, theirs = _up(one.article, live), _up(other.article, live)
    meeting = next((each for each in ours if each in theirs), None)
    if meeting is None:
        return False
    path = {*ours[: ours.index(meeting)], meeting, *theirs[: theirs.index(meeting)]}
    linking = path - {one.article, other.article}
    return any(live.first_sent.get(each, 0.0) > rang for each in linking)


def _up(article: str, live: Live) -> list[str]:
    """List an article and all that it copies, up to the root."""
    found = [article]
    while (parent := live.parents.get(found[-1])) and parent not in found:
        found.append(parent)
    return found


def _first_delivered(live: Live) -> dict[str, float]:
    found: dict[str, float] = {}
    for message in live.alerts:
        found[message.key] = min(message.at, found.get(message.key, message.at))
    return found


def _ids(live: Live) -> Iterator[Violation]:
    for entry in live.ledger:
        if entry.alert != alert_id(entry.subscription, entry.story):
            yield Violation(fault=Fault.WRONG_ID, what=f"in the ledger: {entry.alert}")
        record = live.records.get(entry.alert)
        if record is None:
            yield Violation(fault=Fault.LOST_ALERT, what=f"no record: {entry.alert}")
        elif (record.subscription, record.story) != (entry.subscription, entry.story):
            yield Violation(fault=Fault.WRONG_ID, what=f"the record of {entry.alert}")


def _delivered(live: Live) -> Iterator[Violation]:
    """Compare the topic of alerts with the ledger; the same bytes may be there more than once."""
    rung = {entry.alert for entry in live.ledger}
    bodies: defaultdict[str, set[bytes]] = defaultdict(set)
    for message in live.alerts:
        bodies[message.key].add(message.value)
    for id in rung - bodies.keys():
        yield Violation(fault=Fault.LOST_ALERT, what=f"never delivered: {id}")
    for id, values in bodies.items():
        if len(values) > 1:
            yield Violation(fault=Fault.TWO_BODIES, what=id)
        for value in values:
            alert = decode(Alert, value)
            if not id == alert.id == alert_id(alert.subscription, alert.story):
                yield Violation(fault=Fault.WRONG_ID, what=f"in the topic: {id}")
    for id in bodies.keys() - rung:
        yield Violation(fault=Fault.UNEXPECTED_ALERT, what=f"delivered, not in the ledger: {id}")


def _letters(truth: Truth, live: Live) -> Iterator[Violation]:
    there = {decode(DeadLetter, message.value).id for message in live.letters}
    for id in truth.letters - there:
        yield Violation(fault=Fault.MISSING_LETTER, what=id)
    for id in there - truth.letters:
        yield Violation(fault=Fault.EXTRA_LETTER, what=id)
