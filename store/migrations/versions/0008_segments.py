"""Bands are filed in segments: those that there are, in the order in which their articles came."""

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SIZE = 50_000
"""Articles of a segment."""

_PAGE = 2_000


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


def _fill(connection: sa.Connection) -> None:
    """File anew what the articles say of their bands; filters come when the stream runs."""
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
