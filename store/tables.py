"""The tables, as SQLAlchemy Core knows them. Migrations make them; a test keeps the two in step.

Instants are microseconds since 1970 (UTC) in `BIGINT`: both databases sort and compare them alike.
Records are kept as their canonical bytes; columns beside them are for finding them.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

REVISION = "0011"
"""The newest migration; a store that says so needs no more."""

metadata = MetaData()

memory_article = Table(
    "memory_article",
    metadata,
    Column("seq", BigInteger, nullable=False),
    Column("id", String(32), nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("version", String(32), nullable=False),
    Column("url", Text, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("bands", LargeBinary, nullable=False),
    Column("sketch", LargeBinary, nullable=False),
    Column("parent", BigInteger),
    Column("similarity", Float, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("segment", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("seq", name="memory_article_pkey"),
    Index("memory_article_id", "id", unique=True),
    Index("memory_article_order", "seen", "id"),
    Index("memory_article_segment", "segment"),
    Index(
        "memory_article_parent",
        "parent",
        sqlite_where=text("parent IS NOT NULL"),
        postgresql_where=text("parent IS NOT NULL"),
    ),
)
"""One row an article: where its earliest version stands, its fingerprint, whom it copies, and the segment
that its bands are filed in.
"""

memory_version = Table(
    "memory_version",
    metadata,
    Column("article", String(32), nullable=False),
    Column("version", String(32), nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("rings", Boolean, nullable=False),
    Column("finished", SmallInteger, nullable=False, server_default=text("0")),
    Column("late", Boolean, nullable=False, server_default=text("false")),
    Column("record", LargeBinary, nullable=False),
    Index("memory_version_key", "article", "version", unique=True),
    Index("memory_version_order", "seen", "article", "version"),
)
"""One row an article version: the winning record (`tocsin.versions`), whether it came too late, and which
parts are done with it.
"""

memory_band = Table(
    "memory_band",
    metadata,
    Column("segment", BigInteger, nullable=False),
    Column("hash", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("article", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    PrimaryKeyConstraint("segment", "hash", "ordinal", "article", name="memory_band_pkey"),
    Index("memory_band_until", "segment", "hash", "until", "ordinal"),
    sqlite_with_rowid=False,
)
"""One row an article and band, filed in segments (`store/segments.py`). `until` is the ordinal of the article's parent, or the greatest number
where it has none: an article that arrives late looks here for children whose parent is later than it.
"""

memory_segment = Table(
    "memory_segment",
    metadata,
    Column("segment", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("least", BigInteger),
    Column("greatest", BigInteger),
    Column("filter", LargeBinary),
    PrimaryKeyConstraint("segment", name="memory_segment_pkey"),
)
"""One row a segment of bands; the greatest is open. `first` is the `seq` of the first that came. Once it is
sealed it has a `filter` of its hashes, and all its ordinals lie from `least` to `greatest`.
"""

memory_name = Table(
    "memory_name",
    metadata,
    Column("article", String(32), nullable=False),
    Column("version", String(32), nullable=False),
    Column("type", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("articles", BigInteger, nullable=False),
    Column("id", Text, nullable=False),
    PrimaryKeyConstraint("article", "version", "type", "name", name="memory_name_pkey"),
    sqlite_with_rowid=False,
)
"""The names that stand in each article version."""

memory_reopened = Table(
    "memory_reopened",
    metadata,
    Column("article", String(32), nullable=False),
    Column("version", String(32), nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("article", "version", name="memory_reopened_pkey"),
    sqlite_with_rowid=False,
)
"""Versions that came into another story after parts were done with them: these do them again. `attempts`
says how often one was begun alone, since a part was last done with it.
"""

memory_part = Table(
    "memory_part",
    metadata,
    Column("part", SmallInteger, nullable=False),
    PrimaryKeyConstraint("part", name="memory_part_pkey"),
)
"""Parts that have begun to work on this memory: what they have not finished is forgotten later."""

memory_horizon = Table(
    "memory_horizon",
    metadata,
    Column("since", BigInteger, nullable=False),
    PrimaryKeyConstraint("since", name="memory_horizon_pkey"),
)
"""One row: what was first seen before this instant may have been forgotten."""

memory_count = Table(
    "memory_count",
    metadata,
    Column("name", String(32), nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", name="memory_count_pkey"),
    sqlite_with_rowid=False,
)
"""How many articles and versions are remembered: counting millions of rows takes too long."""

ledger = Table(
    "ledger",
    metadata,
    Column("story", String(32), nullable=False),
    Column("subscription", Text, nullable=False),
    Column("alert", String(32), nullable=False),
    Column("article", String(32), nullable=False),
    Column("version", String(32), nullable=False),
    PrimaryKeyConstraint("story", "subscription", name="ledger_pkey"),
    Index("ledger_alert", "alert", unique=True),
    Index("ledger_article", "article", "subscription"),
)
"""What rang, for ever: one row a subscription and story, as it was when it rang. Found by story and by
article, because stories merge.
"""

story_alias = Table(
    "story_alias",
    metadata,
    Column("article", String(32), nullable=False),
    Column("story", String(32), nullable=False),
    PrimaryKeyConstraint("article", "story", name="story_alias_pkey"),
    sqlite_with_rowid=False,
)
"""Members of stories that rang and are forgotten, for ever: an article, and a story of the ledger that it
belonged to.
"""

_TO_KAFKA = text("channel = 'kafka' AND state = 'ready'")
_OPEN = text("channel <> 'kafka' AND state IN ('pending', 'ready')")
_GATHERED = text("gathered <> ''")
_READY = text("channel <> 'kafka' AND state = 'ready'")
_FAILED = text("state IN ('dead', 'expired')")

delivery = Table(
    "delivery",
    metadata,
    Column("message", String(32), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subscription", Text, nullable=False),
    Column("alert", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("rung", BigInteger, nullable=False),
    Column("decided", BigInteger, nullable=False),
    Column("leased", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("gathered", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=True),
    PrimaryKeyConstraint("message", "channel", name="delivery_pkey"),
    Index(
        "delivery_to_kafka", "due", "message", sqlite_where=_TO_KAFKA, postgresql_where=_TO_KAFKA
    ),
    Index("delivery_open", "state", "due", "message", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("delivery_gathered", "gathered", sqlite_where=_GATHERED, postgresql_where=_GATHERED),
    Index("delivery_decided", "subscription", "channel", "decided"),
    Index(
        "delivery_ready", "channel", "due", "message", sqlite_where=_READY, postgresql_where=_READY
    ),
    Index("delivery_failed", "state", "due", sqlite_where=_FAILED, postgresql_where=_FAILED),
    Index("delivery_newest", "rung", "message", "channel"),
)
"""One row a message and channel that it goes to; what the states mean says `schemas.DeliveryState`.

