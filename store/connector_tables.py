"""The tables of the connectors: what is known of feeds and files, and what Kafka has not acknowledged yet."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from store.tables import metadata

feed = Table(
    "feed",
    metadata,
    Column("url", Text, nullable=False),
    Column("next_poll", BigInteger, nullable=False),
    Column("tags", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
    PrimaryKeyConstraint("url", name="feed_pkey"),
    Index("feed_next_poll", "next_poll", "url"),
)
"""One row a feed: when it is due (0: at once), its tags (JSON), and the rest as its record."""

feed_entry = Table(
    "feed_entry",
    metadata,
    Column("feed", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("seen", BigInteger, nullable=False),
    PrimaryKeyConstraint("feed", "entry", name="feed_entry_pkey"),
    sqlite_with_rowid=False,
)
"""The entries of feeds that are done with: what each said last, and when it was last known listed."""

hub_subscription = Table(
    "hub_subscription",
    metadata,
    Column("feed", Text, nullable=False),
    Column("path", String(64), nullable=False),
    Column("record", LargeBinary, nullable=False),
    PrimaryKeyConstraint("feed", name="hub_subscription_pkey"),
    Index("hub_subscription_path", "path", unique=True),
)
"""One row a feed with a subscription at a WebSub hub: where the hub reaches us, the rest as its record."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), nullable=False, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("feed", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    PrimaryKeyConstraint("id", name="outbox_pkey"),
    Index("outbox_once", "digest", "key", "topic", unique=True),
    Index("outbox_entry", "feed", "entry"),
    sqlite_autoincrement=True,
)
"""Messages that Kafka has not acknowledged, in the order of their ids, which are never used again.
`digest` is the SHA-256 of the value; `feed` and `entry` say what is done with once it is acknowledged.
"""

coverage = Table(
    "coverage",
    metadata,
    Column("feed", Text, nullable=False),
    Column("day", String(10), nullable=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("polled", "new", "unchanged", "refused", "failed", "truncated", "entries")
    ),
    Column("pages_failed", BigInteger, nullable=False),
    Column("silent", Boolean, nullable=False),
    PrimaryKeyConstraint("feed", "day", name="coverage_pkey"),
    Index("coverage_day", "day"),
    sqlite_with_rowid=False,
)
"""One row a feed and day: what was seen of it and what was not (`schemas.Coverage`)."""

seed_file = Table(
    "seed_file",
    metadata,
    Column("path", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("stamp", BigInteger, nullable=False),
    Column("backfill", Boolean, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("finished", Boolean, nullable=False),
    PrimaryKeyConstraint("path", name="seed_file_pkey"),
)
"""Files that are being produced: the first-seen of all in them, how many records are done, and the
digest of those, by which the same beginning is known again.
"""
