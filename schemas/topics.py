"""Topics: which record flows where, under which key, and how long it is kept. The one table."""

from dataclasses import dataclass
from datetime import timedelta

from schemas.alert import Alert
from schemas.article import Article
from schemas.dead_letter import DeadLetter
from schemas.entity import Entity, Mention
from schemas.story import Story

PREFIX = "tocsin"
"""Topics begin with this and a full stop, unless configured otherwise."""

LONGEST_MESSAGE = 5 << 20
"""Bytes of one message: the longest record that is read (4 MiB), and its key and headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One stream of records.

    `key` names the field of the record whose value is the key of each message, so that whatever
    shares it keeps its order. `retention` is how long messages are kept, None for ever. `compacted`
    lets the broker keep only the last message of each key. `longest` is the bytes of one message, None
    for what the broker takes by itself (1 MB). A file of the same records, as a replay
    writes it, is called `<name>.jsonl`, and its lines are the values of the messages.
    """

    name: str
    record: type
    key: str
    partitions: int = 12
    retention: timedelta | None = None
    compacted: bool = False
    longest: int | None = None

    def full_name(self, prefix: str = PREFIX) -> str:
        """Name the topic as the broker knows it."""
        return f"{prefix}.{self.name}"


TOPICS = (
    # The log is the truth: everything else can be made again from it, so it is never thinned.
    Topic(name="articles", record=Article, key="id", longest=LONGEST_MESSAGE),
    # A story grows with every copy; only its last state is of use to a late reader.
    Topic(name="stories", record=Story, key="id", compacted=True),
    # Derived facts, keyed by article so that those of one article stay in one partition.
    Topic(name="entities", record=Entity, key="article", retention=timedelta(days=30)),
    Topic(name="mentions", record=Mention, key="article", retention=timedelta(days=90)),
    # Kept for ever, because a ledger restored from a backup is completed from it. One about a long
    # article may have thousands of mentions.
    Topic(name="alerts", record=Alert, key="id", longest=LONGEST_MESSAGE),
    # Few, and one partition keeps them in one order; long enough to mend the cause and redrive.
    Topic(
        name="dead-letters",
        record=DeadLetter,
        key="id",
        partitions=1,
        retention=timedelta(days=90),
    ),
)
"""Every topic, in the order of the flow."""


def topic(name: str) -> Topic:
    """Find a topic by its name without prefix. Raises KeyError for one that does not exist."""
    return {each.name: each for each in TOPICS}[name]
