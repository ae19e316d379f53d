"""Bands are filed in segments: those that there are, in the order in which their articles came.

All but the last are sealed: the filters are those of `store/bloom.py`, written out as they were then.
"""

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SIZE = 50_000
"""Articles of a segment."""

_PAGE = 2_000

_BITS, _PLACES = 14, 10
_HALF, _LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)


def upgrade() -> None:
    op.add_column(
        "memory_article",
        sa.Column("segment", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.create_table(
        "memory_segment",
        sa.Column("segment", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("least", sa.BigInteger()),
        sa.Column("greatest", sa.BigInteger()),
        sa.Column("filter", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("segment", name="memory_segment_pkey"),
    )
    op.drop_table("memory_band")
    op.create_table(
        "memory_band",
        sa.Column("segment", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("article", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("segment", "hash", "ordinal", "article", name="memory_band_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("memory_band_until", "memory_band", ["segment", "hash", "until", "ordinal"])
    _fill(op.get_bind())
    _seal(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """File anew what the articles say of their bands."""
    connection.execute(sa.text("UPDATE memory_article SET segment = seq / :size"), {"size": SIZE})
    segments = sa.text("SELECT segment, min(seq) FROM memory_article GROUP BY segment")
    for segment, first in connection.execute(segments).all():
        given = {"segment": segment, "first": first}
        insert = "INSERT INTO memory_segment (segment, first) VALUES (:segment, :first)"
        connection.execute(sa.text(insert), given)
    page = sa.text(
        "SELECT a.seq, a.segment, a.ordinal, a.bands, coalesce(p.ordinal, 9223372036854775807)"
        " FROM memory_article a LEFT JOIN memory_article p ON p.seq = a.parent"
        " WHERE a.seq > :after ORDER BY a.seq LIMIT :page"
    )
    insert = sa.text("INSERT INTO memory_band VALUES (:segment, :hash, :ordinal, :article, :until)")
    after = -1
    while rows := connection.execute(page, {"after": after, "page": _PAGE}).all():
        after = rows[-1][0]
        bands = [
            {"segment": segment, "hash": band, "ordinal": ordinal, "article": seq, "until": until}
            for seq, segment, ordinal, packed, until in rows
            for band in set(np.frombuffer(packed, dtype="<i8").tolist()) - {0}
        ]
        if bands:
            connection.execute(insert, bands)


def _seal(connection: sa.Connection) -> None:
    """Keep the filters of all segments but the last, which is open."""
    segments = sa.text("SELECT segment FROM memory_segment ORDER BY segment")
    articles = sa.text(
        "SELECT ordinal, bands FROM memory_article WHERE seq >= :first AND seq < :behind"
    )
    keep = sa.text(
        "UPDATE memory_segment SET least = :least, greatest = :greatest, filter = :filter"
        " WHERE segment = :segment"
    )
    for segment in connection.scalars(segments).all()[:-1]:
        bounds = {"first": segment * SIZE, "behind": (segment + 1) * SIZE}
        rows = connection.execute(articles, bounds).all()
        ordinals = [ordinal for ordinal, _ in rows]
        hashes = np.frombuffer(b"".join(bands for _, bands in rows), dtype="<i8")
        given = {"segment": segment, "least": min(ordinals), "greatest": max(ordinals)}
        connection.execute(keep, given | {"filter": _filter(hashes)})


def _filter(hashes: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> bytes:
    """Make the Bloom filter of hashes."""
    size = max(_BITS * len(np.unique(hashes)) // 8 + 1, 8)
    bits = np.zeros(size * 8, dtype=bool)
    wide = hashes.view(np.uint64)
    lower, step = wide & _LOWER, (wide >> _HALF) | np.uint64(1)
    for place in range(_PLACES):
        mixed = (lower + np.uint64(place) * step) & _LOWER
        bits[(mixed * np.uint64(size * 8) >> _HALF).view(np.int64)] = True
    return np.packbits(bits, bitorder="little").tobytes()
