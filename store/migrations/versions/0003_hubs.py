"""Subscriptions at WebSub hubs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "hub_subscription",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("path", sa.String(64), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("feed", name="hub_subscription_pkey"),
    )
    op.create_index("hub_subscription_path", "hub_subscription", ["path"], unique=True)
