"""What the stream needs: parts that are done, the ledger, deliveries, rule sets in force, readers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "memory_version",
        sa.Column("finished", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.create_table(
        "memory_reopened",
        sa.Column("article", sa.String(32), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("article", "version", name="memory_reopened_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "memory_horizon",
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("since", name="memory_horizon_pkey"),
    )
    op.create_table(
        "memory_count",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="memory_count_pkey"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO memory_count SELECT 'articles', count(*) FROM memory_article")
    op.execute("INSERT INTO memory_count SELECT 'versions', count(*) FROM memory_version")
    op.create_table(
        "ledger",
        sa.Column("story", sa.String(32), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("alert", sa.String(32), nullable=False),
        sa.Column("article", sa.String(32), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("story", "subscription", name="ledger_pkey"),
    )
    op.create_index("ledger_alert", "ledger", ["alert"], unique=True)
    op.create_index("ledger_article", "ledger", ["article", "subscription"])
    op.create_table(
        "delivery",
        sa.Column("alert", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert", "channel", name="delivery_pkey"),
    )
    op.create_index(
        "delivery_due",
        "delivery",
        ["channel", "due", "alert"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "rule_set_in_force",
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("rule_set", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("since", name="rule_set_in_force_pkey"),
    )
    op.create_table(
        "reader",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="reader_pkey"),
    )
    op.create_table(
        "attempt",
        sa.Column("reader", sa.String(200), nullable=False),
        sa.Column("partition", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "partition", "offset", name="attempt_pkey"),
    )
    op.create_index("run_article_first_seen", "run_article", ["run", "first_seen"])