`message` is the id of an alert, of an update of one, or of a digest, `alert` that of the alert, empty for
digests. Instants in microseconds: `due` is the next attempt, `rung` when it was entered, `decided` when it
was decided to send it, `leased` until when one deliverer has it. `gathered` is the digest that it went
into, `body` what is sent, kept from the first attempt on.
"""

subscription_change = Table(
    "subscription_change",
    metadata,
    Column("subscription", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("action", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("until", BigInteger, nullable=True),
    Column("record", Text, nullable=False),
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("subscription", "number", name="subscription_change_pkey"),
)
"""Who changed what of a subscription, and when, numbered; nothing is ever taken out (`schemas.Change`)."""

rule_set = Table(
    "rule_set",
    metadata,
    Column("id", String(32), nullable=False),
    Column("record", LargeBinary, nullable=False),
    PrimaryKeyConstraint("id", name="rule_set_pkey"),
)
"""Rule sets, once each, by the hash of their content."""

rule_set_in_force = Table(
    "rule_set_in_force",
    metadata,
    Column("since", BigInteger, nullable=False),
    Column("rule_set", String(32), nullable=False),
    PrimaryKeyConstraint("since", name="rule_set_in_force_pkey"),
)
"""Which rule set holds for what was first seen from an instant on, until the next one."""

reader = Table(
    "reader",
    metadata,
    Column("name", String(200), nullable=False),
    Column("running", Boolean, nullable=False),
    PrimaryKeyConstraint("name", name="reader_pkey"),
)
"""Readers of the log by name; one that begins while it is said to run did not end in order."""

attempt = Table(
    "attempt",
    metadata,
    Column("reader", String(200), nullable=False),
    Column("partition", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    PrimaryKeyConstraint("reader", "partition", "offset", name="attempt_pkey"),
)
"""How often a reader has begun a record that it has not got done with."""

run = Table(
    "run",
    metadata,
    Column("name", String(200), nullable=False),
    Column("rule_set", String(32), nullable=False),
    PrimaryKeyConstraint("name", name="run_pkey"),
)
"""Replays by name, each with the rule set that it used."""


def _run_table(name: str, key: tuple[str, ...], *columns: Column[Any], index: str = "") -> Table:
    """Make a table of the records of runs: their key within the run, what to look for, the record."""
    indexes = [Index(f"{name}_{index}", "run", index)] if index else []
    return Table(
        name,
        metadata,
        Column("run", String(200), nullable=False),
        *columns,
        Column("record", LargeBinary, nullable=False),
        PrimaryKeyConstraint("run", *key, name=f"{name}_pkey"),
        *indexes,
    )


def _id(name: str) -> Column[Any]:
    return Column(name, String(32), nullable=False)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


def _number(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False)


_NAMED = ("article", "version", "story", "actor", "alias", "surface", "kind", "field", "language")

RUN_TABLES = {
    "articles": _run_table(
        "run_article",
        ("id", "version"),
        *map(_id, ("id", "version")),
        *map(_text, ("url", "title", "language", "publisher", "first_seen")),
        index="first_seen",
    ),
    "stories": _run_table(
        "run_story",
        ("id",),
        _id("id"),
        *map(_text, ("url", "title", "language", "publisher", "first_seen")),
        _number("publishers"),
    ),
    "entities": _run_table(
        "run_entity",
        ("article", "version", "field", "start", "end", "type"),
        *map(_id, ("article", "version")),
        *map(_text, ("field", "type", "name", "text", "id")),
        *map(_number, ("start", "end")),
    ),
    "mentions": _run_table(
        "run_mention",
        ("id", "rule_set"),
        *map(_id, ("id", "rule_set")),
        *map(_text, _NAMED),
        *map(_number, ("start", "end")),
        index="article",
    ),
    "near-misses": _run_table(
        "run_near_miss",
        ("id", "rule_set"),
        *map(_id, ("id", "rule_set")),
        *map(_text, _NAMED),
        *map(_number, ("start", "end")),
        index="article",
    ),
    "alerts": _run_table(
        "run_alert",
        ("id",),
        *map(_id, ("id", "rule_set")),
        *map(_text, ("subscription", "story", "article", "version", "url", "title", "language")),
        *map(_text, ("publisher", "first_seen")),
        index="story",
    ),
    "dead-letters": _run_table(
        "run_dead_letter",
        ("id",),
        _id("id"),
        *map(_text, ("stage", "code", "reason")),
    ),
}
"""The tables of a run by the names of its files. Columns repeat fields of the record, for queries."""
