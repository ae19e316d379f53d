"""Indexes of deliveries: by channel, so that one with much to send hides no other; and of what failed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"

READY = sa.text("channel <> 'kafka' AND state = 'ready'")
FAILED = sa.text("state IN ('dead', 'expired')")


def upgrade() -> None:
    for name, columns, where in (
        ("delivery_ready", ["channel", "due", "message"], READY),
        ("delivery_failed", ["state", "due"], FAILED),
    ):
        op.create_index(name, "delivery", columns, sqlite_where=where, postgresql_where=where)
