"""How often a version that is done again was begun alone: what kills the worker is known by that."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "memory_reopened",
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
