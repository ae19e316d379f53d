"""Indexes: of deliveries by when they were entered, for pages of the newest, and of articles by segment.

Articles that moved lay in a segment of their own, -1, that was never sealed: they go into the open one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("delivery_newest", "delivery", ["rung", "message", "channel"])
    op.create_index("memory_article_segment", "memory_article", ["segment"])
    _file_moved(op.get_bind())


def _file_moved(connection: sa.Connection) -> None:
    opened = connection.scalar(sa.text("SELECT max(segment) FROM memory_segment"))
    for table in ("memory_article", "memory_band"):
        update = sa.text(f"UPDATE {table} SET segment = :opened WHERE segment = -1")  # noqa: S608
        connection.execute(update, {"opened": opened or 0})
