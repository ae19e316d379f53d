"""What forgetting needs: versions that are late, parts that are waited for, members of stories that rang."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "memory_version",
        sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.create_table(
        "memory_part",
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("part", name="memory_part_pkey"),
    )
    op.create_table(
        "story_alias",
        sa.Column("article", sa.String(32), nullable=False),
        sa.Column("story", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("article", "story", name="story_alias_pkey"),
        sqlite_with_rowid=False,
    )
