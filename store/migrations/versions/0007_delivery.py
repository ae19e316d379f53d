"""What deliveries need: policies, leases, digests, frozen messages; and the history of subscriptions."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TO_KAFKA = sa.text("channel = 'kafka' AND state = 'ready'")
OPEN = sa.text("channel <> 'kafka' AND state IN ('pending', 'ready')")
GATHERED = sa.text("gathered <> ''")


def upgrade() -> None:
    op.create_table(
        "delivery_new",
        sa.Column("message", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("alert", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("rung", sa.BigInteger(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=False),
        sa.Column("leased", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("gathered", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
    )
    op.execute(
        "INSERT INTO delivery_new"
        " SELECT d.alert, d.channel, 'alert', l.subscription, d.alert,"
        " CASE d.state WHEN 'pending' THEN 'ready' ELSE d.state END,"
        " d.due, d.due, d.due, 0, d.attempts, '', '', NULL"
        " FROM delivery d JOIN ledger l ON l.alert = d.alert"
    )
    op.drop_table("delivery")
    op.rename_table("delivery_new", "delivery")
    with op.batch_alter_table("delivery") as batch:
        batch.create_primary_key("delivery_pkey", ["message", "channel"])
    for name, columns, where in (
        ("delivery_to_kafka", ["due", "message"], TO_KAFKA),
        ("delivery_open", ["state", "due", "message"], OPEN),
        ("delivery_gathered", ["gathered"], GATHERED),
    ):
        op.create_index(name, "delivery", columns, sqlite_where=where, postgresql_where=where)
    op.create_index("delivery_decided", "delivery", ["subscription", "channel", "decided"])
    op.create_table(
        "subscription_change",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "number", name="subscription_change_pkey"),
    )
