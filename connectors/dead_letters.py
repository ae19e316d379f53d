"""Dead letters: what lies in their topic, and the way back of each into the stream.

A letter of the stream goes back where it came from, into the topic of articles, as the bytes that it
had: ids are made of content, so whoever has had it already drops it, and sending it twice adds nothing.
"""

import base64
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.kafka import Headers, KafkaSettings, Message, Producer, headers_for
from connectors.log import Stretch, read, read_one, stretches
from schemas import Article, DeadLetter, Line, Rejected, decode, log_place, version_in
from schemas.ids import dead_letter_id
from schemas.topics import topic
from tocsin.lines import read_line

OF_CONNECTORS = frozenset({"poll", "produce", "read"})
"""Stages that come before the log: what they refuse is no record of it."""

AT_ONCE = 16
"""Records that are sent before their acks are waited for; each may have 4 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A dead letter without its bytes: how often its record came in, when first and last, and where.

    `written` is how often it lies in the topic: each part of the stream writes it for itself, and a
    restart may once more. `place` is the (partition, offset) of the last one.
    """

    letter: DeadLetter
    count: int
    written: int
    first: datetime
    last: datetime
    place: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What becomes of a letter: the message that goes into the topic of articles, or why there is none."""

    letter: DeadLetter
    message: Message | None = None
    refusal: str = ""


def find_letters(settings: KafkaSettings, since: datetime | None = None) -> list[Found]:
    """Read the topic from its beginning, or from an instant; each letter once, the newest last.

    What is no dead letter is passed over. Raises `InvalidSetting` where there is no topic,
    `Unavailable`.
    """
    found: dict[str, Found] = {}
    records: set[tuple[str, str]] = set()
    for logged in read(settings, stretches(settings, _name(settings), since=since)):
        letter = _decoded(logged.value)
        if letter is None:
            continue
        before = found.pop(letter.id, None)
        # One place in the log is one record, whoever refuses it; other origins may come in again.
        record = (letter.id, letter.origin)
        is_known = record in records and log_place(letter.origin) is not None
        records.add(record)
        found[letter.id] = Found(
            letter=replace(letter, bytes_base64=""),
            count=(before.count if before else 0) + (not is_known),
            written=before.written + 1 if before else 1,
            first=before.first if before else logged.timestamp,
            last=logged.timestamp,
            place=(logged.partition, logged.offset),
        )
    return sorted(found.values(), key=lambda each: (each.last, each.place))


def read_letters(settings: KafkaSettings, wanted: Collection[Found]) -> Iterator[DeadLetter]:
    """Read letters with their bytes, in the order of their places."""
    offsets: dict[int, set[int]] = {}
    for partition, offset in (each.place for each in wanted):
        offsets.setdefault(partition, set()).add(offset)
    spans = (
        Stretch(topic=_name(settings), partition=each, start=min(some), end=max(some) + 1)
        for each, some in sorted(offsets.items())
    )
    for logged in read(settings, spans):
        letter = _decoded(logged.value) if logged.offset in offsets[logged.partition] else None
        if letter is not None:
            yield letter


def content_of(letter: DeadLetter) -> tuple[bytes, bool]:
    """Give the bytes that a letter keeps, and whether they are all: the id is of all of them."""
    content = base64.b64decode(letter.bytes_base64)
    return content, dead_letter_id(letter.stage, letter.code, _hash(content)) == letter.id


def way_back(settings: KafkaSettings, letter: DeadLetter) -> Way:
    """Find the original bytes of a letter, in itself or in the log. Raises `Unavailable`."""
    place = log_place(letter.origin)
    log = topic("articles").full_name(settings.prefix)
    if place is None and (letter.origin or letter.stage in OF_CONNECTORS):
        return Way(letter=letter, refusal=_before_the_log(letter))
    if place is not None and place[0] != log:
        return Way(letter=letter, refusal=f"it came from {place[0]}, which is not read as {log} is")
    content, is_whole = content_of(letter)
    if is_whole:
        return Way(letter=letter, message=_message(letter, content))
    if place is None:
        return Way(letter=letter, refusal="only the beginning was kept, and not where it lay")
    logged = read_one(settings, *place)
    if logged is None or logged.value is None:
        return Way(
            letter=letter, refusal=f"only the beginning was kept, and {letter.origin} is gone"
        )
    if not _is_of(letter, content, logged.value):
        return Way(letter=letter, refusal=f"at {letter.origin} lies another record now")
    return Way(letter=letter, message=_message(letter, logged.value))


def redrive(
    settings: KafkaSettings, producer: Producer, wanted: Collection[Found], *, dry: bool = False
) -> Iterator[Way]:
    """Send letters back into the topic of articles; yield what became of each once it is acked.

    With `dry` nothing is sent. Equal bytes are sent once. Raises `Unavailable`: what was yielded is
    done, and all may be sent again.
    """
    waiting: list[Way] = []
    sent: set[bytes] = set()
    for letter in read_letters(settings, wanted):
        waiting.append(way_back(settings, letter))
        if len(waiting) == AT_ONCE:
            yield from _sent(producer, waiting, sent, dry=dry)
            waiting = []
    yield from _sent(producer, waiting, sent, dry=dry)


def _sent(producer: Producer, ways: Sequence[Way], sent: set[bytes], *, dry: bool) -> Sequence[Way]:
    messages = []
    for way in ways:
        if way.message is not None:
            content = hashlib.sha256(way.message.value).digest()
            if content not in sent:
                messages.append(way.message)
            sent.add(content)
    if messages and not dry:
        producer.publish(messages)
    return ways


def _message(letter: DeadLetter, content: bytes) -> Message:
    """Make the message that goes back: under the article's id where it is one by now."""
    found = read_line(Line(content=content))
    key: str = letter.id
    headers: Headers = ()
    if isinstance(found, Article):
        key, headers = found.id, headers_for(found)
    return Message(topic="articles", key=key, value=content, headers=headers)


def _is_of(letter: DeadLetter, kept: bytes, value: bytes) -> bool:
    """Tell whether a letter that kept only a beginning is of this record.

    What was refused as it lay has its bytes; what failed later has those of its article.
    """
    if value.startswith(kept):
        return dead_letter_id(letter.stage, letter.code, _hash(value)) == letter.id
    found = read_line(Line(content=value))
    return isinstance(found, Article) and version_in(letter) == (found.id, found.version)


def _before_the_log(letter: DeadLetter) -> str:
    """Say what to do about what a connector refused: it was never in the log."""
    if letter.stage == "poll":
        return (
            "it was never in the log: it is an entry of a feed, read again when the feed changes it"
        )
    return (
        "it was never in the log: mend its file, or Tocsin, and say:"
        " tocsin connect seeds FILE --again"
    )


def _decoded(value: bytes | None) -> DeadLetter | None:
    try:
        return decode(DeadLetter, value or b"")
    except Rejected:
        return None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _name(settings: KafkaSettings) -> str:
    return topic("dead-letters").full_name(settings.prefix)
